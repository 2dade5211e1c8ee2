-- Threads in which nobody but those who look after their group writes any more (federation.md 2.4; product 13).
CREATE TABLE thread_lock (
    thread_id   bigint PRIMARY KEY,
    by_id       bigint NOT NULL,                           -- a group elsewhere by itself
    reason      text NOT NULL DEFAULT '',
    uri         text,                                      -- of the Lock
    locked_at   timestamptz NOT NULL
);
CREATE INDEX thread_lock_uri ON thread_lock (uri) WHERE uri IS NOT NULL;
