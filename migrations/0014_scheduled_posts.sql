-- Posts that are to be published later. A row lives until its post does; what could not be published stays, with why.
CREATE TABLE scheduled_post (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    app_id      bigint,
    form        jsonb NOT NULL,                          -- what the app sent
    due_at      timestamptz NOT NULL,
    try_at      timestamptz NOT NULL,                    -- due_at; later once a try has begun, so that a crash repeats it
    attempts    integer NOT NULL DEFAULT 0,              -- tries begun, written down before each
    failed_at   timestamptz,
    failure     text,                                    -- the sentence its author was told
    created_at  timestamptz NOT NULL
);
CREATE INDEX scheduled_post_account ON scheduled_post (account_id, id DESC);
CREATE INDEX scheduled_post_due ON scheduled_post (try_at) WHERE failed_at IS NULL;

-- Uploads that wait for such a post are neither swept nor given to another.
ALTER TABLE media ADD COLUMN scheduled_id bigint;
CREATE INDEX media_scheduled ON media (scheduled_id) WHERE scheduled_id IS NOT NULL;
