-- Whose posts somebody wants to be told of: asked for every post that arrives.
CREATE INDEX follow_watched ON follow (followee_id) WHERE notify AND state = 'accepted';
