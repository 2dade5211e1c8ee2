-- Posts that quote others, with the consent of who is quoted (FEP-044f).

ALTER TABLE post
    ADD COLUMN quote_policy text NOT NULL DEFAULT 'public' CHECK (quote_policy IN ('public', 'followers', 'nobody')),
    ADD COLUMN quotes_count integer NOT NULL DEFAULT 0,
    ADD COLUMN is_quote boolean NOT NULL DEFAULT false;

CREATE TABLE quote (
    post_id      bigint PRIMARY KEY,                     -- what quotes
    author_id    bigint NOT NULL,                        -- who quotes
    quoted_uri   text NOT NULL,
    quoted_id    bigint,                                 -- NULL while what is quoted is not here
    state        text NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked')),
    stamp_uri    text,                                   -- where the quoted author allows it
    request_uri  text,                                   -- of the QuoteRequest that was sent for a post of ours
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz
);
CREATE INDEX quote_quoted ON quote (quoted_id, post_id DESC) WHERE quoted_id IS NOT NULL;
CREATE INDEX quote_stamp_uri ON quote (stamp_uri) WHERE stamp_uri IS NOT NULL;
CREATE INDEX quote_request ON quote (request_uri) WHERE request_uri IS NOT NULL;

-- What authors of ours allowed: a row is what others fetch as a QuoteAuthorization until it is taken back.
CREATE TABLE quote_stamp (
    id           bigint PRIMARY KEY,
    quoted_id    bigint NOT NULL,
    quoting_uri  text NOT NULL,
    account_id   bigint NOT NULL,                        -- who quotes
    created_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    UNIQUE (quoted_id, quoting_uri)
);
