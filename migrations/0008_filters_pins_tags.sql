-- What members set for their own reading: filters, pins, tags, muted threads, whose notifications wait (API v2).

CREATE TABLE filter (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    title       text NOT NULL,
    contexts    text[] NOT NULL,
    action      text NOT NULL DEFAULT 'warn' CHECK (action IN ('warn', 'hide', 'blur')),
    expires_at  timestamptz,
    created_at  timestamptz NOT NULL
);
CREATE INDEX filter_account ON filter (account_id, id);

CREATE TABLE filter_keyword (
    id            bigint PRIMARY KEY,
    filter_id     bigint NOT NULL REFERENCES filter ON DELETE CASCADE,
    keyword       text NOT NULL,
    is_whole_word boolean NOT NULL DEFAULT false
);
CREATE INDEX filter_keyword_filter ON filter_keyword (filter_id);

CREATE TABLE filter_post (
    id          bigint PRIMARY KEY,
    filter_id   bigint NOT NULL REFERENCES filter ON DELETE CASCADE,
    post_id     bigint NOT NULL,
    UNIQUE (filter_id, post_id)
);

-- What somebody puts on top of their page, and into the collection `featured`.
CREATE TABLE pin (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    post_id     bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, post_id)
);

CREATE TABLE tag_follow (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    tag         text NOT NULL,                             -- case-folded
    shown_as    text NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, tag)
);

CREATE TABLE featured_tag (
    id          bigint PRIMARY KEY,
    account_id  bigint NOT NULL,
    tag         text NOT NULL,
    shown_as    text NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (account_id, tag)
);

-- Threads of which somebody wants no more notifications.
CREATE TABLE thread_mute (
    account_id  bigint NOT NULL,
    thread_id   bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);

-- Whose notifications somebody accepts, holds back as a request, or drops; no row = all are accepted.
CREATE TABLE notification_policy (
    account_id           bigint PRIMARY KEY,
    for_not_following    text NOT NULL DEFAULT 'accept' CHECK (for_not_following IN ('accept', 'filter', 'drop')),
    for_not_followers    text NOT NULL DEFAULT 'accept' CHECK (for_not_followers IN ('accept', 'filter', 'drop')),
    for_new_accounts     text NOT NULL DEFAULT 'accept' CHECK (for_new_accounts IN ('accept', 'filter', 'drop')),
    for_private_mentions text NOT NULL DEFAULT 'accept' CHECK (for_private_mentions IN ('accept', 'filter', 'drop')),
    for_limited_accounts text NOT NULL DEFAULT 'accept' CHECK (for_limited_accounts IN ('accept', 'filter', 'drop')),
    for_bots             text NOT NULL DEFAULT 'accept' CHECK (for_bots IN ('accept', 'filter', 'drop')),
    updated_at           timestamptz NOT NULL
);

-- Those whose notifications are accepted whatever the policy says: their request was accepted.
CREATE TABLE notification_permission (
    account_id       bigint NOT NULL,
    from_account_id  bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (account_id, from_account_id)
);
