-- One log of what was decided, each entry sealed by a hash over it and the one before: who changes or removes one is
-- found out (product 13; C06). Entries older than the chain have no place in it; `earlier_count` says how many they are.
ALTER TABLE audit_entry
    ADD COLUMN place    bigint,                            -- 1, 2, 3 ... in the order of the chain
    ADD COLUMN hash     bytea,                             -- SHA-256 of the hash before and of this entry
    ADD COLUMN group_id bigint;                            -- the group of ours that it is about
CREATE UNIQUE INDEX audit_place ON audit_entry (place);
CREATE INDEX audit_group ON audit_entry (group_id, id) WHERE group_id IS NOT NULL;

CREATE TABLE audit_chain (
    is_only       boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    length        bigint NOT NULL,
    hash          bytea NOT NULL,
    earlier_count bigint NOT NULL
);
INSERT INTO audit_chain (length, hash, earlier_count) SELECT 0, ''::bytea, count(*) FROM audit_entry;

-- How far the chain had come at the end of a day, sealed with the secret of the instance, which is not in the database.
CREATE TABLE audit_seal (
    day         date PRIMARY KEY,
    length      bigint NOT NULL,
    sealed      bytea NOT NULL,
    created_at  timestamptz NOT NULL
);

-- What is written stays: not even this program may change it. (A superuser may; the chain tells.)
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM CURRENT_USER;
