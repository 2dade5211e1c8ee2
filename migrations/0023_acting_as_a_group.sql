-- Apps may act as a group: such a token belongs to the group's account, and to the person who acts. It ends with their
-- role.
ALTER TABLE oauth_code ADD COLUMN group_id bigint;
ALTER TABLE oauth_token ADD COLUMN person_id bigint;
CREATE INDEX oauth_token_person ON oauth_token (person_id) WHERE person_id IS NOT NULL;
