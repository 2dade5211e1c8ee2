-- Lists that somebody makes of those they follow. The automatic list of a group has no row here (D39).
CREATE TABLE own_list (
    id             bigint PRIMARY KEY,
    account_id     bigint NOT NULL,
    title          text NOT NULL,
    replies_policy text NOT NULL DEFAULT 'list' CHECK (replies_policy IN ('followed', 'list', 'none')),
    is_exclusive   boolean NOT NULL DEFAULT false,         -- keeps its members out of home
    created_at     timestamptz NOT NULL
);
CREATE INDEX own_list_account ON own_list (account_id, id);
CREATE INDEX own_list_exclusive ON own_list (account_id) WHERE is_exclusive;

-- A member goes with the follow; NULL = the owner, who is in a list of their own.
CREATE TABLE own_list_member (
    id          bigint PRIMARY KEY,
    list_id     bigint NOT NULL REFERENCES own_list ON DELETE CASCADE,
    account_id  bigint NOT NULL,
    follow_id   bigint REFERENCES follow ON DELETE CASCADE,
    UNIQUE (list_id, account_id)
);
CREATE INDEX own_list_member_account ON own_list_member (account_id);
CREATE INDEX own_list_member_follow ON own_list_member (follow_id);
