-- Threads that move between groups of two servers: what was asked, and what the other side said. A row exists on both;
-- it stays as the map from the old conversation to the new one, and goes with its thread.
CREATE TABLE thread_move (
    id           bigint PRIMARY KEY,
    thread_id    bigint NOT NULL,
    origin_id    bigint NOT NULL,
    target_id    bigint NOT NULL,
    requested_by bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('requested', 'accepted', 'declined', 'done')),
    offer_uri    text,
    old_context  text NOT NULL,
    new_context  text,                                   -- how the target's server calls the conversation
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    UNIQUE (thread_id, origin_id, target_id)
);
CREATE INDEX thread_move_target ON thread_move (target_id) WHERE state = 'requested';
CREATE INDEX thread_move_offer ON thread_move (offer_uri) WHERE offer_uri IS NOT NULL;
