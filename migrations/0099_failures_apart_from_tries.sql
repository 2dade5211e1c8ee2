-- Work is given up for what went wrong in it, not for tries that a crash, the loss of the database or a busy machine cut off.
ALTER TABLE consequence ADD COLUMN failures integer NOT NULL DEFAULT 0;
ALTER TABLE inbox_item ADD COLUMN failures integer NOT NULL DEFAULT 0;
