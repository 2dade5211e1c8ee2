"""Who did what to whom and why: append only, shown by admin and moderation (product 26)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from fedcomm import ids
from fedcomm.database import Connection


class Entry(msgspec.Struct, frozen=True):
    """One act. `actor_id` is None for the command line and the server itself."""

    id: int
    actor_id: int | None
    action: str
    target: str
    reason: str
    details: dict[str, Any]
    created_at: datetime


async def write(
    db: Connection,
    actor_id: int | None,
    action: str,
    target: str,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Note an act in the transaction that does it. `details` never hold texts of members, tokens or addresses."""
    await db.execute(
        """
        INSERT INTO audit_entry (id, actor_id, action, target, reason, details, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        ids.new(now),
        actor_id,
        action,
        target,
        reason,
        dict(details or {}),
        now,
    )


async def page(db: Connection, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Entries, newest first, below an id."""
    rows = await db.fetch(
        """
        SELECT id, actor_id, action, target, reason, details, created_at
          FROM audit_entry
         WHERE $1::bigint IS NULL OR id < $1
         ORDER BY id DESC
         LIMIT $2
        """,
        before,
        limit,
    )
    return [Entry(**row) for row in rows]
