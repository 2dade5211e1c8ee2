-- When what an announcement is about takes place; from when and until when it is shown, and whether that was told.
ALTER TABLE announcement ADD COLUMN starts_at timestamptz;
ALTER TABLE announcement ADD COLUMN ends_at timestamptz;
ALTER TABLE announcement ADD COLUMN is_all_day boolean NOT NULL DEFAULT false;
ALTER TABLE announcement ADD COLUMN is_told boolean NOT NULL DEFAULT true;
ALTER TABLE announcement ADD COLUMN is_over boolean NOT NULL DEFAULT false;
CREATE INDEX announcement_due ON announcement (published_at) WHERE NOT is_told OR NOT is_over;
