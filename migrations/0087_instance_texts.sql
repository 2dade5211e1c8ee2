-- What an instance says of itself in law: each version with the day from which it holds. An empty one: from then on none.
CREATE TABLE instance_text (
    kind         text NOT NULL CHECK (kind IN ('privacy', 'terms', 'imprint')),
    effective_on date NOT NULL,
    source       text NOT NULL,                            -- Markdown
    by_id        bigint NOT NULL,
    saved_at     timestamptz NOT NULL,
    PRIMARY KEY (kind, effective_on)
);
