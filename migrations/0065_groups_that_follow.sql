-- Groups follow groups (FEP-d36d): what the followed group announces is shown in the one that follows, and not announced
-- again. Such a row of `boost` has no `uri`, since nobody elsewhere is told.
ALTER TABLE boost ADD COLUMN via_id bigint;              -- the followed group, which announced the thread
CREATE INDEX boost_shown_along ON boost (account_id, post_id DESC) WHERE via_id IS NOT NULL;
CREATE INDEX boost_via ON boost (via_id, post_id) WHERE via_id IS NOT NULL;
