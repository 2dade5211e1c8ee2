-- Whom somebody recommends on their page; ends with the follow.
CREATE TABLE endorsement (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    target_id   bigint NOT NULL,
    follow_id   bigint NOT NULL REFERENCES follow ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX endorsement_follow ON endorsement (follow_id);

-- Whom somebody does not want to be suggested again.
CREATE TABLE unwanted_suggestion (
    account_id  bigint NOT NULL,
    target_id   bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
