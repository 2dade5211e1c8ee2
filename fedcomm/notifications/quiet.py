"""Threads of which somebody wants no more notifications. Source: Mastodon API documentation, methods/statuses#mute."""

from datetime import datetime

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.threads import reading


async def mute_thread(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Hear no more of the thread a post stands in. Twice is once. Raises NotFound."""
    post = await reading.by_id(db, post_id, by.id)
    await db.execute(
        """
        INSERT INTO thread_mute (account_id, thread_id, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (account_id, thread_id) DO NOTHING
        """,
        by.id,
        post.thread_id,
        now,
    )


async def unmute_thread(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Hear of a thread again. Raises NotFound."""
    post = await reading.by_id(db, post_id, by.id)
    await db.execute("DELETE FROM thread_mute WHERE account_id = $1 AND thread_id = $2", by.id, post.thread_id)
