-- What a moderator did about several reports at once, so that it can be taken back (product 13). One row for each moderator.
CREATE TABLE report_batch (
    id          bigint PRIMARY KEY,
    by_id       bigint NOT NULL,
    action      text NOT NULL CHECK (action IN ('take', 'put back', 'resolve', 'reopen', 'remove posts', 'limit')),
    report_ids  bigint[] NOT NULL,                         -- those that it changed
    post_ids    bigint[] NOT NULL DEFAULT '{}',            -- posts that it took out of their groups
    people_ids  bigint[] NOT NULL DEFAULT '{}',            -- accounts that it limited
    created_at  timestamptz NOT NULL,
    undone_at   timestamptz
);
CREATE UNIQUE INDEX report_batch_by ON report_batch (by_id);
