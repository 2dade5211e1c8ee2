-- Passkeys: public keys with which members sign in, and the challenges that wait to be answered, as digests.

CREATE TABLE passkey (
    id             bigint PRIMARY KEY,
    account_id     bigint NOT NULL,
    credential_id  bytea NOT NULL UNIQUE,
    public_key     bytea NOT NULL,
    sign_count     bigint NOT NULL,
    name           text NOT NULL,
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz
);

CREATE INDEX passkey_account ON passkey (account_id, id);

CREATE TABLE passkey_challenge (
    digest         bytea PRIMARY KEY,
    purpose        text NOT NULL,
    account_id     bigint,                                -- NULL: whoever it turns out to be
    expires_at     timestamptz NOT NULL
);

CREATE INDEX passkey_challenge_expires ON passkey_challenge (expires_at);
