-- Milder measures of a group (product 13): a note to an author, asking them to edit, hiding a post, and a pause.
ALTER TABLE membership ADD COLUMN paused_until timestamptz;  -- they read, and write nothing there until then
CREATE INDEX membership_paused ON membership (paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX statement_group ON statement (group_id, id DESC) WHERE group_id IS NOT NULL;
ALTER TABLE statement DROP CONSTRAINT statement_measure_check;
ALTER TABLE statement ADD CONSTRAINT statement_measure_check
    CHECK (measure IN ('warn', 'cover', 'limit', 'disable', 'suspend', 'remove post', 'ban', 'hold', 'end', 'note',
                       'ask to edit', 'hide', 'pause'));
