-- Lists of other servers that were read from a file: what they would change, how far that has come, and what was before.
CREATE TABLE peer_list (
    id           bigint PRIMARY KEY,
    by_id        bigint NOT NULL,
    name         text NOT NULL,
    entries      jsonb NOT NULL,              -- [{"authority": ..., "policy": ..., "reason": ...}]
    skipped      jsonb NOT NULL,              -- [{"line": ..., "text": ..., "why": ...}]
    state        text NOT NULL CHECK (state IN ('proposed', 'applying', 'applied', 'undoing', 'undone')),
    before       jsonb NOT NULL DEFAULT '[]', -- what stood there before, in the order in which it was changed
    done_count   integer NOT NULL DEFAULT 0,  -- of `entries` while applying, of `before` while undoing
    created_at   timestamptz NOT NULL,
    applied_at   timestamptz,
    undone_at    timestamptz
);
CREATE INDEX peer_list_under_way ON peer_list (id) WHERE state IN ('applying', 'undoing');
