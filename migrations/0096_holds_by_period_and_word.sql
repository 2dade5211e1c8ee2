-- Legal holds also cover what was written in a time, or what says a word, by anybody or narrowed to what they cover so
-- far (C07).
ALTER TABLE legal_hold DROP CONSTRAINT legal_hold_kind_check;
ALTER TABLE legal_hold ADD CONSTRAINT legal_hold_kind_check
    CHECK (kind IN ('person', 'thread', 'group', 'report', 'all'));
ALTER TABLE legal_hold
    ADD COLUMN begins_at timestamptz,                    -- published from then on; NULL = whenever
    ADD COLUMN ends_before timestamptz,
    ADD COLUMN word text NOT NULL DEFAULT '';            -- says this, in lower case; '' = whatever
