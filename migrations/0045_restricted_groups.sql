-- Groups elsewhere in which only those start threads who look after them (federation.md 1.7: postingRestrictedToMods).
ALTER TABLE account ADD COLUMN is_posting_restricted boolean NOT NULL DEFAULT false;
