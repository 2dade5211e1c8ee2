"""What a group's members write for themselves, whoever asks: for those who may read it without being one (product 26).

Who that is, is asked in `moderation/emergency.py`. Nothing here is about private messages.
"""

from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard
from fedcomm.threads.model import COLUMNS, Post

_THEIRS = f"""post.group_id = $1
           AND post.audience = 'group'
           AND post.state = 'visible'
           AND {author_is_heard("post.author_id")}"""


async def are_there(db: Connection, group_id: int) -> bool:
    """Whether a group has anything that is for its members only."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM post WHERE group_id = $1 AND audience = 'group' AND state <> 'deleted')", group_id
    )


async def threads(db: Connection, group_id: int, *, cursor: Cursor) -> list[Post]:
    """What begins a thread, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM post
         WHERE {_THEIRS} AND post.thread_id = post.id AND post.id < $2 AND post.id > $3
      ORDER BY post.id {order}
         LIMIT $4
        """,
        group_id,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Post(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def thread(db: Connection, group_id: int, thread_id: int, *, after: int, limit: int) -> list[Post]:
    """The posts of a thread in their order, those that came after one."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM post
         WHERE {_THEIRS} AND post.thread_id = $2 AND post.id > $3
      ORDER BY post.id
         LIMIT $4
        """,
        group_id,
        thread_id,
        after,
        limit,
    )
    return [Post(**row) for row in rows]
