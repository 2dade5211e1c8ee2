-- Collections of accounts that somebody recommends (client API level 10, FEP-7aa9).
CREATE TABLE collection (
    id              bigint PRIMARY KEY,
    owner_id        bigint NOT NULL,
    uri             text NOT NULL UNIQUE,
    url             text NOT NULL,
    name            text NOT NULL,
    description     text NOT NULL DEFAULT '',
    language        text,
    tag             text,                            -- without #, as typed
    is_sensitive    boolean NOT NULL DEFAULT false,
    is_discoverable boolean NOT NULL DEFAULT true,   -- shown on its owner's page
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX collection_owner ON collection (owner_id, id DESC);

CREATE TABLE collection_item (
    id            bigint PRIMARY KEY,
    collection_id bigint NOT NULL,
    account_id    bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz,                       -- its account no longer lets this collection feature it
    UNIQUE (collection_id, account_id)
);
CREATE INDEX collection_item_account ON collection_item (account_id, id DESC);

ALTER TABLE notification ADD COLUMN collection_id bigint;
CREATE INDEX notification_collection ON notification (collection_id) WHERE collection_id IS NOT NULL;

CREATE TABLE report_collection (
    report_id     bigint NOT NULL,
    collection_id bigint NOT NULL,
    PRIMARY KEY (report_id, collection_id)
);
