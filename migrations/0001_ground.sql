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

-- `due_at` moves to the end of the lease when a try begins, so one index finds all that may be tried.
CREATE TABLE consequence (
    fact_id      bigint NOT NULL REFERENCES fact ON DELETE CASCADE,
    name         text NOT NULL,
    lane         bigint NOT NULL,          -- what it is about: of one name and lane the earlier goes first
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    lease_token  bigint,                   -- of the try that is under way; writes with another token are refused (R005)
    failed_at    timestamptz,              -- given up after five tries (R028)
    last_error   text,
    PRIMARY KEY (fact_id, name)
);
CREATE INDEX consequence_due ON consequence (due_at, fact_id) WHERE failed_at IS NULL;
CREATE INDEX consequence_lane ON consequence (lane, name, fact_id) WHERE failed_at IS NULL;
CREATE INDEX consequence_failed ON consequence (failed_at) WHERE failed_at IS NOT NULL;

-- One row for each queue: who claims locks it, so claims follow one another; its loops say here that they live (R045).
CREATE TABLE queue (
    name          text PRIMARY KEY,
    looked_at     timestamptz,             -- a worker last looked for work
    succeeded_at  timestamptz              -- and last finished some
);

-- What the clock starts (fedcomm/recurring.py): one row for each kind of work, so that one process does it.
CREATE TABLE recurring (
    name          text PRIMARY KEY,
    next_at       timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz,
    last_error    text
);

-- Activities that were accepted (202) and wait to be interpreted. The row is committed before the answer.
CREATE TABLE inbox_item (
    id            bigint PRIMARY KEY,
    activity_uri  text,                    -- NULL when the activity carries no id
    activity_type text NOT NULL,
    signer_uri    text NOT NULL,           -- actor proven by the HTTP signature
    authority     text NOT NULL,           -- peer key of the signer (D20)
    recipient_id  bigint,                  -- local account whose inbox it came to; NULL = shared inbox
    body          bytea,                   -- raw bytes, until it is interpreted (D60, D61)
    received_at   timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    attempts      integer NOT NULL DEFAULT 0,
    waits         integer NOT NULL DEFAULT 0,  -- times it was put off because its origin could not be reached (D47)
    due_at        timestamptz NOT NULL,    -- the end of the lease, while a worker has it
    lease_token   bigint,
    done_at       timestamptz,
    last_error    text
);
CREATE INDEX inbox_item_fresh ON inbox_item (authority, due_at, id) WHERE state = 'waiting' AND attempts = 0;
CREATE INDEX inbox_item_again ON inbox_item (due_at, id) WHERE state = 'waiting' AND attempts > 0;
CREATE INDEX inbox_item_leased ON inbox_item (signer_uri) WHERE state = 'waiting' AND lease_token IS NOT NULL;
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
    last_inbound_at    timestamptz
);
CREATE INDEX peer_suspended ON peer (authority) WHERE policy = 'suspended';

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

-- How sending to a peer stands. A worker takes a whole peer for a while; so order and the few in flight are kept
-- without asking each row, and 50 dead peers with 1,000 rows each cost 50 rows that are not ready (ARCH 4.2, D53).
CREATE TABLE delivery_peer (
    authority       text PRIMARY KEY,
    ready_at        timestamptz,                       -- NULL = nothing waits; not before; the lease's end, while leased
    lease_token     bigint,                            -- of the worker that has it; others' results are refused (R005)
    has_news        boolean NOT NULL DEFAULT false,    -- something was added while a worker has it
    failure_count   integer NOT NULL DEFAULT 0,        -- failures in a row that count for the peer (D53)
    failing_since   timestamptz,                       -- the first of them
    open_count      integer NOT NULL DEFAULT 0,        -- waits of its breaker in a row; 0 = closed
    wait_until      timestamptz,                       -- back-off, breaker, or what it asked for (Retry-After)
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_status     integer,
    last_error      text
) WITH (fillfactor = 70);
CREATE INDEX delivery_peer_ready ON delivery_peer (ready_at) WHERE ready_at IS NOT NULL;

-- One row for each destination that still has to receive an activity. Order is kept per order_key and destination.
CREATE TABLE pending_delivery (
    activity_id    bigint NOT NULL,
    destination_id bigint NOT NULL,
    authority      text NOT NULL,
    order_key      bigint NOT NULL,                    -- thread id, else a hash of the pair of actors (D53)
    object_key     bigint NOT NULL DEFAULT 0,          -- post id, for P6: after three 5xx only the same object waits
    attempts       integer NOT NULL DEFAULT 0,         -- tries begun; written before each (ARCH principle 8)
    failures       integer NOT NULL DEFAULT 0,         -- of them, those that count for this message (D53)
    due_at         timestamptz NOT NULL,
    is_held        boolean NOT NULL DEFAULT false,     -- due_at was put off: what comes after it in its order waits too
    last_status    integer,
    last_error     text,
    PRIMARY KEY (activity_id, destination_id)
) WITH (fillfactor = 80);
CREATE INDEX pending_delivery_authority ON pending_delivery (authority, activity_id);
CREATE INDEX pending_delivery_held ON pending_delivery (destination_id, order_key) WHERE is_held;

CREATE TABLE failed_delivery (
    activity_id    bigint NOT NULL,
    destination_id bigint NOT NULL,
    authority      text NOT NULL,
    order_key      bigint NOT NULL,
    object_key     bigint NOT NULL DEFAULT 0,
    attempts       integer NOT NULL,
    last_status    integer,
    last_error     text,
    failed_at      timestamptz NOT NULL,
    PRIMARY KEY (activity_id, destination_id)
);
CREATE INDEX failed_delivery_authority ON failed_delivery (authority, failed_at);
CREATE INDEX failed_delivery_age ON failed_delivery (failed_at);

-- What was delivered, for three days (D60): admin pages and the delivery report of a post read it.
CREATE TABLE done_delivery (
    activity_id    bigint NOT NULL,
    destination_id bigint NOT NULL,
    status         integer NOT NULL,
    done_at        timestamptz NOT NULL,
    PRIMARY KEY (activity_id, destination_id)
);
CREATE INDEX done_delivery_age ON done_delivery (done_at);
