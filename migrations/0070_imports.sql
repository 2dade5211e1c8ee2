-- What members bring along from another server: read from a file, looked at, taken over line by line, and taken back.
CREATE TABLE import_task (
    id            bigint PRIMARY KEY,
    account_id    bigint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('follows', 'lists', 'blocks', 'mutes', 'domain_blocks', 'bookmarks',
                                                'archive')),
    overwrites    boolean NOT NULL DEFAULT false,        -- what is not in the file is ended
    state         text NOT NULL CHECK (state IN ('reading', 'unreadable', 'proposed', 'applying', 'applied', 'undoing',
                                                 'undone')),
    file          text UNIQUE,                           -- an archive, in the store
    skipped       jsonb NOT NULL DEFAULT '[]',           -- [{"line": ..., "text": ..., "why": ...}]
    due_at        timestamptz NOT NULL,
    lease_token   bigint,
    leased_until  timestamptz,
    created_at    timestamptz NOT NULL,
    begun_at      timestamptz,
    ended_at      timestamptz
);
CREATE INDEX import_task_account ON import_task (account_id, id DESC);
CREATE INDEX import_task_due ON import_task (due_at) WHERE state IN ('reading', 'applying', 'undoing');

CREATE TABLE import_line (
    import_id    bigint NOT NULL REFERENCES import_task ON DELETE CASCADE,
    number       integer NOT NULL,
    subject      text NOT NULL,                          -- an address, a domain, the id of a post
    told         jsonb NOT NULL DEFAULT '{}',            -- what else the line says
    is_ending    boolean NOT NULL DEFAULT false,         -- it is not in the file, and is ended
    state        text NOT NULL DEFAULT 'waiting'
                 CHECK (state IN ('waiting', 'done', 'as before', 'failed', 'undone')),
    why          text,                                   -- it failed
    target_id    bigint,                                 -- account or post
    before       jsonb,                                  -- what was before, for undoing
    PRIMARY KEY (import_id, number)
);
CREATE INDEX import_line_state ON import_line (import_id, state, number);
