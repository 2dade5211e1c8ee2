-- What somebody chose when they ended their account for good, and what other servers answered (product 24; C08).
ALTER TABLE post ADD COLUMN keeps_place boolean NOT NULL DEFAULT true;  -- of deleted posts: whether threads say where it was

CREATE TABLE erasure (
    id            bigint PRIMARY KEY,
    account_id    bigint NOT NULL UNIQUE,              -- its row has nothing but the handle any more
    keeps_places  boolean NOT NULL,                    -- "remove text, keep place"; otherwise "remove all"
    at_their_wish boolean NOT NULL,                    -- otherwise by those who look after accounts
    posts_count   integer NOT NULL DEFAULT 0,          -- emptied so far
    activity_id   bigint,                              -- the Delete of the account; NULL = not said yet, or nobody to tell
    gathered_at   timestamptz,                         -- answers of others were last written down
    asked_at      timestamptz NOT NULL,
    emptied_at    timestamptz                          -- all posts are
);
CREATE INDEX erasure_age ON erasure (asked_at);

CREATE TABLE erasure_answer (
    erasure_id bigint NOT NULL REFERENCES erasure ON DELETE CASCADE,
    authority  text NOT NULL,                          -- who was asked to delete
    state      text NOT NULL CHECK (state IN ('waiting', 'taken', 'failed')),
    status     integer,                                -- the last HTTP status
    error      text NOT NULL DEFAULT '',
    PRIMARY KEY (erasure_id, authority)
);

-- Holds from before said that nobody who is covered is told; from now on it is chosen (product 20).
ALTER TABLE legal_hold ADD COLUMN is_confidential boolean NOT NULL DEFAULT true;
