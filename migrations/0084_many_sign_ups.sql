-- What an admin did about several sign-ups at once: it can be taken back for a while; who is turned down is told after it.
CREATE TABLE sign_up_batch (
    id          bigint PRIMARY KEY,
    by_id       bigint NOT NULL,
    action      text NOT NULL CHECK (action IN ('approve', 'reject')),
    account_ids bigint[] NOT NULL,                          -- those that it changed
    reason      text NOT NULL DEFAULT '',                   -- what they are told; empty once they were
    created_at  timestamptz NOT NULL,
    undone_at   timestamptz,
    ended_at    timestamptz                                 -- from then on nothing can be taken back
);
CREATE INDEX sign_up_batch_by ON sign_up_batch (by_id, id DESC) WHERE ended_at IS NULL;
CREATE INDEX invitation_age ON invitation (id DESC);
