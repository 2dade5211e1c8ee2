"""Counters of posts and authors, changed in the transaction of the change (D62).

A root counts all replies of its thread, every other post those that answer it directly. Private replies do not count.
Rows are changed in one order, root, parent, author, so that no two transactions wait for each other (R024).
"""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.database import Connection
from fedcomm.threads.model import Post

UNCOUNTED = ("followers", "direct")
"""Replies to fewer people than the thread has: their number would tell of them."""


async def count_post(db: Connection, post: Post, by: int, *, now: datetime | None = None) -> None:
    """A post became visible (`by` = 1, with `now`) or is gone (-1)."""
    await count_reply(db, post, by)
    if post.audience != "direct":
        await db.execute(
            """
            UPDATE account
               SET posts_count = posts_count + $2, replies_count = replies_count + $4,
                   last_post_at = GREATEST(last_post_at, $3)
             WHERE id = $1
            """,
            post.author_id,
            by,
            min(now, post.published_at) if now is not None else None,
            by if post.parent_id is not None or post.parent_uri is not None else 0,
        )


async def count_personal(db: Connection, published: Sequence[tuple[int, datetime]], *, now: datetime) -> None:
    """Many posts became visible, each with its author and when it was written, that answer nothing."""
    await db.execute(
        """
        UPDATE account
           SET posts_count = posts_count + fresh.count, last_post_at = GREATEST(last_post_at, LEAST(fresh.last, $3))
          FROM (SELECT author_id, count(*) AS count, max(published_at) AS last
                  FROM unnest($1::bigint[], $2::timestamptz[]) AS post (author_id, published_at)
              GROUP BY author_id) fresh
         WHERE account.id = fresh.author_id
        """,
        [author_id for author_id, _ in published],
        [published_at for _, published_at in published],
        now,
    )


async def count_reply(db: Connection, post: Post, by: int, *, in_thread: int | None = None) -> None:
    """A reply appeared below its parent, or went; `in_thread` posts of its thread with it, if not just itself."""
    if post.parent_id is None or post.audience in UNCOUNTED:
        return
    await db.execute(
        "UPDATE post SET replies_count = replies_count + $2 WHERE id = $1",
        post.thread_id,
        by if in_thread is None else in_thread,
    )
    if post.parent_id != post.thread_id:
        await db.execute("UPDATE post SET replies_count = replies_count + $2 WHERE id = $1", post.parent_id, by)
