-- Blocks between people of different servers, and bans from groups (federation.md 1.5, 2.4).
ALTER TABLE block ADD COLUMN uri text;                     -- of the Block, for those who live elsewhere
CREATE INDEX block_uri ON block (uri) WHERE uri IS NOT NULL;

-- Why and until when somebody was put out of a group, ours or another server's; their membership is 'removed' meanwhile.
CREATE TABLE ban (
    group_id    bigint NOT NULL,
    account_id  bigint NOT NULL,
    by_id       bigint,                                    -- NULL = by word of a group elsewhere
    reason      text NOT NULL DEFAULT '',
    ends_at     timestamptz,                               -- NULL = until it is lifted
    uri         text,                                      -- of the Block, where it came from elsewhere
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (group_id, account_id)
);
CREATE INDEX ban_end ON ban (ends_at) WHERE ends_at IS NOT NULL;
