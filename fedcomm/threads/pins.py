"""What somebody puts on top of their own page; others read it in the collection `featured`.

Source: Mastodon API documentation, methods/statuses#pin.
"""

from datetime import datetime

from fedcomm import ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.threads import reading
from fedcomm.threads.audience import visible_to

MOST_PINS = 5


async def pin(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a post of one's own on top. Twice is once. Raises NotFound, Invalid (not one's own, direct, too many)."""
    post = await reading.by_id(db, post_id, by.id)
    if post.author_id != by.id:
        raise Invalid("You can pin only what you wrote yourself.")
    if post.audience == "direct" or post.state != "visible":
        raise Invalid("This post cannot be pinned.")
    await db.execute("SELECT id FROM account WHERE id = $1 FOR UPDATE", by.id)
    others = [each for each in await pinned(db, by.id, by.id) if each != post_id]
    if len(others) >= MOST_PINS:
        raise Invalid(f"You can pin {MOST_PINS} posts at most.")
    await db.execute(
        """
        INSERT INTO pin (id, account_id, post_id, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, post_id) DO NOTHING
        """,
        ids.new(now),
        by.id,
        post_id,
        now,
    )


async def unpin(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a post on top no longer. Raises NotFound."""
    await reading.by_id(db, post_id, by.id)
    await db.execute("DELETE FROM pin WHERE account_id = $1 AND post_id = $2", by.id, post_id)


async def pinned(db: Connection, account_id: int, viewer_id: int | None) -> list[int]:
    """What an account has pinned and the viewer may read, the last one first."""
    rows = await db.fetch(
        f"""
        SELECT post.id
          FROM pin
          JOIN post ON post.id = pin.post_id AND post.state = 'visible'
         WHERE pin.account_id = $1 AND {visible_to("$2")}
      ORDER BY pin.id DESC
        """,
        account_id,
        viewer_id,
    )
    return [row["id"] for row in rows]


async def featured(db: Connection, account_id: int) -> list[str]:
    """The ActivityPub ids of what an account of ours has pinned and anybody may read, the last one first (S089)."""
    rows = await db.fetch(
        """
        SELECT post.uri
          FROM pin
          JOIN post ON post.id = pin.post_id AND post.state = 'visible' AND post.audience IN ('public', 'unlisted')
         WHERE pin.account_id = $1
      ORDER BY pin.id DESC
        """,
        account_id,
    )
    return [row["uri"] for row in rows]
