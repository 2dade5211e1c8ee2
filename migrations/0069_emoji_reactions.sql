-- Emoji of favourites: other servers' people send some beside, or instead of, a plain one (EmojiReact, Misskey's Like).
-- Whoever has a row here has one in `favourite` as well.
CREATE TABLE emoji_reaction (
    id           bigint PRIMARY KEY,
    post_id      bigint NOT NULL,
    account_id   bigint NOT NULL,
    name         text NOT NULL,                          -- the character, or the shortcode of a picture
    emoji_id     bigint,                                 -- the picture: a row of custom_emoji
    uri          text NOT NULL,                          -- of the activity
    created_at   timestamptz NOT NULL,
    UNIQUE (account_id, post_id, name)
);
CREATE INDEX emoji_reaction_post ON emoji_reaction (post_id);
CREATE INDEX emoji_reaction_uri ON emoji_reaction (uri);
CREATE INDEX emoji_reaction_emoji ON emoji_reaction (emoji_id) WHERE emoji_id IS NOT NULL;

-- What of them is shown, as [{"name", "count", "id", "version"}], most frequent first; `id` and `version` of the picture.
ALTER TABLE post ADD COLUMN reactions jsonb NOT NULL DEFAULT '[]';
