-- Answers to what is gone wait for the root of their conversation (D51).
CREATE INDEX post_detached_context ON post (context_uri) WHERE parent_uri IS NOT NULL AND context_uri IS NOT NULL;
