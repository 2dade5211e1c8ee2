"""What everybody may read: the newest public posts, and the newest threads of our groups. Replies and boosts are not
part of it."""

from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.measures import is_shown_to_strangers
from fedcomm.database import Connection
from fedcomm.threads.audience import visible_to
from fedcomm.timelines.cursor import Cursor, Entry, newest_first


async def page(
    db: Connection,
    viewer_id: int | None,
    *,
    cursor: Cursor,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[Entry]:
    """Public posts of ours (`local`), of others (`remote`) or of all, newest first.

    Source: Mastodon API documentation, methods/timelines#public.
    """
    order = "ASC" if cursor.is_upwards else "DESC"
    whose = "post.is_local" if local else "NOT post.is_local" if remote else "true"
    rows = await db.fetch(
        f"""
        SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id
          FROM post
         WHERE post.audience = 'public'
           AND post.state = 'visible'
           AND post.thread_id = post.id
           AND post.parent_uri IS NULL
           AND post.id < $1
           AND post.id > $2
           AND {whose}
           AND (NOT $4 OR EXISTS (SELECT FROM post_attachment media WHERE media.post_id = post.id))
           AND {visible_to("$5")}
           AND {is_welcome("$5", "post.author_id")}
           AND {is_shown_to_strangers("$5", "post.author_id")}
      ORDER BY post.id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        only_media,
        viewer_id,
    )
    return newest_first([Entry(**row) for row in rows])


async def threads_here(db: Connection, viewer_id: int | None, *, cursor: Cursor) -> list[Entry]:
    """The newest threads of the groups of this instance that somebody may read: what its front page shows."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT way.id, way.id AS post_id, NULL::bigint AS boost_id, way.author_id AS by_id
          FROM account home
    CROSS JOIN LATERAL (SELECT post.id, post.author_id
                          FROM post
                         WHERE post.group_id = home.id
                           AND post.thread_id = post.id
                           AND post.state = 'visible'
                           AND post.id < $2
                           AND post.id > $3
                           AND {visible_to("$1")}
                           AND {is_welcome("$1", "post.author_id")}
                      ORDER BY post.id {order}
                         LIMIT $4) way
         WHERE home.is_local AND home.kind = 'group' AND home.state = 'active'
      ORDER BY way.id {order}
         LIMIT $4
        """,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return newest_first([Entry(**row) for row in rows])
