"""Archives of the whole instance on a schedule, in the operator's own store: when, how the last went, how many stay.

Where, how often and how many: FEDCOMM_ARCHIVES_URL and its neighbours. Source: product 24.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection, one

AGAIN_AFTER = timedelta(hours=6)
"""One that failed is tried again."""
REMEMBERED_FOR = timedelta(days=400)
LONGEST_ERROR = 300
ENDED_EARLY = "the server ended before it was done"
TURN = 7_410_025
"""Any number: processes that look at the same moment wait for one another."""

COLUMNS = "id, file, state, is_there, size, left_out, error, lease_token, started_at, ended_at"


class StoredArchive(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. Field meanings: the migration that makes the table."""

    id: int
    file: str
    state: Literal["waiting", "done", "failed"]
    is_there: bool
    size: int
    left_out: int
    error: str
    lease_token: int
    started_at: datetime
    ended_at: datetime | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands: the last that ended, the last that went well, how many lie in the store."""

    last: StoredArchive | None
    last_good: StoredArchive | None
    kept_count: int
    is_under_way: bool

    def is_well(self, every: timedelta, *, now: datetime) -> bool:
        """Whether somebody need not look: the last went well, and is not older than two turns."""
        if self.last is None:
            return True
        if self.last.state == "failed" or self.last_good is None:
            return False
        return self.last_good.started_at > now - 2 * every


async def claim(db: Connection, *, every: timedelta, lease: timedelta, now: datetime) -> StoredArchive | None:
    """Begin one, if it is time and nobody is at it; one that was given up by a crash has failed."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", TURN)
    await db.execute(
        """
        UPDATE stored_archive
           SET state = 'failed', ended_at = $1, error = $2
         WHERE state = 'waiting' AND leased_until < $1
        """,
        now,
        ENDED_EARLY,
    )
    is_early = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM stored_archive
                        WHERE state = 'waiting'
                           OR (state = 'done' AND started_at > $1)
                           OR (state = 'failed' AND ended_at > $2))
        """,
        now - every,
        now - AGAIN_AFTER,
    )
    if is_early:
        return None
    row = await one(
        db,
        f"""
        INSERT INTO stored_archive (id, file, lease_token, leased_until, started_at)
        VALUES ($1, $2, $1, $3, $4)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        f"instance{now:%Y%m%d%H%M%S}{secrets.token_hex(5)}.zip",
        now + lease,
        now,
    )
    return StoredArchive(**row)


async def go_on(db: Connection, archive: StoredArchive, *, lease: timedelta, now: datetime) -> bool:
    """Somebody is still at it; False: it was given up meanwhile."""
    return bool(
        await db.fetchval(
            "UPDATE stored_archive SET leased_until = $2 WHERE id = $1 AND state = 'waiting' RETURNING true",
            archive.id,
            now + lease,
        )
    )


async def finish(db: Connection, archive: StoredArchive, *, size: int, left_out: int, now: datetime) -> None:
    """It lies in the store."""
    await db.execute(
        """
        UPDATE stored_archive
           SET state = 'done', size = $2, left_out = $3, ended_at = $4
         WHERE id = $1 AND state = 'waiting'
        """,
        archive.id,
        size,
        left_out,
        now,
    )


async def fail(db: Connection, archive: StoredArchive, error: str, *, now: datetime) -> None:
    """It could not be made, or not be stored."""
    await db.execute(
        "UPDATE stored_archive SET state = 'failed', error = $2, ended_at = $3 WHERE id = $1 AND state = 'waiting'",
        archive.id,
        error[:LONGEST_ERROR],
        now,
    )


async def too_many(db: Connection, *, keep: int) -> list[StoredArchive]:
    """Those that go from the store: all but the newest, and what may lie there of those that failed."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM stored_archive
         WHERE is_there
           AND state <> 'waiting'
           AND id NOT IN (SELECT id FROM stored_archive WHERE state = 'done' ORDER BY id DESC LIMIT $1)
      ORDER BY id
        """,
        keep,
    )
    return [StoredArchive(**row) for row in rows]


async def removed(db: Connection, archive_ids: Sequence[int], *, now: datetime) -> None:
    """They are in the store no more; what is known of old ones goes too."""
    await db.execute("UPDATE stored_archive SET is_there = false WHERE id = ANY($1::bigint[])", list(archive_ids))
    await db.execute("DELETE FROM stored_archive WHERE NOT is_there AND started_at < $1", now - REMEMBERED_FOR)


async def standing(db: Connection) -> Standing:
    """How it stands."""
    rows = await db.fetch(
        f"""
        (SELECT {COLUMNS} FROM stored_archive WHERE state <> 'waiting' ORDER BY id DESC LIMIT 1)
         UNION
        (SELECT {COLUMNS} FROM stored_archive WHERE state = 'done' ORDER BY id DESC LIMIT 1)
      ORDER BY id DESC
        """
    )
    found = [StoredArchive(**row) for row in rows]
    counts = await one(
        db,
        """
        SELECT count(*) FILTER (WHERE state = 'done' AND is_there) AS kept,
               count(*) FILTER (WHERE state = 'waiting') AS now
          FROM stored_archive
        """,
    )
    return Standing(
        last=found[0] if found else None,
        last_good=next((each for each in found if each.state == "done"), None),
        kept_count=counts["kept"],
        is_under_way=counts["now"] > 0,
    )
