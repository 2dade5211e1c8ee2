-- What was read from beginning to end on large tables, measured with a million posts.

CREATE INDEX peer_limited ON peer (authority) WHERE policy = 'limited';

CREATE INDEX membership_role ON membership (group_id, state, role, created_at, member_id);

-- Posts are looked for by the address of their page, where that is not their id.
CREATE INDEX post_url ON post USING hash (url) WHERE url <> uri;

CREATE INDEX account_groups_elsewhere ON account (id) WHERE kind = 'group' AND NOT is_local;

-- How many of somebody's posts answer others: what is told of an instance is the sum of its people's counters.
ALTER TABLE account ADD COLUMN replies_count integer NOT NULL DEFAULT 0;
UPDATE account
   SET replies_count = wrote.replies
  FROM (SELECT author_id, count(*) AS replies
          FROM post
         WHERE state = 'visible' AND audience <> 'direct' AND (parent_id IS NOT NULL OR parent_uri IS NOT NULL)
      GROUP BY author_id) wrote
 WHERE account.id = wrote.author_id;

-- Whether a tag stands in a post of ours: those are few where others use the tag a lot.
ALTER TABLE post_tag ADD COLUMN is_local boolean NOT NULL DEFAULT false;
UPDATE post_tag SET is_local = true WHERE post_id IN (SELECT id FROM post WHERE is_local);
CREATE INDEX post_tag_here ON post_tag (tag, post_id DESC) WHERE is_local;

-- What could not be interpreted is counted whenever somebody looks how the instance is doing.
CREATE INDEX inbox_item_failed ON inbox_item (id) WHERE state = 'failed';
