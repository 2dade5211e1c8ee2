-- What those who run the instance say to all its members, who may react to it and put it away.
CREATE TABLE announcement (
    id            bigint PRIMARY KEY,
    source        text NOT NULL,
    content_html  text NOT NULL,
    created_by    bigint,
    published_at  timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE announcement_dismissal (
    announcement_id  bigint NOT NULL REFERENCES announcement ON DELETE CASCADE,
    account_id       bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (announcement_id, account_id)
);

CREATE TABLE announcement_reaction (
    announcement_id  bigint NOT NULL REFERENCES announcement ON DELETE CASCADE,
    name             text NOT NULL,                        -- an emoji
    account_id       bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (announcement_id, name, account_id)
);

-- Streams tell of them too: `post_id` is then the announcement, `name` the reaction.
ALTER TABLE live_update ADD COLUMN name text;
ALTER TABLE live_update DROP CONSTRAINT live_update_event_check;
ALTER TABLE live_update ADD CONSTRAINT live_update_event_check
    CHECK (event IN ('update', 'status.update', 'delete', 'announcement', 'announcement.delete',
                     'announcement.reaction'));
