-- A second step at signing in: the secret of an app, sealed, and codes on paper, as digests.

CREATE TABLE second_step (
    account_id    bigint PRIMARY KEY,
    sealed_secret bytea NOT NULL,
    last_step     bigint NOT NULL DEFAULT 0,              -- the time step of the last code: each works once (S120)
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz                             -- NULL: set up, but no code was typed yet; it does not count
);

CREATE TABLE paper_code (
    account_id    bigint NOT NULL,
    code_hash     bytea NOT NULL,
    created_at    timestamptz NOT NULL,
    used_at       timestamptz,
    PRIMARY KEY (account_id, code_hash)
);
