-- Invitations that are mailed to one person, and addresses that want none.

ALTER TABLE invitation
    ADD COLUMN mailed_to text,                            -- the address, until somebody came by it or it was withdrawn
    ADD COLUMN words text NOT NULL DEFAULT '';            -- what the letter says besides

-- Each letter has a code of its own: nothing secret waits, and a letter that was sent twice works twice.
CREATE TABLE mailed_code (
    code_hash     bytea PRIMARY KEY,
    invitation_id bigint NOT NULL REFERENCES invitation ON DELETE CASCADE,
    address_key   text NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE INDEX mailed_code_invitation ON mailed_code (invitation_id);

-- Kept as digests: who wants nothing from us is not known to us either.
CREATE TABLE mail_stop (
    digest       text PRIMARY KEY,
    created_at   timestamptz NOT NULL
);
