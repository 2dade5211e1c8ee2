"""What waits, for the admin page, the metrics and the alarm (R045)."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm.database import Connection, one
from fedcomm.jobs import queues


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """One queue: how many wait, since when the oldest is due, how many were given up, and when work last succeeded."""

    queue: str
    waiting: int
    oldest_due_at: datetime | None
    failed: int
    looked_at: datetime | None
    succeeded_at: datetime | None
    later: int = 0
    """How many of those that wait are meant for later, as votes that are gathered for half a minute (D80)."""


class Stall(msgspec.Struct, frozen=True):
    """A queue that stands still: nobody looks (`since` they last did; None: never yet), or what is due is late."""

    queue: str
    kind: Literal["silent", "late"]
    since: datetime | None

    def __str__(self) -> str:
        if self.kind == "late":
            return f"{self.queue}: stands still, the oldest is due since {self.since:%H:%M:%S}"
        return f"{self.queue}: no worker" + (f" since {self.since:%H:%M:%S}" if self.since is not None else " yet")


async def look(db: Connection, *, now: datetime) -> list[Backlog]:
    """All queues with work in them. `oldest_due_at` is of what is due and not under way."""
    rows = await db.fetch(
        """
        WITH counts (queue, waiting, oldest_due_at, failed, later) AS (
            SELECT 'facts',
                   (SELECT count(*) FROM fact WHERE expanded_at IS NULL)
                   + (SELECT count(*) FROM consequence WHERE failed_at IS NULL),
                   least((SELECT min(created_at) FROM fact WHERE expanded_at IS NULL),
                         (SELECT min(due_at) FROM consequence WHERE failed_at IS NULL AND due_at <= $1)),
                   (SELECT count(*) FROM consequence WHERE failed_at IS NOT NULL),
                   (SELECT count(*) FROM fact WHERE expanded_at IS NULL AND created_at > $1)
                   + (SELECT count(*) FROM consequence WHERE failed_at IS NULL AND attempts = 0 AND due_at > $1)
             UNION ALL
            SELECT 'inbox',
                   (SELECT count(*) FROM inbox_item WHERE state = 'waiting' AND attempts = 0)
                   + (SELECT count(*) FROM inbox_item WHERE state = 'waiting' AND attempts > 0),
                   least((SELECT min(due_at)
                            FROM inbox_item
                           WHERE state = 'waiting' AND attempts = 0 AND due_at <= $1),
                         (SELECT min(due_at)
                            FROM inbox_item
                           WHERE state = 'waiting' AND attempts > 0 AND due_at <= $1)),
                   (SELECT count(*) FROM inbox_item WHERE state = 'failed'), 0
             UNION ALL
            SELECT 'deliveries',
                   (SELECT count(*) FROM pending_delivery),
                   (SELECT min(ready_at)
                      FROM delivery_peer
                     WHERE ready_at <= $1 AND paused_at IS NULL
                       AND NOT EXISTS (SELECT FROM queue WHERE name = 'deliveries' AND held_at IS NOT NULL)),
                   (SELECT count(*) FROM failed_delivery), 0
             UNION ALL
            SELECT 'mail',
                   (SELECT count(*) FROM mail WHERE state = 'waiting'),
                   (SELECT min(due_at) FROM mail WHERE state = 'waiting' AND due_at <= $1),
                   (SELECT count(*) FROM mail WHERE state = 'failed'),
                   (SELECT count(*) FROM mail WHERE state = 'waiting' AND attempts = 0 AND due_at > $1)
             UNION ALL
            SELECT 'clock', 0, (SELECT min(next_at) FROM recurring WHERE next_at <= $1), 0, 0
        )
        SELECT c.queue, c.waiting, c.oldest_due_at, c.failed, c.later, q.looked_at,
               q.succeeded_at
          FROM counts c
     LEFT JOIN queue q ON q.name = c.queue
        """,
        now,
    )
    return [Backlog(**row) for row in rows]


async def present(db: Connection) -> dict[str, bool]:
    """In which queues something is not done with, whenever it is due: one question instead of one to each."""
    row = await one(
        db,
        """
        SELECT EXISTS (SELECT FROM fact WHERE expanded_at IS NULL)
                   OR EXISTS (SELECT FROM consequence WHERE failed_at IS NULL) AS facts,
               EXISTS (SELECT FROM inbox_item WHERE state = 'waiting' AND attempts = 0)
                   OR EXISTS (SELECT FROM inbox_item WHERE state = 'waiting' AND attempts > 0) AS inbox,
               EXISTS (SELECT FROM media WHERE state = 'processing' AND source_type IS NOT NULL) AS films,
               EXISTS (SELECT FROM export WHERE state = 'waiting') AS exports,
               EXISTS (SELECT FROM import_task WHERE state IN ('reading', 'applying', 'undoing')) AS imports,
               EXISTS (SELECT FROM pending_delivery)
                   OR EXISTS (SELECT FROM delivery_peer WHERE ready_at IS NOT NULL) AS deliveries,
               EXISTS (SELECT FROM push) AS pushes,
               EXISTS (SELECT FROM mail WHERE state = 'waiting') AS mail
        """,
    )
    return dict(row)


async def stalled(db: Connection, *, after: timedelta, now: datetime) -> list[str]:
    """A sentence for each queue that stands still, in English, for the operator's tools."""
    return [str(each) for each in await stalls(db, after=after, now=now)]


async def stalls(db: Connection, *, after: timedelta, now: datetime) -> list[Stall]:
    """Each queue at which nobody has looked for too long, or whose oldest due work nobody takes."""
    silent = await queues.silent(db, after=after, now=now)
    told = [Stall(name, "silent", looked_at) for name, looked_at in silent.items()]
    rows = await db.fetch(
        """
        WITH oldest (queue, due_at) AS (
            SELECT 'facts', least((SELECT min(created_at) FROM fact WHERE expanded_at IS NULL),
                                  (SELECT min(due_at) FROM consequence WHERE failed_at IS NULL))
             UNION ALL
            SELECT 'inbox', least((SELECT min(due_at) FROM inbox_item WHERE state = 'waiting' AND attempts = 0),
                                  (SELECT min(due_at) FROM inbox_item WHERE state = 'waiting' AND attempts > 0))
             UNION ALL
            SELECT 'deliveries', (SELECT min(ready_at)
                                   FROM delivery_peer
                                  WHERE ready_at IS NOT NULL AND paused_at IS NULL
                                    AND NOT EXISTS (SELECT
                                                      FROM queue
                                                     WHERE name = 'deliveries' AND held_at IS NOT NULL))
             UNION ALL
            SELECT 'mail', (SELECT min(due_at) FROM mail WHERE state = 'waiting')
        )
        SELECT oldest.queue, oldest.due_at
          FROM oldest
     LEFT JOIN queue q ON q.name = oldest.queue
         WHERE oldest.due_at < $1 AND coalesce(q.succeeded_at < $1, true)
        """,
        now - after,
    )
    return told + [Stall(row["queue"], "late", row["due_at"]) for row in rows if row["queue"] not in silent]


async def clock_of_database(db: Connection) -> datetime:
    """What time the database's machine thinks it is."""
    now: datetime = await db.fetchval("SELECT clock_timestamp()")
    return now
