-- What members hide for themselves: people, whole servers; and what they note about others (architecture, accounts).

CREATE TABLE mute (
    id                  bigint PRIMARY KEY,
    account_id          bigint NOT NULL,
    target_id           bigint NOT NULL,
    hides_notifications boolean NOT NULL DEFAULT true,
    expires_at          timestamptz,                       -- NULL = until it is taken back
    created_at          timestamptz NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX mute_expiry ON mute (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE block (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    target_id   bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX block_target ON block (target_id, account_id);

CREATE TABLE domain_block (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    domain      text NOT NULL,                             -- lower case, as it stands in handles
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, domain)
);

-- What somebody writes down about an account; nobody else sees it.
CREATE TABLE account_note (
    account_id  bigint NOT NULL,
    target_id   bigint NOT NULL,
    text        text NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
