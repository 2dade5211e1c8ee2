-- Accounts that moderators have limited: what they write is shown to those only who follow them (product 13).
ALTER TABLE account ADD COLUMN limited_at timestamptz;
CREATE INDEX account_limited ON account (id) WHERE limited_at IS NOT NULL;
