-- What others wrote is kept for a time and up to a number; runs that look what is beyond it, or remove it (D64).
CREATE TABLE retention_run (
    id              bigint PRIMARY KEY,
    by_id           bigint,                              -- NULL = the server itself, or the command line
    removes         boolean NOT NULL,                    -- false: it only looks what would go
    state           text NOT NULL CHECK (state IN ('by age', 'by number', 'done', 'stopped')),
    older_than      timestamptz,                         -- threads without newer posts go; NULL = none by their age
    excess          bigint NOT NULL DEFAULT 0,           -- so many posts are more than shall be kept
    never_after     timestamptz NOT NULL,                -- what is newer stays, whatever the number
    reached_id      bigint NOT NULL DEFAULT 0,           -- the last root that was looked at
    looked_count    bigint NOT NULL DEFAULT 0,           -- threads that were looked at, of `all_count`
    all_count       bigint NOT NULL DEFAULT 0,
    threads_count   bigint NOT NULL DEFAULT 0,           -- that went, or would
    posts_count     bigint NOT NULL DEFAULT 0,
    files_count     bigint,                              -- copies of files; NULL = not looked at yet
    files_bytes     bigint,
    posts_before    bigint NOT NULL,
    posts_after     bigint,
    database_before bigint NOT NULL,
    database_after  bigint,
    started_at      timestamptz NOT NULL,
    ended_at        timestamptz
);
CREATE UNIQUE INDEX retention_run_under_way ON retention_run ((true)) WHERE state IN ('by age', 'by number');

-- Threads from elsewhere, oldest first.
CREATE INDEX post_roots_elsewhere ON post (id) WHERE thread_id = id AND NOT is_local;

CREATE INDEX bookmark_post ON bookmark (post_id);

-- What takes room, by kind: {"database": {kind: bytes}, "uploads": {kind: [count, bytes]}}.
ALTER TABLE storage_day ADD COLUMN kinds jsonb NOT NULL DEFAULT '{}';
