"""What a group shows: the threads it announced, its own posts, and the replies in its threads (D80).

The page of a group is one of wrappers, which client apps read as boosts by the group; its list is one of bare threads.
Whom the viewer has muted or blocked is left out of both.
"""

from collections.abc import Awaitable, Sequence

from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection, Row
from fedcomm.threads.audience import visible_to
from fedcomm.threads.reception import IS_NOT_REFUSED
from fedcomm.timelines.cursor import GREATEST_ID, Cursor, Entry, in_rounds, newest_first, upwards

_NOT_HIDDEN = """NOT EXISTS (SELECT
                             FROM group_hidden_post hidden
                            WHERE hidden.group_id = $1 AND hidden.post_id = post.id)"""
_NOT_HIDDEN_IN_WANTED = _NOT_HIDDEN.replace("$1", "wanted.group_id")

_LAST_THREADS = 50
MOST_COUNTED = 99

_THREADS = f"""
    SELECT way.id, way.id AS post_id, NULL::bigint AS boost_id, way.author_id AS by_id
      FROM ((SELECT post.id, post.author_id
               FROM post
              WHERE post.group_id = $1
                AND post.thread_id = post.id
                AND post.state = 'visible'
                AND post.id < $3
                AND post.id > $4
                AND {visible_to("$2")}
                AND {is_welcome("$2", "post.author_id")}
                AND {_NOT_HIDDEN}
                AND {IS_NOT_REFUSED}
           ORDER BY post.id DESC
              LIMIT $5)
          UNION ALL
            (SELECT post.id, post.author_id
               FROM carry
               JOIN post ON post.id = carry.thread_id
              WHERE carry.group_id = $1
                AND carry.state = 'carried'
                AND carry.thread_id < $3
                AND carry.thread_id > $4
                AND post.state = 'visible'
                AND {visible_to("$2")}
                AND {is_welcome("$2", "post.author_id")}
                AND {_NOT_HIDDEN}
           ORDER BY carry.thread_id DESC
              LIMIT $5)
          UNION ALL
            (SELECT post.id, post.author_id
               FROM boost
               JOIN post ON post.id = boost.post_id
              WHERE boost.account_id = $1
                AND boost.via_id IS NOT NULL
                AND boost.post_id < $3
                AND boost.post_id > $4
                AND post.state = 'visible'
                AND {visible_to("$2")}
                AND {is_welcome("$2", "post.author_id")}
                AND {_NOT_HIDDEN}
           ORDER BY boost.post_id DESC
              LIMIT $5)) way
  ORDER BY way.id DESC
     LIMIT $5
"""
"""$1: the group; $2: the viewer; $3 and $4: between these ids; $5: how many."""
_THREADS_UPWARDS = _THREADS.replace(" DESC", " ASC")
_THREADS_OF_WANTED = _THREADS.replace("$1", "wanted.group_id")


async def page(
    db: Connection,
    viewer_id: int | None,
    group_id: int,
    *,
    cursor: Cursor,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    only_media: bool = False,
    tagged: str | None = None,
) -> list[Entry]:
    """The group's page: threads it announced, each wrapped by the group; its own posts; and, unless they are excluded,
    the replies in its threads, bare. What the group hides for its people is left out."""
    statement = _UPWARDS if cursor.is_upwards else _DOWNWARDS

    def ask(below: int, above: int, limit: int) -> Awaitable[list[Row]]:
        return db.fetch(
            statement,
            group_id,
            viewer_id,
            below,
            above,
            limit,
            exclude_boosts,
            only_media,
            tagged,
            exclude_replies,
        )

    return await in_rounds(cursor, ask)


async def threads(db: Connection, viewer_id: int | None, group_id: int, *, cursor: Cursor) -> list[Entry]:
    """The group's threads, bare, its own, those it carries and those of groups that it follows: its automatic list in
    client apps (D39)."""
    rows = await db.fetch(
        _THREADS_UPWARDS if cursor.is_upwards else _THREADS,
        group_id,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return newest_first([Entry(**row) for row in rows])


async def newest_threads(
    db: Connection, viewer_id: int, group_ids: Sequence[int], *, limit: int
) -> dict[int, list[Entry]]:
    """The newest threads of some groups, so many of each, in one statement; groups without any are left out."""
    rows = await db.fetch(
        f"""
        SELECT wanted.group_id, found.id, found.post_id, found.boost_id, found.by_id
          FROM unnest($1::bigint[]) AS wanted (group_id)
    CROSS JOIN LATERAL ({_THREADS_OF_WANTED}) found
      ORDER BY found.id DESC
        """,
        list(group_ids),
        viewer_id,
        GREATEST_ID,
        0,
        limit,
    )
    found: dict[int, list[Entry]] = {}
    for row in rows:
        found.setdefault(row["group_id"], []).append(Entry(row["id"], row["post_id"], row["boost_id"], row["by_id"]))
    return found


async def unanswered(
    db: Connection, viewer_id: int, group_ids: Sequence[int], *, above: int, limit: int
) -> list[Entry]:
    """The newest questions of others in these groups to which nobody has replied, among their last threads."""
    rows = await db.fetch(
        f"""
        SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id
          FROM unnest($1::bigint[]) AS wanted (group_id)
    CROSS JOIN LATERAL (SELECT *
                          FROM post
                         WHERE post.group_id = wanted.group_id AND post.thread_id = post.id AND post.id > $3
                      ORDER BY post.id DESC
                         LIMIT {_LAST_THREADS}) post
         WHERE post.kind = 'question'
           AND post.replies_count = 0
           AND post.state = 'visible'
           AND post.author_id <> $2
           AND {visible_to("$2")}
           AND {is_welcome("$2", "post.author_id")}
           AND {_NOT_HIDDEN_IN_WANTED}
           AND {IS_NOT_REFUSED}
      ORDER BY post.id DESC
         LIMIT $4
        """,
        list(group_ids),
        viewer_id,
        above,
        limit,
    )
    return [Entry(**row) for row in rows]


async def count_since(
    db: Connection, group_ids: Sequence[int], above: int, *, limit: int = MOST_COUNTED
) -> dict[int, int]:
    """How many threads each of these groups announced since an entry of home, counted up to `limit`.

    Groups without any are left out.
    """
    rows = await db.fetch(
        """
        SELECT wanted.group_id, fresh.announced
          FROM unnest($1::bigint[]) AS wanted (group_id)
    CROSS JOIN LATERAL (SELECT count(*) AS announced
                          FROM (SELECT
                                  FROM boost
                                 WHERE account_id = wanted.group_id AND id > $2 AND is_group
                              ORDER BY id DESC
                                 LIMIT $3) newest) fresh
         WHERE fresh.announced > 0
        """,
        list(group_ids),
        above,
        limit,
    )
    return {row["group_id"]: row["announced"] for row in rows}


_DOWNWARDS = f"""
    WITH candidate AS MATERIALIZED (
        (SELECT boost.id, boost.post_id, boost.id AS boost_id, boost.account_id AS by_id,
                row_number() OVER (ORDER BY boost.id DESC) AS place
           FROM boost
          WHERE boost.account_id = $1 AND NOT $6 AND boost.id < $3 AND boost.id > $4
       ORDER BY boost.id DESC
          LIMIT $5)
     UNION ALL
        (SELECT own.id, own.id, NULL, own.author_id, row_number() OVER (ORDER BY own.id DESC)
           FROM post own
          WHERE own.author_id = $1 AND own.id < $3 AND own.id > $4
       ORDER BY own.id DESC
          LIMIT $5)
     UNION ALL
        (SELECT reply.id, reply.id, NULL, reply.author_id, row_number() OVER (ORDER BY reply.id DESC)
           FROM post reply
          WHERE reply.group_id = $1
            AND reply.thread_id <> reply.id
            AND reply.author_id <> $1
            AND NOT $9
            AND reply.id < $3
            AND reply.id > $4
       ORDER BY reply.id DESC
          LIMIT $5)
     UNION ALL
        (SELECT guest.id, guest.id, NULL, guest.author_id, row_number() OVER (ORDER BY guest.id DESC)
           FROM carry
     CROSS JOIN LATERAL (SELECT reply.id, reply.author_id
                           FROM post reply
                          WHERE reply.thread_id = carry.thread_id
                            AND reply.id <> carry.thread_id
                            AND reply.author_id <> $1
                            AND reply.group_id IS NOT NULL
                            AND reply.id < $3
                            AND reply.id > $4
                       ORDER BY reply.id DESC
                          LIMIT $5) guest
          WHERE carry.group_id = $1 AND carry.state = 'carried' AND NOT $9
       ORDER BY guest.id DESC
          LIMIT $5)
    ), horizon AS (
        SELECT max(id) AS id
          FROM candidate
         WHERE place = $5
    ), entry AS (
        SELECT c.id, c.post_id, c.boost_id, c.by_id
          FROM (SELECT *
                  FROM candidate
                 WHERE id >= COALESCE((SELECT id FROM horizon), id)
              ORDER BY id DESC) c
          JOIN post ON post.id = c.post_id
         WHERE post.state = 'visible'
           AND {visible_to("$2")}
           AND {is_welcome("$2", "post.author_id")}
           AND (NOT $7 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
           AND ($8::text IS NULL OR EXISTS (SELECT
                                              FROM post_tag tagged
                                             WHERE tagged.post_id = post.id AND tagged.tag = $8))
           AND {_NOT_HIDDEN}
           AND (c.boost_id IS NOT NULL OR {IS_NOT_REFUSED})
      ORDER BY c.id DESC
         LIMIT $5
    )
    SELECT entry.id, entry.post_id, entry.boost_id, entry.by_id, horizon.id AS horizon
      FROM horizon
 LEFT JOIN entry ON true
"""

_UPWARDS = upwards(_DOWNWARDS)
