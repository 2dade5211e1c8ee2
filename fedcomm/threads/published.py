"""What others may read of us as lists: outbox of an account, members of a conversation, replies to a post.

Public and unlisted posts only, in the counts too (S089, S091).
"""

from datetime import datetime

import msgspec

from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an outbox: a post of the account's own, or what it boosts or announces."""

    id: int
    post_id: int
    post_uri: str
    boost_uri: str | None
    shown_at: datetime


async def outbox(db: Connection, account_id: int, *, below: int, limit: int) -> list[Shown]:
    """A page of what an account of ours published, newest first."""
    rows = await db.fetch(
        f"""
        SELECT *
          FROM ((SELECT post.id, post.id AS post_id, post.uri AS post_uri, NULL::text AS boost_uri,
                        post.published_at AS shown_at
                   FROM post
                  WHERE post.author_id = $1
                    AND post.id < $2
                    AND post.state = 'visible'
                    AND post.audience IN ('public', 'unlisted')
               ORDER BY post.id DESC
                  LIMIT $3)
              UNION ALL
                (SELECT boost.id, post.id, post.uri, boost.uri, boost.created_at
                   FROM boost
                   JOIN post ON post.id = boost.post_id
                  WHERE boost.account_id = $1
                    AND boost.uri IS NOT NULL
                    AND boost.id < $2
                    AND post.state = 'visible'
                    AND post.audience IN ('public', 'unlisted')
                    AND {author_is_heard("post.author_id")}
               ORDER BY boost.id DESC
                  LIMIT $3)) AS shown
      ORDER BY id DESC
         LIMIT $3
        """,
        account_id,
        below,
        limit,
    )
    return [Shown(**row) for row in rows]


async def outbox_count(db: Connection, account_id: int) -> int:
    """How many entries the outbox of an account has."""
    return await db.fetchval(
        f"""
        SELECT (SELECT count(*)
                  FROM post
                 WHERE author_id = $1 AND state = 'visible' AND audience IN ('public', 'unlisted'))
             + (SELECT count(*)
                  FROM boost
                  JOIN post ON post.id = boost.post_id
                 WHERE boost.account_id = $1
                   AND boost.uri IS NOT NULL
                   AND post.state = 'visible'
                   AND post.audience IN ('public', 'unlisted')
                   AND {author_is_heard("post.author_id")})
        """,
        account_id,
    )


async def conversation(
    db: Connection, thread_id: int, *, above: int, until: datetime | None = None, limit: int
) -> list[tuple[int, str]]:
    """A page of a conversation as (id, uri), root first, then in the order of writing. `until`: what came later is left
    out.
    """
    rows = await db.fetch(
        f"""
        SELECT post.id, post.uri
          FROM post
         WHERE post.thread_id = $1
           AND post.id > $2
           AND post.state IN ('visible', 'deleted')
           AND post.audience IN ('public', 'unlisted')
           AND ($4::timestamptz IS NULL OR post.published_at <= $4)
           AND {author_is_heard("post.author_id")}
      ORDER BY post.id
         LIMIT $3
        """,
        thread_id,
        above,
        limit,
        until,
    )
    return [(row["id"], row["uri"]) for row in rows]


async def conversation_count(db: Connection, thread_id: int, *, until: datetime | None = None) -> int:
    """How many posts of a conversation anybody may read. `until`: as above."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM post
         WHERE post.thread_id = $1
           AND post.state IN ('visible', 'deleted')
           AND post.audience IN ('public', 'unlisted')
           AND ($2::timestamptz IS NULL OR post.published_at <= $2)
           AND {author_is_heard("post.author_id")}
        """,
        thread_id,
        until,
    )


async def replies(db: Connection, post_id: int, *, above: int, limit: int) -> list[tuple[int, str]]:
    """A page of the direct replies to a post as (id, uri), oldest first."""
    rows = await db.fetch(
        f"""
        SELECT post.id, post.uri
          FROM post
         WHERE post.parent_id = $1
           AND post.id > $2
           AND post.state = 'visible'
           AND post.audience IN ('public', 'unlisted')
           AND {author_is_heard("post.author_id")}
      ORDER BY post.id
         LIMIT $3
        """,
        post_id,
        above,
        limit,
    )
    return [(row["id"], row["uri"]) for row in rows]
