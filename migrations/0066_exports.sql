-- Files that people, groups and the whole instance are put into, so that their owners can take everything along.
CREATE TABLE export (
    id            bigint PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('person', 'group', 'instance')),
    account_id    bigint NOT NULL,                       -- whose it is: a person's, a group's; of all: who asked for it
    by_id         bigint NOT NULL,                       -- who asked for it and may fetch it
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready', 'failed')),
    file          text NOT NULL UNIQUE,                  -- its name in the store, known before it lies there
    size          bigint NOT NULL DEFAULT 0,
    done_count    integer NOT NULL DEFAULT 0,
    all_count     integer NOT NULL DEFAULT 0,
    left_out      integer NOT NULL DEFAULT 0,            -- files that did not fit
    attempts      smallint NOT NULL DEFAULT 0,
    lease_token   bigint,
    leased_until  timestamptz,
    created_at    timestamptz NOT NULL,
    ready_at      timestamptz,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX export_waiting ON export (id) WHERE state = 'waiting';
CREATE INDEX export_account ON export (account_id, id DESC);
CREATE INDEX export_expiry ON export (expires_at);
