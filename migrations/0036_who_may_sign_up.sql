-- From where and with which mail addresses nobody, or nobody unseen, may sign up.
CREATE TABLE address_rule (
    id         bigint PRIMARY KEY,
    network    cidr NOT NULL UNIQUE,
    severity   text NOT NULL CHECK (severity IN ('sign_up_requires_approval', 'sign_up_block')),
    comment    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz                           -- NULL = until it is taken back
);

CREATE TABLE barred_mail_domain (
    id         bigint PRIMARY KEY,
    domain     text NOT NULL UNIQUE,                 -- and all below it
    created_at timestamptz NOT NULL
);

CREATE TABLE barred_mail (
    id         bigint PRIMARY KEY,
    digest     text NOT NULL UNIQUE,                 -- SHA-256 of the address without what providers ignore
    created_at timestamptz NOT NULL
);
