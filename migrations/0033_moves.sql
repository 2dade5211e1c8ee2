-- Accounts that moved, ours and others': when, so that nobody leads followers about (Mastodon: once in seven days).
CREATE TABLE account_move (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    target_id   bigint NOT NULL,
    moved_at    timestamptz NOT NULL
);
CREATE INDEX account_move_account ON account_move (account_id, moved_at DESC);
