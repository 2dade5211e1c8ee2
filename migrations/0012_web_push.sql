-- Web Push: where apps want to be told of notifications, and what waits to be sent there.

-- Our key pair, by which push services know us (RFC 8292): made once, and kept.
CREATE TABLE vapid_key (
    name         text PRIMARY KEY CHECK (name = 'site'),
    private_key  text NOT NULL,                            -- PKCS8 PEM
    created_at   timestamptz NOT NULL
);

-- One for each token of an app; it goes with the token.
CREATE TABLE push_subscription (
    id            bigint PRIMARY KEY,
    token_id      bigint NOT NULL UNIQUE REFERENCES oauth_token ON DELETE CASCADE,
    account_id    bigint NOT NULL,
    endpoint      text NOT NULL,
    authority     text NOT NULL,                           -- of the push service
    p256dh        bytea NOT NULL,                          -- the app's public key, an uncompressed point
    auth          bytea NOT NULL,
    sealed_token  bytea NOT NULL,                          -- the bearer token, which apps look for; sealed by our secret
    is_standard   boolean NOT NULL,                        -- aes128gcm of RFC 8291, else aesgcm of its fourth draft
    alerts        text[] NOT NULL,                         -- types of notifications
    policy        text NOT NULL CHECK (policy IN ('all', 'followed', 'follower', 'none')),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX push_subscription_account ON push_subscription (account_id, id);

CREATE TABLE push (
    subscription_id  bigint NOT NULL REFERENCES push_subscription ON DELETE CASCADE,
    notification_id  bigint NOT NULL,
    account_id       bigint NOT NULL,
    authority        text NOT NULL,
    attempts         integer NOT NULL DEFAULT 0,
    due_at           timestamptz NOT NULL,                 -- a lease moves it into the future
    lease_token      bigint,
    last_error       text,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (subscription_id, notification_id)
);
CREATE INDEX push_due ON push (due_at);
