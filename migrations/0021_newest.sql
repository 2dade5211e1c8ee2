-- What is newest here at all, of which most homes are full (D7). Only queries that say `id > 0` may use it: the others
-- ask for the newest of one author, whom the database would look for in here, one post after the other.
CREATE INDEX post_newest ON post (id DESC) INCLUDE (author_id)
    WHERE thread_id = id AND parent_uri IS NULL AND state = 'visible' AND id > 0;
