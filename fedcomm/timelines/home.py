"""Home: what reaches somebody, each thread once (D7, D38).

Entries are own posts, posts and boosts of people one follows, threads announced by groups one has joined, public posts
with tags one follows, and replies to oneself; nothing by whom one has muted or blocked. When a post could come several
ways, the earliest is its entry and the query leaves the others out, on whichever page they would be; a tag is a way
only where there is no other. Other replies never appear.
"""

from collections.abc import Collection

from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines.cursor import Cursor, Entry, in_rounds, upwards


async def page(db: Connection, viewer_id: int, *, cursor: Cursor) -> list[Entry]:
    """A page of somebody's home, newest first."""
    statement = _UPWARDS if cursor.is_upwards else _DOWNWARDS
    return await in_rounds(cursor, lambda below, above, limit: db.fetch(statement, viewer_id, below, above, limit))


def _reaches(account: str, post: str) -> str:
    """A condition: somebody is a source of this home, for posts in the language of this one."""
    return f"""({account} IN (SELECT account_id FROM source WHERE languages IS NULL)
                OR {post}.language IS NULL AND {account} IN (SELECT account_id FROM source)
                OR ({account} IN (SELECT account_id FROM source WHERE languages IS NOT NULL)
                    AND EXISTS (SELECT
                                  FROM source choosy
                                 WHERE choosy.account_id = {account} AND {post}.language = ANY(choosy.languages))))"""


_DOWNWARDS = f"""
    WITH source AS MATERIALIZED (
        SELECT f.followee_id AS account_id, f.show_boosts, f.languages
          FROM follow f
         WHERE f.follower_id = $1
           AND f.state = 'accepted'
           AND {is_welcome("$1", "f.followee_id")}
           AND NOT EXISTS (SELECT
                             FROM group_list_setting s
                            WHERE s.account_id = $1 AND s.group_id = f.followee_id AND s.is_exclusive)
           AND f.followee_id NOT IN (SELECT m.account_id
                                       FROM own_list l
                                       JOIN own_list_member m ON m.list_id = l.id
                                      WHERE l.account_id = $1 AND l.is_exclusive)
     UNION ALL
        SELECT $1, false, NULL
    ), candidate AS MATERIALIZED (
        SELECT way.id, way.post_id, way.boost_id, source.account_id AS by_id, way.place,
               false AS is_tagged
          FROM source
    CROSS JOIN LATERAL ((SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id,
                                row_number() OVER (ORDER BY post.id DESC) AS place
                           FROM post
                          WHERE post.author_id = source.account_id
                            AND post.thread_id = post.id
                            AND post.parent_uri IS NULL
                            AND post.state = 'visible'
                            AND post.id < $2
                            AND post.id > $3
                       ORDER BY post.id DESC
                          LIMIT $4)
                      UNION ALL
                        (SELECT boost.id, boost.post_id, boost.id,
                                row_number() OVER (ORDER BY boost.id DESC)
                           FROM boost
                          WHERE boost.account_id = source.account_id
                            AND source.show_boosts
                            AND boost.id < $2
                            AND boost.id > $3
                       ORDER BY boost.id DESC
                          LIMIT $4)) way
     UNION ALL
        (SELECT post.id, post.id, NULL, post.author_id, row_number() OVER (ORDER BY post.id DESC), false
           FROM post
          WHERE post.parent_author_id = $1
            AND post.state = 'visible'
            AND post.id < $2
            AND post.id > $3
       ORDER BY post.id DESC
          LIMIT $4)
     UNION ALL
        SELECT tagged.id, tagged.id, NULL, tagged.author_id, tagged.place, true
          FROM tag_follow followed
    CROSS JOIN LATERAL (SELECT post.id, post.author_id, row_number() OVER (ORDER BY named.post_id DESC) AS place
                          FROM post_tag named
                          JOIN post ON post.id = named.post_id
                         WHERE named.tag = followed.tag
                           AND named.post_id < $2
                           AND named.post_id > $3
                           AND post.audience = 'public'
                           AND post.state = 'visible'
                           AND post.thread_id = post.id
                           AND post.parent_uri IS NULL
                           AND NOT EXISTS (SELECT
                                             FROM post_tag twice
                                             JOIN tag_follow other ON other.tag = twice.tag
                                            WHERE twice.post_id = named.post_id
                                              AND twice.tag < named.tag
                                              AND other.account_id = $1)
                      ORDER BY named.post_id DESC
                         LIMIT $4) tagged
         WHERE followed.account_id = $1
    ), horizon AS (
        SELECT max(id) AS id
          FROM candidate
         WHERE place = $4
    ), entry AS (
        SELECT c.id, c.post_id, c.boost_id, c.by_id
          FROM (SELECT *
                  FROM candidate
                 WHERE id >= COALESCE((SELECT id FROM horizon), id)
              ORDER BY id DESC) c
          JOIN post ON post.id = c.post_id
         WHERE {visible_to("$1")}
           AND post.state = 'visible'
           AND post.audience <> 'direct'
           AND {is_welcome("$1", "post.author_id")}
           AND (c.boost_id IS NULL OR {author_is_heard("c.by_id")})
           AND (post.parent_author_id = $1 OR c.is_tagged OR {_reaches("c.by_id", "post")})
           AND (NOT c.is_tagged
                OR (NOT {_reaches("post.author_id", "post")}
                    AND NOT EXISTS (SELECT
                                      FROM boost brought
                                     WHERE brought.post_id = c.post_id
                                       AND brought.account_id IN (SELECT account_id FROM source WHERE show_boosts)
                                       AND {_reaches("brought.account_id", "post")}
                                       AND {author_is_heard("brought.account_id")})))
           AND (c.boost_id IS NOT NULL
                OR post.thread_id = post.id
                OR post.group_id IS NOT NULL
                OR post.author_id IN (SELECT account_id FROM source))
           AND NOT (c.boost_id IS NOT NULL
                    AND c.id > post.id
                    AND (COALESCE(post.parent_author_id = $1, false)
                         OR (post.thread_id = post.id
                             AND post.parent_uri IS NULL
                             AND {_reaches("post.author_id", "post")})))
           AND NOT EXISTS (SELECT
                             FROM boost earlier
                            WHERE earlier.post_id = c.post_id
                              AND earlier.id < c.id
                              AND earlier.account_id IN (SELECT account_id FROM source WHERE show_boosts)
                              AND {_reaches("earlier.account_id", "post")}
                              AND {author_is_heard("earlier.account_id")})
      ORDER BY c.id DESC
         LIMIT $4
    )
    SELECT entry.id, entry.post_id, entry.boost_id, entry.by_id, horizon.id AS horizon
      FROM horizon
 LEFT JOIN entry ON true
"""

_UPWARDS = upwards(_DOWNWARDS)


async def whose_home(db: Connection, viewer_ids: Collection[int], entry_id: int) -> set[int]:
    """In whose home, of these people, an entry stands: what `page` would show them, for many at once (D38)."""
    rows = await db.fetch(_OF_MANY, list(viewer_ids), entry_id + 1, entry_id - 1, 1)
    return {row["viewer_id"] for row in rows}


_OF_MANY = """
    WITH this AS MATERIALIZED (
        SELECT account_id, NULL::bigint AS parent_author_id FROM boost WHERE id = $3::bigint + 1
     UNION ALL
        SELECT author_id, parent_author_id FROM post WHERE id = $3::bigint + 1
    )
    SELECT viewer.id AS viewer_id
      FROM unnest($1::bigint[]) AS viewer (id)
CROSS JOIN LATERAL (_HOME_) reached
     WHERE reached.id IS NOT NULL
       AND EXISTS (SELECT
                     FROM this
                    WHERE viewer.id IN (this.account_id, this.parent_author_id)
                       OR EXISTS (SELECT
                                    FROM follow near
                                   WHERE near.follower_id = viewer.id AND near.followee_id = this.account_id)
                       OR EXISTS (SELECT
                                    FROM post_tag named
                                    JOIN tag_follow followed ON followed.tag = named.tag
                                   WHERE named.post_id = $3::bigint + 1 AND followed.account_id = viewer.id))
""".replace("_HOME_", _DOWNWARDS.replace("$1", "viewer.id"))
