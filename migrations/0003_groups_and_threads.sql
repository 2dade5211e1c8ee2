-- Groups, memberships, posts, threads and carrying (product 4, 6, 7; decisions D24, D30-D40, D44, D49-D51, D61).

-- What a group of ours says about itself, beside its account row.
CREATE TABLE group_profile (
    account_id    bigint PRIMARY KEY,
    purpose       text NOT NULL,
    for_whom      text NOT NULL DEFAULT '',
    group_kind    text NOT NULL DEFAULT 'topic'
                  CHECK (group_kind IN ('chapter', 'topic', 'peer circle', 'project', 'board', 'announcements', 'prospects')),
    visibility    text NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'network', 'hidden')),
    audience      text NOT NULL DEFAULT 'public' CHECK (audience IN ('public', 'network', 'group', 'local')),
    join_rule     text NOT NULL DEFAULT 'open'
                  CHECK (join_rule IN ('open', 'request', 'invite', 'verified companies', 'roster list')),
    posting_rule  text NOT NULL DEFAULT 'members'
                  CHECK (posting_rule IN ('members', 'anyone', 'first post held', 'all held', 'facilitators')),
    carry_policy  text NOT NULL DEFAULT 'auto' CHECK (carry_policy IN ('auto', 'ask facilitator', 'never')),
    rules         jsonb NOT NULL DEFAULT '[]',          -- [{"title": ..., "text": ...}]
    state         text NOT NULL DEFAULT 'active'
                  CHECK (state IN ('draft', 'active', 'resting', 'archived', 'closed', 'moved')),
    created_by    bigint,
    created_at    timestamptz NOT NULL
);

CREATE TABLE membership (
    group_id     bigint NOT NULL,
    member_id    bigint NOT NULL,
    role         text NOT NULL DEFAULT 'member' CHECK (role IN ('facilitator', 'moderator', 'member', 'prospect')),
    state        text NOT NULL CHECK (state IN ('invited', 'requested', 'active', 'paused', 'left', 'removed')),
    how          text NOT NULL CHECK (how IN ('roster', 'invite', 'request', 'follow', 'creator', 'command')),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (group_id, member_id)
);
CREATE INDEX membership_member ON membership (member_id, group_id) WHERE state = 'active';

CREATE TABLE post (
    id                bigint PRIMARY KEY,
    uri               text NOT NULL UNIQUE,
    url               text NOT NULL,
    is_local          boolean NOT NULL,
    author_id         bigint NOT NULL,
    group_id          bigint,                            -- home group of the thread; NULL = personal (D32)
    thread_id         bigint NOT NULL,                   -- id of the root; a root has its own id
    parent_id         bigint,
    parent_author_id  bigint,                            -- whom a reply answers
    parent_uri        text,                              -- parent not had yet: a detached post (D51)
    object_type       text NOT NULL DEFAULT 'Note',      -- Note, Article, Page, Question, Event, Video, ...
    kind              text CHECK (kind IN ('discussion', 'question', 'announcement', 'offer', 'request',
                                           'suggestion', 'event', 'poll', 'story', 'hands')),
    title             text,
    title_is_generated boolean NOT NULL DEFAULT false,
    content_html      text NOT NULL DEFAULT '',          -- cleaned
    source            text,                              -- Markdown as typed; others' when they send it
    summary           text NOT NULL DEFAULT '',          -- content warning
    is_sensitive      boolean NOT NULL DEFAULT false,
    language          text,
    audience          text NOT NULL CHECK (audience IN ('public', 'unlisted', 'network', 'group', 'local', 'followers', 'direct')),
    context_uri       text,                              -- the name of the thread that we write on the wire (D50)
    state             text NOT NULL DEFAULT 'visible' CHECK (state IN ('visible', 'held', 'removed', 'deleted')),
    app_id            bigint,
    is_told           boolean NOT NULL DEFAULT true,     -- false: fetched to make a thread whole, nobody was told (D51)
    version           integer NOT NULL DEFAULT 1,        -- grows with every change an encoded fragment shows (D63)
    replies_count     integer NOT NULL DEFAULT 0,
    favourites_count  integer NOT NULL DEFAULT 0,
    boosts_count      integer NOT NULL DEFAULT 0,
    same_here_count   integer NOT NULL DEFAULT 0,
    published_at      timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,              -- when it became a row here
    edited_at         timestamptz,
    deleted_at        timestamptz,
    CONSTRAINT post_root_is_its_own_thread CHECK (parent_id IS NOT NULL OR parent_uri IS NOT NULL OR thread_id = id),
    CONSTRAINT post_title_iff_root_in_a_group CHECK (state = 'deleted' OR
        (title IS NOT NULL) = (group_id IS NOT NULL AND thread_id = id AND parent_uri IS NULL))
);
CREATE INDEX post_author ON post (author_id, id DESC);
CREATE INDEX post_thread ON post (thread_id, id);
CREATE INDEX post_parent ON post (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX post_starters ON post (author_id, id DESC) WHERE thread_id = id AND parent_uri IS NULL AND state = 'visible';
CREATE INDEX post_answers_to ON post (parent_author_id, id DESC) WHERE parent_author_id IS NOT NULL AND state = 'visible';
CREATE INDEX post_group_replies ON post (group_id, id DESC) WHERE thread_id <> id AND group_id IS NOT NULL;
CREATE INDEX post_detached ON post (parent_uri) WHERE parent_uri IS NOT NULL;
CREATE INDEX post_group_roots ON post (group_id, id DESC) WHERE thread_id = id AND group_id IS NOT NULL;
CREATE INDEX post_public ON post (id DESC)
    WHERE audience = 'public' AND state = 'visible' AND thread_id = id AND parent_uri IS NULL;
CREATE INDEX post_public_here ON post (id DESC)
    WHERE audience = 'public' AND state = 'visible' AND thread_id = id AND parent_uri IS NULL AND is_local;

CREATE TABLE post_mention (
    post_id      bigint NOT NULL,
    account_id   bigint NOT NULL,
    position     integer NOT NULL DEFAULT 0,
    is_silent    boolean NOT NULL DEFAULT false,         -- addressed, but not named in the text
    PRIMARY KEY (post_id, account_id)
);
CREATE INDEX post_mention_account ON post_mention (account_id, post_id DESC);

CREATE TABLE post_tag (
    post_id      bigint NOT NULL,
    tag          text NOT NULL,                          -- case-folded
    shown_as     text NOT NULL,
    PRIMARY KEY (post_id, tag)
);
CREATE INDEX post_tag_tag ON post_tag (tag, post_id DESC);

CREATE TABLE post_version (
    post_id      bigint NOT NULL,
    version      integer NOT NULL,
    title        text,
    content_html text NOT NULL,
    source       text,
    summary      text NOT NULL,
    is_sensitive boolean NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (post_id, version)
);

-- Attachments of posts that live elsewhere, and later our own (D64).
CREATE TABLE post_attachment (
    post_id      bigint NOT NULL,
    position     integer NOT NULL,
    media_type   text NOT NULL,
    remote_url   text NOT NULL,
    description  text NOT NULL DEFAULT '',
    blurhash     text,
    width        integer,
    height       integer,
    PRIMARY KEY (post_id, position)
);

-- Every URL under which a thread's conversation context is known (D50).
CREATE TABLE thread_context (
    uri          text PRIMARY KEY,
    thread_id    bigint NOT NULL
);
CREATE INDEX thread_context_thread ON thread_context (thread_id);

-- Raw activities that made, changed or deleted a post and may be relayed; they live as long as the post (D17, D60).
CREATE TABLE post_activity (
    activity_uri text NOT NULL,
    post_id      bigint NOT NULL,
    type         text NOT NULL CHECK (type IN ('Create', 'Update', 'Delete')),
    body         bytea NOT NULL,
    has_proof    boolean NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (post_id, activity_uri)
);

-- A boost by a person, or a group's announcement of a thread to its members. Its id is the wrapper status in client apps.
CREATE TABLE boost (
    id           bigint PRIMARY KEY,
    account_id   bigint NOT NULL,
    post_id      bigint NOT NULL,
    author_id    bigint NOT NULL,                        -- of the post
    uri          text UNIQUE,                            -- of the Announce
    is_group     boolean NOT NULL,                       -- a group's announcement of a thread
    audience     text NOT NULL DEFAULT 'public',
    created_at   timestamptz NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX boost_account ON boost (account_id, id DESC) INCLUDE (post_id);
CREATE INDEX boost_post ON boost (post_id, id);

CREATE TABLE favourite (
    id           bigint PRIMARY KEY,
    account_id   bigint NOT NULL,
    post_id      bigint NOT NULL,
    uri          text,
    created_at   timestamptz NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX favourite_post ON favourite (post_id, id);
CREATE INDEX favourite_uri ON favourite (uri) WHERE uri IS NOT NULL;
CREATE INDEX favourite_account ON favourite (account_id, id DESC);

CREATE TABLE same_here (
    post_id      bigint NOT NULL,
    account_id   bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (post_id, account_id)
);

CREATE TABLE bookmark (
    id           bigint PRIMARY KEY,
    account_id   bigint NOT NULL,
    post_id      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX bookmark_account ON bookmark (account_id, id DESC);

-- One thread in several groups (product 7). A row here exists on the host of the home group and of the carrying group.
CREATE TABLE carry (
    id           bigint PRIMARY KEY,
    thread_id    bigint NOT NULL,
    group_id     bigint NOT NULL,                        -- the carrying group, ours or another server's
    requested_by bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('requested', 'carried', 'declined', 'hidden', 'withdrawn')),
    position     integer NOT NULL DEFAULT 0,
    offer_uri    text,
    boost_id     bigint,                                 -- the carrying group's announcement, once carried
    announce_uri text,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    UNIQUE (thread_id, group_id)
);
CREATE INDEX carry_group ON carry (group_id, thread_id);
CREATE INDEX carry_offer ON carry (offer_uri) WHERE offer_uri IS NOT NULL;

-- A group hides one post of a thread for its own people (its own say, product 7); moderator removal at home as well.
CREATE TABLE group_hidden_post (
    group_id     bigint NOT NULL,
    post_id      bigint NOT NULL,
    hidden_by    bigint,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (group_id, post_id)
);

CREATE TABLE notification (
    id              bigint PRIMARY KEY,
    account_id      bigint NOT NULL,
    type            text NOT NULL,
    from_account_id bigint NOT NULL,
    post_id         bigint,
    created_at      timestamptz NOT NULL,
    dedupe_key      text NOT NULL,                       -- one notification for one thing, however often it arrives (R022)
    UNIQUE (account_id, dedupe_key)
);
CREATE INDEX notification_account ON notification (account_id, id DESC);
CREATE INDEX notification_post ON notification (post_id) WHERE post_id IS NOT NULL;

-- The automatic list of a joined group: what the member changed about it (D39). The list's id is the group's account id.
CREATE TABLE group_list_setting (
    account_id   bigint NOT NULL,
    group_id     bigint NOT NULL,
    is_exclusive boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, group_id)
);

-- One row per (token, key) for an hour, written in the transaction of the post (D78, R003).
CREATE TABLE idempotency_key (
    token_id     bigint NOT NULL,
    key          text NOT NULL,
    post_id      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
