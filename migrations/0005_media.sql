-- Pictures that people upload (D37, D64). Files lie in the store under `token`, which nobody can guess.
CREATE TABLE media (
    id             bigint PRIMARY KEY,
    owner_id       bigint NOT NULL,
    token          text NOT NULL UNIQUE,
    state          text NOT NULL CHECK (state IN ('processing', 'ready', 'failed', 'removed')),
    post_id        bigint,
    file           text,
    preview        text,
    media_type     text,
    size           bigint NOT NULL,
    width          integer,
    height         integer,
    preview_width  integer,
    preview_height integer,
    blurhash       text,
    description    text NOT NULL DEFAULT '',
    focus_x        double precision,
    focus_y        double precision,
    created_at     timestamptz NOT NULL
);
-- What may be swept: uploads that no post took, and files of deleted posts.
CREATE INDEX media_loose ON media (created_at) WHERE post_id IS NULL;
CREATE INDEX media_post ON media (post_id) WHERE post_id IS NOT NULL;

-- A file of ours has `media_id` and `file`, and an empty `remote_url`.
ALTER TABLE post_attachment
    ADD COLUMN media_id bigint,
    ADD COLUMN file text,
    ADD COLUMN preview text,
    ADD COLUMN preview_width integer,
    ADD COLUMN preview_height integer,
    ADD COLUMN focus_x double precision,
    ADD COLUMN focus_y double precision;
