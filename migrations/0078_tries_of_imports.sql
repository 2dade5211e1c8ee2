-- How often a step was begun and not ended: a line that cannot be done is not tried for ever.
ALTER TABLE import_task ADD COLUMN attempts integer NOT NULL DEFAULT 0;
