-- What people say about their pictures, and what their page shows of them (client API levels 3, 8 and 9).
ALTER TABLE account
    ADD COLUMN avatar_description  text NOT NULL DEFAULT '',
    ADD COLUMN header_description  text NOT NULL DEFAULT '',
    ADD COLUMN hides_follows       boolean NOT NULL DEFAULT false,  -- who follows them, and whom they follow
    ADD COLUMN shows_media         boolean NOT NULL DEFAULT true,
    ADD COLUMN shows_media_replies boolean NOT NULL DEFAULT true,
    ADD COLUMN shows_featured      boolean NOT NULL DEFAULT true,
    ADD COLUMN attribution_domains text[] NOT NULL DEFAULT '{}';    -- sites whose articles may name them as author
