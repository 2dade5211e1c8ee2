-- Who asked to be in a group by a Join is answered in the same words.
ALTER TABLE follow ADD COLUMN is_join boolean NOT NULL DEFAULT false;
-- Groups that keep what is written in them in a collection, which posts for them name (FEP-400e).
ALTER TABLE account ADD COLUMN wall_url text;
