-- Lists of other instances that lie at an address and are read again and again, and who decided about an instance.
CREATE TABLE peer_subscription (
    id           bigint PRIMARY KEY,
    by_id        bigint NOT NULL,
    name         text NOT NULL,
    url          text NOT NULL UNIQUE,
    hardest      text NOT NULL CHECK (hardest IN ('limited', 'suspended')),
    is_automatic boolean NOT NULL,
    wanted       jsonb NOT NULL DEFAULT '[]',   -- what the list said last, as it came
    left_out     text[] NOT NULL DEFAULT '{}',  -- what an admin does not want of it
    etag         text,
    failures     integer NOT NULL DEFAULT 0,    -- in a row
    problem      text CHECK (problem IN ('away', 'refused', 'no list')),
    created_at   timestamptz NOT NULL,
    read_at      timestamptz,                   -- when it was last asked with success
    changed_at   timestamptz,                   -- when it last said something else
    due_at       timestamptz NOT NULL
);
CREATE INDEX peer_subscription_due ON peer_subscription (due_at);

ALTER TABLE peer_list
    ADD COLUMN subscription_id bigint,        -- of what was subscribed then, perhaps no longer
    ADD COLUMN is_automatic boolean NOT NULL DEFAULT false;
CREATE INDEX peer_list_subscription ON peer_list (subscription_id) WHERE subscription_id IS NOT NULL;

ALTER TABLE peer
    ADD COLUMN is_by_hand boolean NOT NULL DEFAULT false,  -- somebody decided: no subscribed list changes it
    ADD COLUMN policy_by_id bigint,
    ADD COLUMN policy_list_id bigint,                      -- the list that brought it, as it was taken over
    ADD COLUMN policy_at timestamptz;
CREATE INDEX peer_policy_list ON peer (policy_list_id) WHERE policy_list_id IS NOT NULL;

UPDATE peer
   SET is_by_hand = true
 WHERE policy <> 'default';
UPDATE peer
   SET policy_list_id = list.id, policy_by_id = list.by_id, policy_at = list.applied_at
  FROM peer_list list, jsonb_array_elements(list.before) was
 WHERE list.state = 'applied' AND was ->> 'authority' = peer.authority AND peer.policy <> 'default';
