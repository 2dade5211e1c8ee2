-- That an account of ours lets a collection on another server feature it (FEP-7aa9). A row whose consent was taken back stays,
-- so that it is not given again by itself.
CREATE TABLE feature_stamp (
    id             bigint PRIMARY KEY,
    account_id     bigint NOT NULL,
    owner_id       bigint NOT NULL,                      -- whose collection it is
    collection_uri text NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    UNIQUE (account_id, collection_uri)
);
