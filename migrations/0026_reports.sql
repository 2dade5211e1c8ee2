-- Reports: what somebody, here or elsewhere, complains of, and what became of it (product 13).
CREATE TABLE report (
    id              bigint PRIMARY KEY,
    uri             text UNIQUE,                           -- of the Flag, if it came from elsewhere
    reporter_id     bigint NOT NULL,                       -- for a Flag often the other server's own account
    target_id       bigint NOT NULL,
    group_id        bigint,                                -- a group of ours whose content it is about
    category        text NOT NULL CHECK (category IN ('spam', 'legal', 'violation', 'other')),
    rule_ids        integer[] NOT NULL DEFAULT '{}',       -- of the instance's rules, from 1
    comment         text NOT NULL,
    is_forwarded    boolean NOT NULL DEFAULT false,        -- told to the server of whom it is about
    assigned_id     bigint,
    resolved_by_id  bigint,
    resolved_at     timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
-- One open report for each reporter and target; what is said further goes into it (S169).
CREATE UNIQUE INDEX report_open ON report (reporter_id, target_id) WHERE resolved_at IS NULL;
CREATE INDEX report_target ON report (target_id, id);
CREATE INDEX report_group ON report (group_id, id) WHERE group_id IS NOT NULL;

CREATE TABLE report_post (
    report_id  bigint NOT NULL REFERENCES report ON DELETE CASCADE,
    post_id    bigint NOT NULL,
    PRIMARY KEY (report_id, post_id)
);

ALTER TABLE notification ADD COLUMN report_id bigint;
