-- Search also finds what pictures are said to show, and Chinese, Japanese and Korean text, which has no spaces between
-- words: each two characters that follow one another are found like a word.

ALTER TABLE post ADD COLUMN alt_text text NOT NULL DEFAULT '';    -- descriptions of its files; emptied with its text
ALTER TABLE post ADD COLUMN is_covered boolean NOT NULL DEFAULT false;    -- its files, by who runs the instance
ALTER TABLE account ADD COLUMN media_covered_at timestamptz;

UPDATE post
   SET alt_text = described.texts
  FROM (SELECT post_id, string_agg(replace(description, '<', ' '), ' ' ORDER BY position) AS texts
          FROM post_attachment
         WHERE description <> ''
      GROUP BY post_id) described
 WHERE post.id = described.post_id AND post.state <> 'deleted';

-- The pairs of characters without spaces, those that begin at even places and those that begin at odd ones; what is left
-- over at either end stands alone, so that a single character is found by what begins with it.
CREATE FUNCTION pairs_of(content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN content ~ '[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]'
    THEN ' ' || regexp_replace(
             content,
             '([\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]{2})',
             ' \1 ', 'g')
         || ' ' || regexp_replace(
             regexp_replace(
                 content,
                 '(^|[^\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f])([\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f])',
                 '\1\2 ', 'g'),
             '([\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]{2})',
             ' \1 ', 'g')
    ELSE ''
    END;

CREATE FUNCTION words_in(language text, content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words_of(language, content) || to_tsvector('simple'::regconfig, pairs_of(left(content, 30000)));

-- While old code still serves, it looks for words from beginning to end.
DROP INDEX post_words;
CREATE INDEX post_words ON post
    USING gin (words_in(language, COALESCE(title, '') || ' ' || summary || ' ' || content_html || ' ' || alt_text));
