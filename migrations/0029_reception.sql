-- How the home group of a post received it, where one of the two lives elsewhere or its moderators took it out again:
-- sent -> taken | refused; later removed. Carriers have rows of their own (carry).
CREATE TABLE reception (
    post_id     bigint PRIMARY KEY,
    group_id    bigint NOT NULL,
    state       text NOT NULL CHECK (state IN ('sent', 'taken', 'refused', 'removed')),
    reason      text NOT NULL DEFAULT '',
    sent_at     timestamptz NOT NULL,
    decided_at  timestamptz                              -- NULL = it has not said anything yet
);
