"""One row for each queue: claims lock it, so they follow one another; loops note in it that they live (R045).

A row lock rather than an advisory lock, as those do not pass a pooler (decisions D8).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from fedcomm.database import Connection

NAMES = ("facts", "inbox", "deliveries", "clock", "mail")

LOCK = """
SELECT set_config('synchronous_commit', 'off', true),
       CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL
            THEN set_config('transaction_timeout',
                            coalesce(nullif(current_setting('idle_in_transaction_session_timeout'), '0'), '15s'), true)
       END
  FROM queue
 WHERE name = $1
   FOR UPDATE
"""
"""Whoever holds it is frozen if it holds it for as long as a transaction may idle (R005). The database does not count a
process as idle that asked for a plan, and stopped before it asked for the rows; PostgreSQL 17 ends it all the same."""

RESTORED = "brought back from the backup of "
"""How the reason begins when a backup was brought back; pages say it in the reader's language."""


class Hold(msgspec.Struct, frozen=True):
    """Since when nothing is sent to anybody, and why."""

    held_at: datetime
    held_reason: str


async def introduce(db: Connection) -> None:
    """Make the rows, at start."""
    await db.execute(
        "INSERT INTO queue (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING",
        list(NAMES),
    )


async def lock(db: Connection, name: str) -> None:
    """Be the only one who claims from this queue until the transaction ends.

    What is written with it need not outlive a crash of the database: a lost lease is taken again.
    """
    if await db.fetchval(LOCK, name) is None:
        await introduce(db)
        await db.fetchval(LOCK, name)


async def note(db: Connection, name: str, *, looked_at: datetime, succeeded_at: datetime | None) -> None:
    """A loop looked for work; and last finished some."""
    await db.execute(
        """
        INSERT INTO queue (name, looked_at, succeeded_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE
           SET looked_at = greatest(queue.looked_at, excluded.looked_at),
               succeeded_at = greatest(queue.succeeded_at, excluded.succeeded_at)
        """,
        name,
        looked_at,
        succeeded_at,
    )


async def silent(db: Connection, *, after: timedelta, now: datetime) -> Mapping[str, datetime | None]:
    """The queues at which no worker has looked for that long, each with the time it last did."""
    rows = await db.fetch("SELECT name, looked_at FROM queue WHERE name = ANY($1)", list(NAMES))
    looked: dict[str, datetime | None] = dict.fromkeys(NAMES) | {r["name"]: r["looked_at"] for r in rows}
    return {name: at for name, at in looked.items() if at is None or at < now - after}


async def hold_deliveries(db: Connection, reason: str, *, now: datetime) -> bool:
    """Send nothing to anybody until `release_deliveries`; what comes waits. False: that was so already."""
    await introduce(db)
    found = await db.fetchval(
        """
        UPDATE queue
           SET held_at = $1, held_reason = $2
         WHERE name = 'deliveries' AND held_at IS NULL
        RETURNING true
        """,
        now,
        reason,
    )
    return found is not None


async def release_deliveries(db: Connection) -> bool:
    """Send again, to all. False: nothing was held."""
    found = await db.fetchval(
        """
        UPDATE queue
           SET held_at = NULL, held_reason = ''
         WHERE name = 'deliveries' AND held_at IS NOT NULL
        RETURNING true
        """
    )
    return found is not None


async def held_deliveries(db: Connection) -> Hold | None:
    """Whether sending is held; None: it goes on."""
    row = await db.fetchrow("SELECT held_at, held_reason FROM queue WHERE name = 'deliveries' AND held_at IS NOT NULL")
    return Hold(**row) if row else None
