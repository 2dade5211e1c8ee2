-- Posts that their author brought along from another server: what they were called there, so that none comes twice.
CREATE TABLE imported_post (
    account_id    bigint NOT NULL,
    original_uri  text NOT NULL,
    post_id       bigint NOT NULL,
    imported_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, original_uri)
);
CREATE INDEX imported_post_post ON imported_post (post_id);
