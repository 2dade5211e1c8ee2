-- Archives of the whole instance that are made on a schedule and kept in a store of the operator's own (product 24).
CREATE TABLE stored_archive (
    id           bigint PRIMARY KEY,
    file         text NOT NULL UNIQUE,                  -- its name in that store, known before it lies there
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    is_there     boolean NOT NULL DEFAULT true,         -- false: removed from the store
    size         bigint NOT NULL DEFAULT 0,
    left_out     integer NOT NULL DEFAULT 0,            -- files that were not there
    error        text NOT NULL DEFAULT '',              -- why it failed
    lease_token  bigint NOT NULL,
    leased_until timestamptz NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
