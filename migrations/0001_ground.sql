-- Settings, audit, and the three durable queues of the ground floor (decisions D5, D53, D54, D66).
-- Ids are made by the application (decisions D22); there are no sequences, triggers or deferrable constraints (D8).

CREATE TABLE setting (
    name        text PRIMARY KEY,
    value       jsonb NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE audit_entry (
    id          bigint PRIMARY KEY,
    actor_id    bigint,                    -- account that acted; NULL = the command line or the server itself
    action      text NOT NULL,
    target      text NOT NULL,
    reason      text NOT NULL DEFAULT '',
    details     jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL
);

-- A fact is what happened; each of its consequences is a row with attempts of its own (D66).
CREATE TABLE fact (
    id          bigint PRIMARY KEY,
    type        text NOT NULL,
    payload     jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    expanded_at timestamptz                -- when its consequences became rows; NULL = just recorded
);
CREATE INDEX fact_waiting ON fact (id) WHERE expanded_at IS NULL;

CREATE TABLE consequence (
    fact_id      bigint NOT NULL REFERENCES fact ON DELETE CASCADE,
    name         text NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    lease_token  bigint,
    lease_until  timestamptz,
    failed_at    timestamptz,              -- given up after five tries (R028)
    last_error   text,
    PRIMARY KEY (fact_id, name)
);
CREATE INDEX consequence_due ON consequence (due_at, fact_id) WHERE failed_at IS NULL;

-- Activities that were accepted (202) and wait to be interpreted. The row is committed before the answer.
CREATE TABLE inbox_item (
    id            bigint PRIMARY KEY,
    activity_uri  text,                    -- NULL when the activity carries no id
    activity_type text NOT NULL,
    signer_uri    text NOT NULL,           -- actor proven by the HTTP signature
    authority     text NOT NULL,           -- peer key of the signer (D20)
    recipient_id  bigint,                  -- local account whose inbox it came to; NULL = shared inbox
    body          bytea,                   -- raw bytes; emptied 7 days after interpretation (D60)
    received_at   timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL,
    lease_token   bigint,
    lease_until   timestamptz,
    done_at       timestamptz,
    last_error    text
);
CREATE INDEX inbox_item_due ON inbox_item (due_at, id) WHERE state = 'waiting';
CREATE INDEX inbox_item_done ON inbox_item (done_at) WHERE state <> 'waiting';

-- Ids of activities already accepted from a signer, for 30 days (D60, S009, R022).
CREATE TABLE seen_activity (
    activity_uri text NOT NULL,
    signer_uri   text NOT NULL,
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (activity_uri, signer_uri)
);
CREATE INDEX seen_activity_age ON seen_activity (seen_at);

-- Objects that are gone, or whose deletion arrived before they did, for ever (S009, R019).
-- The actor is part of the key: what a stranger calls deleted does not keep the author's own post away.
CREATE TABLE tombstone (
    uri         text NOT NULL,
    actor_uri   text NOT NULL,             -- who said so
    deleted_at  timestamptz NOT NULL,
    PRIMARY KEY (uri, actor_uri)
);

-- What arrived well signed but had no effect, and why. Kept 30 days.
CREATE TABLE dropped_activity (
    id            bigint PRIMARY KEY,
    activity_uri  text,
    activity_type text NOT NULL,
    signer_uri    text NOT NULL,
    authority     text NOT NULL,
    reason        text NOT NULL,
    dropped_at    timestamptz NOT NULL
);
CREATE INDEX dropped_activity_age ON dropped_activity (dropped_at);

-- Other servers (D20: canonical host, plus port when not the default).
CREATE TABLE peer (
    authority          text PRIMARY KEY,
    policy             text NOT NULL DEFAULT 'default' CHECK (policy IN ('default', 'allowed', 'limited', 'suspended')),
    policy_reason      text NOT NULL DEFAULT '',
    software_name      text,
    software_version   text,
    capabilities       text[] NOT NULL DEFAULT '{}',
    announce_form      text CHECK (announce_form IN ('A', 'B', 'C')),   -- NULL = not known yet (D17, D56)
    profile_checked_at timestamptz,
    signature_form     text CHECK (signature_form IN ('cavage', 'rfc9421')),
    signature_form_at  timestamptz,
    first_seen_at      timestamptz NOT NULL,
    last_inbound_at    timestamptz,
    last_success_at    timestamptz,
    last_failure_at    timestamptz,
    last_error         text,
    failure_count      integer NOT NULL DEFAULT 0,     -- failures in a row that count for the peer (D53)
    failing_since      timestamptz,
    next_attempt_at    timestamptz                     -- NULL or past = may be sent to
);

-- Outgoing activities, encoded once; the bytes never change between tries (R047).
CREATE TABLE activity (
    id          bigint PRIMARY KEY,
    uri         text NOT NULL UNIQUE,
    actor_id    bigint NOT NULL,                       -- the local account that signs
    type        text NOT NULL,
    post_id     bigint,                                -- the post it is about, if any
    body        bytea NOT NULL,
    is_public   boolean NOT NULL,                      -- may /a/<id> show it
    created_at  timestamptz NOT NULL
);
CREATE INDEX activity_post ON activity (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE destination (
    id          bigint PRIMARY KEY,
    inbox_url   text NOT NULL UNIQUE,
    authority   text NOT NULL
);
CREATE INDEX destination_authority ON destination (authority);

-- One row for each destination that still has to receive an activity. Order is kept per order_key and destination.
CREATE TABLE pending_delivery (
    destination_id bigint NOT NULL,
    activity_id    bigint NOT NULL,
    authority      text NOT NULL,
    order_key      bigint NOT NULL,                    -- thread id, else a hash of the pair of actors (D53)
    object_key     bigint NOT NULL DEFAULT 0,          -- post id, for P6: after three 5xx only the same object waits
    attempts       integer NOT NULL DEFAULT 0,
    due_at         timestamptz NOT NULL,
    lease_token    bigint,
    lease_until    timestamptz,
    first_try_at   timestamptz,
    last_status    integer,
    last_error     text,
    PRIMARY KEY (destination_id, activity_id)
);
CREATE INDEX pending_delivery_authority ON pending_delivery (authority, activity_id);
CREATE INDEX pending_delivery_due ON pending_delivery (due_at);
CREATE INDEX pending_delivery_activity ON pending_delivery (activity_id);

CREATE TABLE failed_delivery (
    destination_id bigint NOT NULL,
    activity_id    bigint NOT NULL,
    authority      text NOT NULL,
    order_key      bigint NOT NULL,
    object_key     bigint NOT NULL DEFAULT 0,
    attempts       integer NOT NULL,
    last_status    integer,
    last_error     text,
    failed_at      timestamptz NOT NULL,
    PRIMARY KEY (destination_id, activity_id)
);
CREATE INDEX failed_delivery_authority ON failed_delivery (authority, failed_at);

-- What was delivered, for three days (D60): admin pages and the delivery report of a post read it.
CREATE TABLE done_delivery (
    destination_id bigint NOT NULL,
    activity_id    bigint NOT NULL,
    status         integer NOT NULL,
    done_at        timestamptz NOT NULL,
    PRIMARY KEY (destination_id, activity_id)
);
CREATE INDEX done_delivery_age ON done_delivery (done_at);
