-- Mail that leaves: what waits, what was sent, what was given up, and which addresses it comes back from.

CREATE TABLE mail (
    id           bigint PRIMARY KEY,
    kind         text NOT NULL,
    account_id   bigint,                                  -- whose it is; NULL: of somebody without an account
    address      text NOT NULL,
    address_key  text NOT NULL,
    locale       text NOT NULL,
    told         jsonb NOT NULL DEFAULT '{}',             -- what the letter says besides; links are made when it is sent
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,                    -- a lease moves it into the future
    tried_at     timestamptz,
    lease_token  bigint,
    last_error   text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,                    -- nobody has use for it later
    done_at      timestamptz,
    CONSTRAINT mail_done_unless_waiting CHECK ((state = 'waiting') = (done_at IS NULL))
);
CREATE INDEX mail_due ON mail (due_at) WHERE state = 'waiting';
CREATE INDEX mail_done ON mail (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mail_tried ON mail (tried_at) WHERE tried_at IS NOT NULL;
CREATE INDEX mail_address ON mail (address_key, created_at);
CREATE INDEX mail_account ON mail (account_id) WHERE account_id IS NOT NULL;

-- Three that were refused for good, or five that were put off until they were given up, in 30 days: no more is sent.
CREATE TABLE mail_bounce (
    id           bigint PRIMARY KEY,
    mail_id      bigint NOT NULL UNIQUE,
    address_key  text NOT NULL,
    is_hard      boolean NOT NULL,
    bounced_at   timestamptz NOT NULL
);
CREATE INDEX mail_bounce_address ON mail_bounce (address_key, bounced_at);

-- An account is usable once it is approved and, where mail is sent, its address confirmed.
ALTER TABLE login
    ADD COLUMN must_confirm boolean NOT NULL DEFAULT false,
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN new_email text;                            -- to be confirmed before it counts
UPDATE login SET approved_at = created_at WHERE state <> 'pending';

-- The address to which a link was mailed: it confirms no other.
ALTER TABLE one_time_link ADD COLUMN address_key text;
