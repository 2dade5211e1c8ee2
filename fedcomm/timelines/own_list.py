"""What those in a list of somebody's write and boost, each post once (methods/timelines#list).

Threads of a group that is in the list stand bare, as in its automatic list (D38). Which replies appear is decided by
the list. When a post could come several ways, the earliest is its entry, as in home.
"""

from collections.abc import Collection

from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.lists import OwnList
from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines.cursor import Cursor, Entry, in_rounds, upwards


async def page(db: Connection, shown: OwnList, *, cursor: Cursor) -> list[Entry]:
    """A page of a list, as its owner may read it, newest first."""
    statement = _UPWARDS if cursor.is_upwards else _DOWNWARDS
    return await in_rounds(
        cursor,
        lambda below, above, limit: db.fetch(
            statement, shown.id, shown.account_id, below, above, limit, shown.replies_policy
        ),
    )


async def first_of(db: Connection, shown: OwnList, entry_ids: Collection[int]) -> Entry | None:
    """The one of these entries that stands in a list."""
    for entry_id in entry_ids:
        rows = await db.fetch(
            _DOWNWARDS, shown.id, shown.account_id, entry_id + 1, entry_id - 1, 1, shown.replies_policy
        )
        for row in rows:
            if row["id"]:
                return Entry(row["id"], row["post_id"], row["boost_id"], row["by_id"])
    return None


_DOWNWARDS = f"""
    WITH source AS MATERIALIZED (
        SELECT m.account_id, COALESCE(f.show_boosts, true) AS show_boosts, f.languages
          FROM own_list_member m
     LEFT JOIN follow f ON f.id = m.follow_id
         WHERE m.list_id = $1
           AND (m.follow_id IS NULL OR f.state = 'accepted')
           AND {is_welcome("$2", "m.account_id")}
    ), candidate AS MATERIALIZED (
        SELECT way.id, way.post_id, way.boost_id, way.is_group, source.account_id AS by_id, source.languages, way.place
          FROM source
    CROSS JOIN LATERAL ((SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, false AS is_group,
                                row_number() OVER (ORDER BY post.id DESC) AS place
                           FROM post
                          WHERE post.author_id = source.account_id
                            AND post.id < $3
                            AND post.id > $4
                       ORDER BY post.id DESC
                          LIMIT $5)
                      UNION ALL
                        (SELECT boost.id, boost.post_id, boost.id, boost.is_group,
                                row_number() OVER (ORDER BY boost.id DESC)
                           FROM boost
                          WHERE boost.account_id = source.account_id
                            AND source.show_boosts
                            AND boost.id < $3
                            AND boost.id > $4
                       ORDER BY boost.id DESC
                          LIMIT $5)) way
    ), horizon AS (
        SELECT max(id) AS id
          FROM candidate
         WHERE place = $5
    ), entry AS (
        SELECT c.id, c.post_id, CASE WHEN c.is_group THEN NULL ELSE c.boost_id END AS boost_id, c.by_id
          FROM (SELECT *
                  FROM candidate
                 WHERE id >= COALESCE((SELECT id FROM horizon), id)
              ORDER BY id DESC) c
          JOIN post ON post.id = c.post_id
         WHERE {visible_to("$2")}
           AND post.state = 'visible'
           AND post.audience <> 'direct'
           AND {is_welcome("$2", "post.author_id")}
           AND (c.boost_id IS NULL OR {author_is_heard("c.by_id")})
           AND (c.languages IS NULL OR post.language IS NULL OR post.language = ANY(c.languages))
           AND (c.boost_id IS NOT NULL
                OR (post.thread_id = post.id AND post.parent_uri IS NULL)
                OR post.parent_author_id IN (post.author_id, $2)
                OR ($6 = 'list' AND post.parent_author_id IN (SELECT account_id FROM source))
                OR ($6 = 'followed'
                    AND EXISTS (SELECT
                                  FROM follow near
                                 WHERE near.follower_id = $2
                                   AND near.followee_id = post.parent_author_id
                                   AND near.state = 'accepted')))
           AND NOT (c.boost_id IS NOT NULL
                    AND c.id > post.id
                    AND post.thread_id = post.id
                    AND post.parent_uri IS NULL
                    AND EXISTS (SELECT
                                  FROM source
                                 WHERE account_id = post.author_id
                                   AND (languages IS NULL
                                        OR post.language IS NULL
                                        OR post.language = ANY(languages))))
           AND NOT EXISTS (SELECT
                             FROM boost earlier
                             JOIN source ON source.account_id = earlier.account_id AND source.show_boosts
                            WHERE earlier.post_id = c.post_id
                              AND c.boost_id IS NOT NULL
                              AND earlier.id < c.id
                              AND (source.languages IS NULL
                                   OR post.language IS NULL
                                   OR post.language = ANY(source.languages))
                              AND {author_is_heard("earlier.account_id")})
      ORDER BY c.id DESC
         LIMIT $5
    )
    SELECT entry.id, entry.post_id, entry.boost_id, entry.by_id, horizon.id AS horizon
      FROM horizon
 LEFT JOIN entry ON true
"""

_UPWARDS = upwards(_DOWNWARDS)
