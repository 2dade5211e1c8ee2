-- What others keep about an account, and its votes, are found by it when it ends.
CREATE INDEX mute_target ON mute (target_id);
CREATE INDEX account_note_target ON account_note (target_id);
CREATE INDEX endorsement_target ON endorsement (target_id);
CREATE INDEX poll_vote_account ON poll_vote (account_id);
