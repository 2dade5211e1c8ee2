-- Whether an account elsewhere is suspended because its own server says so: then it is let back when that says so.
ALTER TABLE account ADD COLUMN is_suspended_at_home boolean NOT NULL DEFAULT false;
UPDATE account SET is_suspended_at_home = true WHERE NOT is_local AND state = 'suspended';
