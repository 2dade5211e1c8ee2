"""Posts that are to be published later. Source: Mastodon API documentation, methods/scheduled_statuses.

A row is the promise; it goes in the transaction in which its post appears, so that neither is there twice nor lost.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from fedcomm import ids
from fedcomm.database import Connection, one
from fedcomm.errors import Invalid, NotFound
from fedcomm.media import uploads
from fedcomm.threads import once

SOONEST = timedelta(minutes=5)
LATEST = timedelta(days=3_653)
MOST_A_DAY = 25
MOST = 300
TRIES = 5
"""After so many tries that ended without an answer, which is our mistake, its author is told."""
AGAIN_AFTER = timedelta(minutes=2)
"""When a try is repeated of which nothing was heard."""

COLUMNS = "id, account_id, app_id, form, due_at, try_at, attempts, failed_at, failure, created_at"


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits for its time. `failure` says why it could not be published; then it waits for its author."""

    id: int
    account_id: int
    app_id: int | None
    form: dict[str, Any]
    due_at: datetime
    try_at: datetime
    attempts: int
    failed_at: datetime | None
    failure: str | None
    created_at: datetime


def time_of(text: str, *, now: datetime) -> datetime:
    """The moment somebody typed (RFC 3339; without a zone it is UTC). Raises Invalid: none, too soon, too late."""
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("This is not a time.", field="scheduled_at") from None
    if moment < now + SOONEST:
        raise Invalid("Choose a time at least 5 minutes from now.", field="scheduled_at")
    if moment > now + LATEST:
        raise Invalid("Choose a time within the next 10 years.", field="scheduled_at")
    return moment


async def add(
    db: Connection,
    account_id: int,
    form: Mapping[str, Any],
    *,
    due_at: datetime,
    app_id: int | None,
    media_ids: Sequence[int] = (),
    now: datetime,
) -> Scheduled:
    """Keep a post for later, with its uploads. Raises Invalid: as many as there can be, uploads it cannot have."""
    await _check_room(db, account_id, due_at)
    row = await one(
        db,
        f"""
        INSERT INTO scheduled_post (id, account_id, app_id, form, due_at, try_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $5, $6)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        account_id,
        app_id,
        dict(form),
        due_at,
        now,
    )
    await uploads.reserve(db, account_id, media_ids, row["id"])
    return Scheduled(**row)


async def _check_room(db: Connection, account_id: int, due_at: datetime, *, but: int = 0) -> None:
    """Whether one more may wait for that day. The account's row is locked, so that two apps do not both see room."""
    await db.execute("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    day = due_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    row = await one(
        db,
        """
        SELECT count(*) AS all_of_them,
               count(*) FILTER (WHERE due_at >= $2 AND due_at < $3) AS of_the_day
          FROM scheduled_post
         WHERE account_id = $1 AND id <> $4
        """,
        account_id,
        day,
        day + timedelta(days=1),
        but,
    )
    if row["all_of_them"] >= MOST:
        raise Invalid("You can have at most %(n)s scheduled posts.", n=MOST, field="scheduled_at")
    if row["of_the_day"] >= MOST_A_DAY:
        raise Invalid("You can have at most %(n)s scheduled posts on one day.", n=MOST_A_DAY, field="scheduled_at")


async def page(
    db: Connection, account_id: int, *, below: int, above: int = 0, upwards: bool = False, limit: int = MOST
) -> list[Scheduled]:
    """Somebody's waiting posts between two ids, the one that was written last first."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM scheduled_post
         WHERE account_id = $1 AND id < $2 AND id > $3
      ORDER BY id {"ASC" if upwards else "DESC"}
         LIMIT $4
        """,
        account_id,
        below,
        above,
        limit,
    )
    return sorted((Scheduled(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def by_id(db: Connection, account_id: int, scheduled_id: int) -> Scheduled:
    """One of somebody's waiting posts. Raises NotFound, also for those of others (S097)."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM scheduled_post WHERE id = $2 AND account_id = $1", account_id, scheduled_id
    )
    if row is None:
        raise NotFound("There is no such scheduled post.")
    return Scheduled(**row)


async def is_waiting(db: Connection, some_id: int) -> bool:
    """Whether this is the id of a post that waits, rather than of one that was published."""
    return bool(await db.fetchval("SELECT true FROM scheduled_post WHERE id = $1", some_id))


async def move(db: Connection, account_id: int, scheduled_id: int, due_at: datetime) -> Scheduled:
    """Publish it at another time; what could not be published is tried again then. Raises NotFound, Invalid."""
    await by_id(db, account_id, scheduled_id)
    await _check_room(db, account_id, due_at, but=scheduled_id)
    row = await db.fetchrow(
        f"""
        UPDATE scheduled_post
           SET due_at = $3, try_at = $3, attempts = 0, failed_at = NULL, failure = NULL
         WHERE id = $2 AND account_id = $1
        RETURNING {COLUMNS}
        """,
        account_id,
        scheduled_id,
        due_at,
    )
    if row is None:
        raise NotFound("There is no such scheduled post.")
    return Scheduled(**row)


async def forget(db: Connection, account_id: int) -> None:
    """Somebody is gone: nothing of theirs is published later."""
    for row in await db.fetch("SELECT id FROM scheduled_post WHERE account_id = $1", account_id):
        await cancel(db, account_id, row["id"])


async def cancel(db: Connection, account_id: int, scheduled_id: int) -> None:
    """Do not publish it; its uploads are free again. Raises NotFound: published meanwhile, too."""
    gone = await db.fetchval(
        "DELETE FROM scheduled_post WHERE id = $2 AND account_id = $1 RETURNING true", account_id, scheduled_id
    )
    if not gone:
        raise NotFound("There is no such scheduled post.")
    await uploads.set_free(db, scheduled_id)
    await once.forget_result(db, scheduled_id)


async def claim(db: Connection, *, now: datetime) -> Scheduled | None:
    """The next post whose time has come; that it is tried is written down first. None: nothing is due."""
    row = await db.fetchrow(
        f"""
        UPDATE scheduled_post
           SET attempts = attempts + 1, try_at = $2
         WHERE id = (SELECT id
                       FROM scheduled_post
                      WHERE failed_at IS NULL AND try_at <= $1
                   ORDER BY try_at, id
                      LIMIT 1
                        FOR UPDATE SKIP LOCKED)
        RETURNING {COLUMNS}
        """,
        now,
        now + AGAIN_AFTER,
    )
    return Scheduled(**row) if row else None


async def overdue(db: Connection, *, now: datetime) -> list[Scheduled]:
    """All whose time has come, and that nobody has given up."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM scheduled_post WHERE failed_at IS NULL AND due_at <= $1 ORDER BY id", now
    )
    return [Scheduled(**row) for row in rows]


async def take(db: Connection, claimed: Scheduled) -> bool:
    """To be asked in the transaction that publishes it: False when it was moved, cancelled or taken meanwhile."""
    taken = await db.fetchval(
        "DELETE FROM scheduled_post WHERE id = $1 AND attempts = $2 AND due_at = $3 RETURNING true",
        claimed.id,
        claimed.attempts,
        claimed.due_at,
    )
    if not taken:
        return False
    await uploads.set_free(db, claimed.id)
    return True


async def fail(db: Connection, claimed: Scheduled, failure: str, *, now: datetime) -> bool:
    """It could not be published: keep it for its author. False when it was moved, cancelled or taken meanwhile."""
    return bool(
        await db.fetchval(
            """
            UPDATE scheduled_post
               SET failed_at = $4, failure = $5
             WHERE id = $1 AND attempts = $2 AND due_at = $3 AND failed_at IS NULL
            RETURNING true
            """,
            claimed.id,
            claimed.attempts,
            claimed.due_at,
            now,
            failure[:500],
        )
    )
