-- Search (product 6; issue "clients" 1): the words of posts, of people's names and handles, and what groups are for.

-- The words of a text as its language reduces them, markup left out. An index stands on it: a change needs a new one.
CREATE FUNCTION words_of(language text, content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    CASE split_part(lower(language), '-', 1)
    WHEN 'da' THEN 'danish'::regconfig
    WHEN 'de' THEN 'german'::regconfig
    WHEN 'en' THEN 'english'::regconfig
    WHEN 'es' THEN 'spanish'::regconfig
    WHEN 'fi' THEN 'finnish'::regconfig
    WHEN 'fr' THEN 'french'::regconfig
    WHEN 'hu' THEN 'hungarian'::regconfig
    WHEN 'it' THEN 'italian'::regconfig
    WHEN 'nb' THEN 'norwegian'::regconfig
    WHEN 'nl' THEN 'dutch'::regconfig
    WHEN 'nn' THEN 'norwegian'::regconfig
    WHEN 'no' THEN 'norwegian'::regconfig
    WHEN 'pt' THEN 'portuguese'::regconfig
    WHEN 'ro' THEN 'romanian'::regconfig
    WHEN 'ru' THEN 'russian'::regconfig
    WHEN 'sv' THEN 'swedish'::regconfig
    ELSE 'simple'::regconfig
    END,
    left(content, 100000));

-- Deleting a post empties its text (D61), and with it what stands here: there is no second place to be emptied.
CREATE INDEX post_words ON post
    USING gin (words_of(language, COALESCE(title, '') || ' ' || summary || ' ' || content_html));

CREATE INDEX account_words ON account
    USING gin (to_tsvector('simple'::regconfig,
                           name || ' ' || replace(handle, '_', ' ')
                           || CASE kind WHEN 'group' THEN ' ' || left(bio_html, 10000) ELSE '' END));
CREATE INDEX account_handle_begins ON account (handle_key text_pattern_ops);
CREATE INDEX account_domain_begins ON account (handle_domain text_pattern_ops) WHERE NOT is_local;
CREATE INDEX post_tag_begins ON post_tag (tag text_pattern_ops, post_id DESC);
