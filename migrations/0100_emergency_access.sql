-- Admins who read threads for members only, for a bounded time, with a reason (product 26). Each step is in the log.
CREATE TABLE emergency_access (
    id            bigint PRIMARY KEY,
    group_id      bigint NOT NULL,                         -- a group of ours
    reader_id     bigint NOT NULL,                         -- who reads: an admin who is no member
    reason        text NOT NULL CHECK (reason <> ''),
    state         text NOT NULL CHECK (state IN ('asked', 'open', 'declined', 'withdrawn', 'lapsed', 'ended')),
    asked_at      timestamptz NOT NULL,
    lapses_at     timestamptz NOT NULL,                    -- until then a second admin may confirm it
    confirmed_by  bigint,                                  -- NULL = nobody else could, or nobody did
    opened_at     timestamptz,
    ends_at       timestamptz,
    closed_by     bigint,                                  -- NULL = its time was over
    closed_at     timestamptz,
    looks_count   integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX emergency_access_one ON emergency_access (group_id, reader_id) WHERE state IN ('asked', 'open');
CREATE INDEX emergency_access_running ON emergency_access (id) WHERE state IN ('asked', 'open');
