-- Notices of unlawful content by anybody, with or without an account here, and what became of them (DSA Art. 16; C13).
CREATE TABLE legal_notice (
    id             bigint PRIMARY KEY,
    url            text NOT NULL,                          -- of ours, as it was typed
    post_id        bigint,                                 -- what it leads to, where that is known here
    target_id      bigint,                                 -- whose that is
    ground         text NOT NULL,
    explanation    text NOT NULL,
    name           text NOT NULL,                          -- '' where the law lets it be left out, and some time after
    email          text NOT NULL,
    email_key      text NOT NULL,
    locale         text NOT NULL,
    created_at     timestamptz NOT NULL,
    decision       text CHECK (decision IN ('removed', 'restricted', 'kept', 'elsewhere')),
    reasons        text NOT NULL DEFAULT '',
    decided_by_id  bigint,
    decided_at     timestamptz
);
-- The same from the same person while it is open is one.
CREATE UNIQUE INDEX legal_notice_twice ON legal_notice (email_key, url) WHERE decided_at IS NULL AND email_key <> '';
CREATE INDEX legal_notice_open ON legal_notice (id) WHERE decided_at IS NULL;
