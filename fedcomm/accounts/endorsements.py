"""Whom somebody recommends on their page. Source: Mastodon API documentation, methods/endorsements."""

from datetime import datetime

from fedcomm import ids
from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid


async def endorse(db: Connection, by: Account, target: Account, *, now: datetime) -> None:
    """Recommend somebody one follows, or a group. Twice is once. Raises Invalid (one does not follow them)."""
    found = await follows.find(db, by.id, target.id)
    if found is None or found.state != "accepted":
        raise Invalid("Validation failed: You must be already following the person you want to endorse")
    await db.execute(
        """
        INSERT INTO endorsement (id, account_id, target_id, follow_id, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, target_id) DO NOTHING
        """,
        ids.new(now),
        by.id,
        target.id,
        found.id,
        now,
    )


async def withdraw(db: Connection, by: Account, target_id: int) -> None:
    """Recommend somebody no longer; nothing happens if they were not recommended."""
    await db.execute("DELETE FROM endorsement WHERE account_id = $1 AND target_id = $2", by.id, target_id)


async def page(db: Connection, account_id: int, *, below: int, limit: int) -> list[tuple[int, int]]:
    """A page of whom an account recommends, the last one first: (id of the endorsement, account)."""
    rows = await db.fetch(
        "SELECT id, target_id FROM endorsement WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        below,
        limit,
    )
    return [(row["id"], row["target_id"]) for row in rows]
