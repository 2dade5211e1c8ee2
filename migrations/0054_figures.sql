-- The four core figures of how people fare here, one row for each day and window (product 21), and what is stored.

CREATE TABLE figure_day (
    day                 date NOT NULL,
    window_days         integer NOT NULL,
    starters_count      integer NOT NULL,              -- people who started threads; figures 1 to 3 are shown from 5 on
    threads_count       integer NOT NULL,
    answered_in_time    integer NOT NULL,              -- within the promised time
    median_s            double precision,              -- to the first response; NULL = more than half have none
    slowest_tenth_s     double precision,              -- NULL = more than a tenth has none
    at_rest_count       integer NOT NULL,              -- responded to, and quiet since
    in_progress_count   integer NOT NULL,
    unanswered_count    integer NOT NULL,
    welcomed_count      integer NOT NULL,              -- newcomers whose first post was answered within 48 hours
    welcomed_back       integer NOT NULL,              -- those of them who posted again within 28 days
    unwelcomed_count    integer NOT NULL,
    unwelcomed_back     integer NOT NULL,
    measured_at         timestamptz NOT NULL,
    PRIMARY KEY (window_days, day)
);

CREATE TABLE storage_day (
    day             date PRIMARY KEY,
    database_bytes  bigint NOT NULL,
    uploads_count   bigint NOT NULL,
    uploads_bytes   bigint NOT NULL,
    kept_bytes      bigint NOT NULL,                   -- copies of others' files
    posts_count     bigint NOT NULL,
    own_posts_count bigint NOT NULL,
    measured_at     timestamptz NOT NULL
);

-- What waits for a moderator is counted whenever somebody looks at the dashboard.
CREATE INDEX post_held ON post (id) WHERE state = 'held';
