-- Apps ask for pictures without a token: files from elsewhere of posts that not everybody may read are shown to who
-- knows their key (D64).
ALTER TABLE post_attachment
    ADD COLUMN key text NOT NULL DEFAULT '';
UPDATE post_attachment
   SET key = replace(gen_random_uuid()::text, '-', '')
 WHERE remote_url <> ''
   AND post_id IN (SELECT id FROM post WHERE audience NOT IN ('public', 'unlisted'));
