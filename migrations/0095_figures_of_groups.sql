-- The four core figures of each group, for those who look after it (product 21): as in figure_day, about the group alone.
-- A group of which nothing is to be counted in a window has no row for it.

CREATE TABLE group_figure_day (
    group_id            bigint NOT NULL REFERENCES account,
    day                 date NOT NULL,
    window_days         integer NOT NULL,
    starters_count      integer NOT NULL,
    threads_count       integer NOT NULL,
    answered_in_time    integer NOT NULL,
    median_s            double precision,
    slowest_tenth_s     double precision,
    at_rest_count       integer NOT NULL,
    in_progress_count   integer NOT NULL,
    unanswered_count    integer NOT NULL,
    welcomed_count      integer NOT NULL,              -- newcomers to the group
    welcomed_back       integer NOT NULL,
    unwelcomed_count    integer NOT NULL,
    unwelcomed_back     integer NOT NULL,
    measured_at         timestamptz NOT NULL,
    PRIMARY KEY (group_id, window_days, day)
);
CREATE INDEX group_figure_day_day ON group_figure_day (day);
