"""What was given up of consequences, accepted activities and mail: seen, tried once more, or let go (D66, R028)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from fedcomm.database import Connection
from fedcomm.jobs import mail_queue

FailingQueue = Literal["facts", "inbox", "mail"]
QUEUES: tuple[FailingQueue, ...] = get_args(FailingQueue)


class FailedWork(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work that failed five times. `key` names it within its queue."""

    queue: FailingQueue
    key: str
    what: str
    about: str
    attempts: int
    error: str
    failed_at: datetime
    may_retry: bool
    """Not when the bytes of an activity are no longer kept."""


async def failed(db: Connection, queue: FailingQueue, *, limit: int = 100) -> list[FailedWork]:
    """What failed in one queue, the latest first."""
    read = {"facts": _consequences, "inbox": _activities, "mail": _letters}[queue]
    return await read(db, limit)


async def _consequences(db: Connection, limit: int) -> list[FailedWork]:
    rows = await db.fetch(
        """
        SELECT c.fact_id, c.name, c.attempts, c.last_error, c.failed_at, fact.type, fact.payload
          FROM consequence c
          JOIN fact ON fact.id = c.fact_id
         WHERE c.failed_at IS NOT NULL
         ORDER BY c.failed_at DESC, c.fact_id DESC, c.name
         LIMIT $1
        """,
        limit,
    )
    return [
        FailedWork(
            queue="facts",
            key=f"{row['fact_id']}/{row['name']}",
            what=f"{row['type']}: {row['name']}",
            about=_told(row["payload"]),
            attempts=row["attempts"],
            error=row["last_error"] or "",
            failed_at=row["failed_at"],
            may_retry=True,
        )
        for row in rows
    ]


def _told(payload: Mapping[str, Any]) -> str:
    """The numbers in a fact, by name; no text, which may be nobody's business."""
    return ", ".join(f"{name} {value}" for name, value in payload.items() if type(value) is int)


async def _activities(db: Connection, limit: int) -> list[FailedWork]:
    rows = await db.fetch(
        """
        SELECT id, activity_type, signer_uri, attempts, last_error, done_at, body IS NOT NULL AS may_retry
          FROM inbox_item
         WHERE state = 'failed'
         ORDER BY id DESC
         LIMIT $1
        """,
        limit,
    )
    return [
        FailedWork(
            queue="inbox",
            key=str(row["id"]),
            what=row["activity_type"],
            about=row["signer_uri"],
            attempts=row["attempts"],
            error=row["last_error"] or "",
            failed_at=row["done_at"],
            may_retry=row["may_retry"],
        )
        for row in rows
    ]


async def _letters(db: Connection, limit: int) -> list[FailedWork]:
    return [
        FailedWork(
            queue="mail",
            key=str(each.id),
            what=each.kind,
            about=each.address,
            attempts=each.attempts,
            error=each.last_error,
            failed_at=each.done_at or each.created_at,
            may_retry=True,
        )
        for each in await mail_queue.listed(db, ["failed"], limit=limit)
    ]


def _ids(keys: Sequence[str] | None) -> list[int] | None:
    return None if keys is None else [int(each) for each in keys if each.isdecimal() and len(each) < 19]


async def retry(db: Connection, queue: FailingQueue, keys: Sequence[str] | None = None, *, now: datetime) -> int:
    """Try once more what failed: all of it, or these; returns how many."""
    if queue == "mail":
        return await mail_queue.retry(db, _ids(keys), now=now)
    if queue == "facts":
        rows = await db.fetch(
            """
            UPDATE consequence
               SET failed_at = NULL, attempts = 0, failures = 0, due_at = $2
             WHERE failed_at IS NOT NULL AND ($1::text[] IS NULL OR fact_id || '/' || name = ANY($1))
            RETURNING 1
            """,
            keys,
            now,
        )
    else:
        rows = await db.fetch(
            """
            UPDATE inbox_item
               SET state = 'waiting', attempts = 1, failures = 0, due_at = $2, done_at = NULL
             WHERE state = 'failed' AND body IS NOT NULL AND ($1::text[] IS NULL OR id::text = ANY($1))
            RETURNING 1
            """,
            keys,
            now,
        )
    return len(rows)


async def drop(db: Connection, queue: FailingQueue, keys: Sequence[str] | None = None) -> int:
    """Let go of what failed: all of it, or these; returns how many. It cannot be taken back."""
    if queue == "mail":
        return await mail_queue.drop(db, _ids(keys))
    if queue == "facts":
        rows = await db.fetch(
            """
            DELETE FROM consequence
             WHERE failed_at IS NOT NULL AND ($1::text[] IS NULL OR fact_id || '/' || name = ANY($1))
            RETURNING 1
            """,
            keys,
        )
    else:
        rows = await db.fetch(
            """
            DELETE FROM inbox_item
             WHERE state = 'failed' AND ($1::text[] IS NULL OR id::text = ANY($1))
            RETURNING 1
            """,
            keys,
        )
    return len(rows)
