-- Posts of people of ours that those who run the instance look at before they appear anywhere (S168).
CREATE TABLE first_look (
    post_id     bigint PRIMARY KEY,
    why         text NOT NULL CHECK (why IN ('first post', 'link', 'word')),
    group_too   boolean NOT NULL DEFAULT false,            -- the group wants to see it first as well, afterwards
    created_at  timestamptz NOT NULL
);
