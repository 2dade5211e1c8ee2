-- Whom an operator wants nothing sent to for now; what is for them waits.
ALTER TABLE delivery_peer ADD COLUMN paused_at timestamptz;
