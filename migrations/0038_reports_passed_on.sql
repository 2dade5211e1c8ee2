-- Those who look after a group pass a report on to those who run the instance (product 13: taken -> passed to host).
ALTER TABLE report ADD COLUMN passed_on_at timestamptz;
