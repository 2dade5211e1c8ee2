-- What a group wants to see before its members do, and how fast they may answer (product 13).
ALTER TABLE group_profile
    ADD COLUMN held_words    text[] NOT NULL DEFAULT '{}',
    ADD COLUMN holds_links   boolean NOT NULL DEFAULT false,
    ADD COLUMN slow_minutes  integer NOT NULL DEFAULT 0;    -- so long a member waits between two replies
ALTER TABLE membership ADD COLUMN is_held boolean NOT NULL DEFAULT false;  -- what they write is first looked at
ALTER TABLE statement DROP CONSTRAINT statement_measure_check;
ALTER TABLE statement ADD CONSTRAINT statement_measure_check
    CHECK (measure IN ('warn', 'cover', 'limit', 'disable', 'suspend', 'remove post', 'ban', 'hold'));
