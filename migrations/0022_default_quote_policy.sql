-- Whom somebody lets quote what they write, unless they say otherwise with a post.
ALTER TABLE login
    ADD COLUMN default_quote_policy text NOT NULL DEFAULT 'public'
        CHECK (default_quote_policy IN ('public', 'followers', 'nobody'));
