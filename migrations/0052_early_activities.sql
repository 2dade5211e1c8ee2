-- Reactions and decisions that came before the post they are about: heard once it is here, forgotten after a while.
CREATE TABLE early_activity (
    id            bigint PRIMARY KEY,
    about_uri     text NOT NULL,
    activity_uri  text,
    activity_type text NOT NULL,
    signer_uri    text NOT NULL,
    authority     text NOT NULL,
    recipient_id  bigint,
    body          bytea NOT NULL,
    received_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX early_activity_once ON early_activity (authority, about_uri, md5(body));
CREATE INDEX early_activity_received ON early_activity (received_at);
