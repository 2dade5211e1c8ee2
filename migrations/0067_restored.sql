-- Sending may be held as a whole; and which backups were brought back here (R037).

ALTER TABLE queue ADD COLUMN held_at timestamptz;             -- nothing is taken from it since then; NULL = it goes on
ALTER TABLE queue ADD COLUMN held_reason text NOT NULL DEFAULT '';

CREATE TABLE restoration (
    restored_at    timestamptz PRIMARY KEY,
    backup_at      timestamptz NOT NULL,
    next_post_id   bigint NOT NULL,           -- what others wrote is looked at again downwards from here
    last_post_id   bigint NOT NULL,           -- as far as here
    looked_at      timestamptz                -- when all was looked at again; NULL = under way
);
CREATE INDEX restoration_under_way ON restoration (restored_at) WHERE looked_at IS NULL;
