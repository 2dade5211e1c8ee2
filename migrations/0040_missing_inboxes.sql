-- A shared inbox that was not there; until it is tried again, each member of that server gets things personally (R048).
ALTER TABLE destination ADD COLUMN missing_at timestamptz;
