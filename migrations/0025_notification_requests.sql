-- Notifications that a member's policy holds back: they wait as one request for each who causes them.
ALTER TABLE notification ADD COLUMN is_filtered boolean NOT NULL DEFAULT false;

CREATE TABLE notification_request (
    id               bigint PRIMARY KEY,
    account_id       bigint NOT NULL,
    from_account_id  bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    UNIQUE (account_id, from_account_id)
);
CREATE INDEX notification_filtered ON notification (account_id, from_account_id) WHERE is_filtered;
