-- Who looks after groups of other servers, by the collection that the group names; known here or not.
CREATE TABLE group_moderator (
    group_id     bigint NOT NULL,
    account_uri  text NOT NULL,
    position     integer NOT NULL,
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (group_id, account_uri)
);

-- Whose collection something is put into.
CREATE INDEX account_featured_url ON account (featured_url) WHERE featured_url IS NOT NULL;
CREATE INDEX account_moderators_url ON account (moderators_url) WHERE moderators_url IS NOT NULL;
