-- How somebody got in, and what was tried: for their own eyes, for 30 days.
CREATE TABLE sign_in (
    id           bigint PRIMARY KEY,
    account_id   bigint NOT NULL,
    let_in       boolean NOT NULL,
    way          text NOT NULL,
    program      text NOT NULL,
    network      text NOT NULL,
    times        integer NOT NULL DEFAULT 1,
    happened_at  timestamptz NOT NULL
);
CREATE INDEX sign_in_account ON sign_in (account_id, id DESC);
CREATE INDEX sign_in_time ON sign_in (happened_at);
