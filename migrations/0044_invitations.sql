-- Links that let somebody in, on the instance and into groups.
CREATE TABLE invitation (
    id           bigint PRIMARY KEY,
    code_hash    bytea NOT NULL UNIQUE,
    by_id        bigint NOT NULL REFERENCES account (id),
    group_ids    bigint[] NOT NULL,
    note         text NOT NULL,                      -- for who made it
    most_uses    integer,                            -- NULL = as many as like
    uses         integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX invitation_by ON invitation (by_id, id DESC);

CREATE TABLE invited (
    account_id    bigint NOT NULL REFERENCES account (id),
    invitation_id bigint NOT NULL REFERENCES invitation (id),
    is_new        boolean NOT NULL,                  -- the account was made with it
    invited_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, invitation_id)
);
