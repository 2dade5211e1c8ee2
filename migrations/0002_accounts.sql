-- Everything addressable (people, groups, applications), ours and others', and how people get in (D18, D19, D24-D27).

CREATE TABLE account (
    id                 bigint PRIMARY KEY,
    kind               text NOT NULL CHECK (kind IN ('person', 'group', 'application', 'organization', 'service')),
    is_local           boolean NOT NULL,
    handle             text NOT NULL,                  -- as shown; ours are lower case
    handle_key         text NOT NULL,                  -- lower case, for matching
    handle_domain      text NOT NULL,                  -- domain after the @, with port in development; ours too
    authority          text NOT NULL,                  -- peer key of the uri
    uri                text NOT NULL UNIQUE,
    url                text NOT NULL,
    inbox_url          text NOT NULL,
    shared_inbox_url   text,
    outbox_url         text,
    followers_url      text,
    following_url      text,
    featured_url       text,
    moderators_url     text,
    name               text NOT NULL DEFAULT '',
    bio_html           text NOT NULL DEFAULT '',
    bio_source         text NOT NULL DEFAULT '',
    fields             jsonb NOT NULL DEFAULT '[]',    -- [{"name": ..., "value_html": ..., "value": ...}]
    avatar_url         text,                           -- where it lives elsewhere; NULL = generated
    header_url         text,
    is_locked          boolean NOT NULL DEFAULT false, -- follows need approval
    is_bot             boolean NOT NULL DEFAULT false,
    is_discoverable    boolean NOT NULL DEFAULT true,
    is_indexable       boolean NOT NULL DEFAULT true,
    state              text NOT NULL DEFAULT 'active'
                       CHECK (state IN ('pending', 'active', 'disabled', 'suspended', 'deleted')),
    version            integer NOT NULL DEFAULT 1,     -- grows with every change that an encoded status shows (D63)
    posts_count        integer NOT NULL DEFAULT 0,
    followers_count    integer NOT NULL DEFAULT 0,
    following_count    integer NOT NULL DEFAULT 0,
    last_post_at       timestamptz,
    moved_to_uri       text,
    also_known_as      text[] NOT NULL DEFAULT '{}',
    created_at         timestamptz NOT NULL,           -- for others: what their document says, else when first seen
    updated_at         timestamptz NOT NULL,
    fetched_at         timestamptz                     -- others: when the document was last fetched
);
CREATE UNIQUE INDEX account_handle ON account (handle_key, handle_domain);
CREATE INDEX account_local ON account (kind, id) WHERE is_local;
CREATE INDEX account_authority ON account (authority) WHERE NOT is_local;
CREATE INDEX account_followers_url ON account (followers_url) WHERE followers_url IS NOT NULL;

CREATE TABLE account_key (
    id           bigint PRIMARY KEY,
    account_id   bigint NOT NULL,
    key_uri      text NOT NULL UNIQUE,
    algorithm    text NOT NULL CHECK (algorithm IN ('rsa', 'ed25519')),
    public_key   text NOT NULL,                        -- PEM for RSA, multibase for Ed25519
    private_key  text,                                 -- PKCS8 PEM; ours only
    is_local     boolean NOT NULL,
    created_at   timestamptz NOT NULL,
    fetched_at   timestamptz,
    retired_at   timestamptz,
    CONSTRAINT account_private_key_implies_local CHECK (private_key IS NULL OR is_local)
);
CREATE INDEX account_key_owner ON account_key (account_id);

CREATE TABLE login (
    account_id       bigint PRIMARY KEY,
    email            text NOT NULL,
    email_key        text NOT NULL UNIQUE,
    password_hash    text,
    role             text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'moderator', 'member')),
    state            text NOT NULL DEFAULT 'active' CHECK (state IN ('pending', 'active', 'rejected', 'disabled')),
    reason           text NOT NULL DEFAULT '',         -- what a person wrote when asking for an account
    locale           text NOT NULL DEFAULT 'en',
    time_zone        text,
    default_language text,
    default_audience text NOT NULL DEFAULT 'public',
    default_sensitive boolean NOT NULL DEFAULT false,
    created_by       text NOT NULL DEFAULT 'sign-up',
    created_at       timestamptz NOT NULL,
    confirmed_at     timestamptz,
    last_sign_in_at  timestamptz
);
CREATE INDEX login_pending ON login (created_at) WHERE state = 'pending';

-- Ids, tokens, codes and links are 256-bit random values, stored as SHA-256 (D26).
CREATE TABLE session (
    id           bigint PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    account_id   bigint NOT NULL,
    csrf_token   text NOT NULL,
    user_agent   text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE one_time_link (
    token_hash   bytea PRIMARY KEY,
    account_id   bigint NOT NULL,
    purpose      text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX one_time_link_account ON one_time_link (account_id);

-- Attempts at signing in, codes, resets and sign-ups (D29, S120): counted per account and per address.
CREATE TABLE sign_in_attempt (
    id           bigint PRIMARY KEY,
    subject      text NOT NULL,                        -- 'account:<key>' or 'address:<ip>'
    kind         text NOT NULL,
    attempted_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_subject ON sign_in_attempt (subject, kind, attempted_at);

CREATE TABLE oauth_app (
    id             bigint PRIMARY KEY,
    client_id      text NOT NULL UNIQUE,
    secret_hash    bytea NOT NULL,
    name           text NOT NULL,
    website        text,
    redirect_uris  text[] NOT NULL,
    scopes         text[] NOT NULL,
    created_at     timestamptz NOT NULL
);

CREATE TABLE oauth_code (
    code_hash      bytea PRIMARY KEY,
    app_id         bigint NOT NULL,
    account_id     bigint NOT NULL,
    redirect_uri   text NOT NULL,
    scopes         text[] NOT NULL,
    challenge      text,
    challenge_method text,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz
);

CREATE TABLE oauth_token (
    id           bigint PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    app_id       bigint NOT NULL,
    account_id   bigint,                               -- NULL = the app itself (client credentials)
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX oauth_token_account ON oauth_token (account_id);
CREATE INDEX oauth_token_app ON oauth_token (app_id);

CREATE TABLE follow (
    id           bigint PRIMARY KEY,
    follower_id  bigint NOT NULL,
    followee_id  bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('requested', 'accepted')),
    uri          text,                                 -- of the Follow activity, theirs or ours
    show_boosts  boolean NOT NULL DEFAULT true,
    notify       boolean NOT NULL DEFAULT false,
    languages    text[],
    created_at   timestamptz NOT NULL,
    accepted_at  timestamptz,
    UNIQUE (follower_id, followee_id)
);
CREATE INDEX follow_followee ON follow (followee_id, id) WHERE state = 'accepted';
CREATE INDEX follow_follower ON follow (follower_id, id) WHERE state = 'accepted';
CREATE INDEX follow_requested ON follow (followee_id, id) WHERE state = 'requested';
CREATE INDEX follow_uri ON follow (uri) WHERE uri IS NOT NULL;

CREATE TABLE marker (
    account_id   bigint NOT NULL,
    timeline     text NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_read_id bigint NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, timeline)
);
