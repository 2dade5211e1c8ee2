-- What those decided who look through trends, and what holds for single tags.
CREATE TABLE trend_review (
    kind        text NOT NULL CHECK (kind IN ('tag', 'link', 'publisher', 'post')),
    key         text NOT NULL,                       -- the tag, the address, the host, the post's id
    id          bigint NOT NULL,                     -- how client apps call it; made of the key
    is_allowed  boolean NOT NULL,
    reviewed_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key),
    UNIQUE (kind, id)
);

CREATE TABLE tag_rule (
    tag         text PRIMARY KEY,                    -- case-folded
    shown_as    text,                                -- NULL = as it was last written
    is_listable boolean NOT NULL,                    -- found by who searches
    is_usable   boolean NOT NULL,                    -- may stand in what is written here
    updated_at  timestamptz NOT NULL
);
