-- Small pictures that stand for a shortcode in texts: ours, and those that other servers use in theirs.
CREATE TABLE custom_emoji (
    id          bigint PRIMARY KEY,
    shortcode   text NOT NULL,
    authority   text NOT NULL DEFAULT '',                -- peer key of whose it is; '' = ours
    icon_url    text,                                    -- where the picture of others lies
    file        text,                                    -- ours, in the store
    category    text,
    is_disabled boolean NOT NULL DEFAULT false,          -- stays where it is used, and is not used anew
    version     integer NOT NULL DEFAULT 1,              -- of the picture
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    UNIQUE (shortcode, authority)
);

-- Which of them a text uses, as [{"shortcode", "id", "version"}]: decided when it is written.
ALTER TABLE post ADD COLUMN emojis jsonb NOT NULL DEFAULT '[]';
ALTER TABLE account ADD COLUMN emojis jsonb NOT NULL DEFAULT '[]';
CREATE INDEX post_emojis ON post (id) WHERE emojis <> '[]';
CREATE INDEX account_emojis ON account (id) WHERE emojis <> '[]';
