"""What somebody's page shows: their posts, replies and boosts."""

from collections.abc import Awaitable

from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Row
from fedcomm.threads.audience import visible_to
from fedcomm.timelines import group
from fedcomm.timelines.cursor import Cursor, Entry, in_rounds, upwards


async def page(
    db: Connection,
    viewer_id: int | None,
    account: Account,
    *,
    cursor: Cursor,
    exclude_replies: bool = False,
    exclude_boosts: bool = False,
    only_media: bool = False,
    tagged: str | None = None,
) -> list[Entry]:
    """A page of what an account wrote and boosted, newest first; a group's page shows its threads.

    Replies to oneself count as posts, as client apps expect. Source: methods/accounts#statuses.
    """
    if account.is_group:
        return await group.page(
            db,
            viewer_id,
            account.id,
            cursor=cursor,
            exclude_replies=exclude_replies,
            exclude_boosts=exclude_boosts,
            only_media=only_media,
            tagged=tagged,
        )
    statement = _UPWARDS if cursor.is_upwards else _DOWNWARDS

    def ask(below: int, above: int, limit: int) -> Awaitable[list[Row]]:
        return db.fetch(
            statement,
            account.id,
            viewer_id,
            below,
            above,
            limit,
            exclude_replies,
            exclude_boosts,
            only_media,
            tagged,
        )

    return await in_rounds(cursor, ask)


_DOWNWARDS = f"""
    WITH candidate AS MATERIALIZED (
        (SELECT own.id, own.id AS post_id, NULL::bigint AS boost_id, own.author_id AS by_id,
                row_number() OVER (ORDER BY own.id DESC) AS place
           FROM post own
          WHERE own.author_id = $1
            AND own.id < $3
            AND own.id > $4
            AND own.audience <> 'direct'
            AND (NOT $6 OR (own.parent_uri IS NULL AND (own.parent_id IS NULL OR own.parent_author_id = $1)))
       ORDER BY own.id DESC
          LIMIT $5)
     UNION ALL
        (SELECT boost.id, boost.post_id, boost.id, boost.account_id, row_number() OVER (ORDER BY boost.id DESC)
           FROM boost
          WHERE boost.account_id = $1 AND NOT $7 AND boost.id < $3 AND boost.id > $4
       ORDER BY boost.id DESC
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
           AND (post.author_id = $1 OR {is_welcome("$2", "post.author_id")})
           AND (NOT $8 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
           AND ($9::text IS NULL OR EXISTS (SELECT
                                              FROM post_tag tagged
                                             WHERE tagged.post_id = post.id AND tagged.tag = $9))
      ORDER BY c.id DESC
         LIMIT $5
    )
    SELECT entry.id, entry.post_id, entry.boost_id, entry.by_id, horizon.id AS horizon
      FROM horizon
 LEFT JOIN entry ON true
"""

_UPWARDS = upwards(_DOWNWARDS)
