-- What was decided about somebody and why, as they are told it (product 13; C12), and their appeals (C14).
CREATE TABLE statement (
    id            bigint PRIMARY KEY,
    account_id    bigint NOT NULL,                         -- whom it is about, ours or another server's
    by_id         bigint,                                  -- who decided it; NULL = the command line
    group_id      bigint,                                  -- the group of ours that decided it; NULL = the instance
    measure       text NOT NULL CHECK (measure IN ('warn', 'cover', 'limit', 'disable', 'suspend', 'remove post', 'ban')),
    code          text NOT NULL CHECK (code IN ('spam', 'legal', 'violation', 'other')),
    rules         text[] NOT NULL DEFAULT '{}',            -- those that were broken, as they read then
    reason        text NOT NULL,                           -- in a sentence
    post_ids      bigint[] NOT NULL DEFAULT '{}',
    report_id     bigint,                                  -- the report that led to it
    is_automated  boolean NOT NULL DEFAULT false,
    until         timestamptz,                             -- NULL = until it is taken back
    ended_at      timestamptz,                             -- when it was taken back, or its time was over
    created_at    timestamptz NOT NULL
);
CREATE INDEX statement_account ON statement (account_id, id DESC);
CREATE INDEX statement_report ON statement (report_id) WHERE report_id IS NOT NULL;

-- One for each statement (S169). `is_granted` is NULL while nobody has decided it.
CREATE TABLE appeal (
    statement_id   bigint PRIMARY KEY REFERENCES statement ON DELETE CASCADE,
    text           text NOT NULL,
    created_at     timestamptz NOT NULL,
    is_granted     boolean,
    answer         text NOT NULL DEFAULT '',
    decided_by_id  bigint,
    decided_at     timestamptz
);
CREATE INDEX appeal_waiting ON appeal (statement_id) WHERE is_granted IS NULL;

ALTER TABLE notification ADD COLUMN statement_id bigint;
