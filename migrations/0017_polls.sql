-- Quick polls (product 12). A poll has the id of its post; what is deleted takes options and votes with it.

CREATE TABLE poll (
    post_id       bigint PRIMARY KEY,
    is_multiple   boolean NOT NULL,
    hides_totals  boolean NOT NULL DEFAULT false,        -- results are shown at the end only
    ends_at       timestamptz,                           -- NULL = no end, as others' polls may have
    ended_at      timestamptz,                           -- when its end was noticed and told
    voters_count  integer,                               -- NULL = the poll's server does not say
    counted_at    timestamptz,                           -- others' polls: when their server last told us
    asked_at      timestamptz,                           -- others' polls: when their server was last asked
    shown_at      timestamptz,                           -- when its counts are, or were, told to who looks on
    told_at       timestamptz                            -- the same for other servers
);
CREATE INDEX poll_open ON poll (ends_at) WHERE ended_at IS NULL AND ends_at IS NOT NULL;

CREATE TABLE poll_option (
    post_id       bigint NOT NULL REFERENCES poll ON DELETE CASCADE,
    position      integer NOT NULL,
    title         text NOT NULL,
    wire_name     text,                                  -- how its own server spells it, if not so
    votes_count   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (post_id, position)
);

-- Who chose what: so that nobody votes twice, and voters see what they chose. Shown to nobody else.
CREATE TABLE poll_vote (
    id            bigint PRIMARY KEY,
    post_id       bigint NOT NULL REFERENCES poll ON DELETE CASCADE,
    account_id    bigint NOT NULL,
    position      integer NOT NULL,
    created_at    timestamptz NOT NULL,
    UNIQUE (post_id, account_id, position)
);

ALTER TABLE post_version ADD COLUMN poll_options text[];
