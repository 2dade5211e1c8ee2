-- Legal holds: what would be deleted is kept in a sealed place as long as somebody needs it as evidence (C07, C08).
CREATE TABLE legal_hold (
    id          bigint PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('person', 'thread', 'group', 'report')),
    about       text NOT NULL,                             -- what it is about, as it was called then
    person_id   bigint,                                    -- all that this person writes
    thread_id   bigint,
    group_id    bigint,
    post_ids    bigint[] NOT NULL DEFAULT '{}',            -- single posts: those of a report
    report_id   bigint,
    reason      text NOT NULL,
    placed_by   bigint,                                    -- NULL = the command line
    created_at  timestamptz NOT NULL,
    ended_by    bigint,
    end_reason  text NOT NULL DEFAULT '',
    ended_at    timestamptz
);
CREATE INDEX legal_hold_open ON legal_hold (id) WHERE ended_at IS NULL;

-- What was deleted while a hold covered it, once for each hold. Its hash stands in the log.
CREATE TABLE held_copy (
    id          bigint PRIMARY KEY,
    hold_id     bigint NOT NULL REFERENCES legal_hold,
    kind        text NOT NULL CHECK (kind IN ('post', 'profile')),
    object_id   bigint NOT NULL,
    uri         text NOT NULL,
    content     text NOT NULL,                             -- JSON, byte for byte as it was hashed
    sha256      text NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX held_copy_hold ON held_copy (hold_id, id);

-- Uploaded files of such posts: nobody is served them, and nothing sweeps them.
CREATE TABLE held_file (
    hold_id   bigint NOT NULL REFERENCES legal_hold,
    media_id  bigint NOT NULL,
    post_id   bigint NOT NULL,
    PRIMARY KEY (hold_id, media_id)
);
CREATE INDEX held_file_media ON held_file (media_id);
