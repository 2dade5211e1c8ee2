"""Keeping what others wrote within bounds, in small steps: each is a transaction that also notes how far it came, so
that a run goes on after a crash where it was. A run that only looks takes the same steps and removes nothing.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import audit, ids
from fedcomm.database import Connection, Row
from fedcomm.errors import Conflict
from fedcomm.settings import Settings
from fedcomm.threads import outdated

State = Literal["by age", "by number", "done", "stopped"]

AT_ONCE = 200
"""Threads in one step."""
NEVER_YOUNGER = timedelta(days=7)
"""What is newer stays, however many posts there are."""
KEPT_RUNS = 100

_COLUMNS = """id, by_id, removes, state, older_than, excess, never_after, reached_id, looked_count, all_count,
    threads_count, posts_count, files_count, files_bytes, posts_before, posts_after, database_before, database_after,
    started_at, ended_at"""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One look at, or removal of, what is beyond the bounds. `files_*` are None while nobody looked at files."""

    id: int
    by_id: int | None
    removes: bool
    state: State
    older_than: datetime | None
    excess: int
    never_after: datetime
    reached_id: int
    looked_count: int
    all_count: int
    threads_count: int
    posts_count: int
    files_count: int | None
    files_bytes: int | None
    posts_before: int
    posts_after: int | None
    database_before: int
    database_after: int | None
    started_at: datetime
    ended_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether there is more to do."""
        return self.state in ("by age", "by number")


def _run(row: Row) -> Run:
    return msgspec.convert(dict(row), Run)


async def begin(db: Connection, by_id: int | None, bounds: Settings, *, removes: bool, now: datetime) -> Run:
    """Begin a run with the bounds as they are now. Raises Conflict (one is under way)."""
    days, most = bounds.remote_posts_days, bounds.most_remote_posts
    older_than = now - timedelta(days=days) if days else None
    posts_count = await outdated.count_posts(db)
    excess = max(0, posts_count - most) if most else 0
    until = now - NEVER_YOUNGER if excess else older_than
    row = await db.fetchrow(
        f"""
        INSERT INTO retention_run (id, by_id, removes, state, older_than, excess, never_after, all_count, posts_before,
                                   database_before, started_at)
        VALUES ($1, $2, $3, 'by age', $4, $5, $6, $7, $8, pg_database_size(current_database()), $9)
            ON CONFLICT DO NOTHING
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        by_id,
        removes,
        older_than,
        excess,
        now - NEVER_YOUNGER,
        await outdated.count_roots(db, before=until) if until else 0,
        posts_count,
        now,
    )
    if row is None:
        raise Conflict("It is under way already.")
    await db.execute(
        """
        DELETE FROM retention_run
         WHERE id NOT IN (SELECT id FROM retention_run ORDER BY id DESC LIMIT $1)
        """,
        KEPT_RUNS,
    )
    return _run(row)


async def begin_due(db: Connection, bounds: Settings, *, every: timedelta, now: datetime) -> Run | None:
    """Begin a removal when the last one is long enough ago and there are bounds; None: not now."""
    if not (bounds.remote_posts_days or bounds.most_remote_posts):
        return None
    if await db.fetchval("SELECT EXISTS (SELECT FROM retention_run WHERE removes AND started_at > $1)", now - every):
        return None
    try:
        return await begin(db, None, bounds, removes=True, now=now)
    except Conflict:
        return None


async def under_way(db: Connection) -> Run | None:
    """The run that is not at its end yet."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM retention_run WHERE state IN ('by age', 'by number')")
    return _run(row) if row is not None else None


async def newest(db: Connection, *, limit: int = 10) -> list[Run]:
    """The runs that began last, the one that is under way first."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM retention_run ORDER BY id DESC LIMIT $1", limit)
    return [_run(row) for row in rows]


async def stop(db: Connection, by_id: int | None, *, now: datetime) -> None:
    """End the run that is under way where it stands. Raises Conflict (none is)."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM retention_run WHERE state IN ('by age', 'by number') FOR UPDATE",
    )
    if row is None:
        raise Conflict("It has ended already.")
    await _end(db, _run(row), "stopped", by_id=by_id, now=now)


async def note_files(db: Connection, run_id: int, count: int, size: int) -> None:
    """How many copies of files went with a run, or would, and their bytes."""
    await db.execute("UPDATE retention_run SET files_count = $2, files_bytes = $3 WHERE id = $1", run_id, count, size)


async def go_on(db: Connection, *, now: datetime, at_once: int = AT_ONCE) -> bool:
    """Take one step of the run that is under way: so many threads. Whether there may be more to do."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM retention_run WHERE state IN ('by age', 'by number') FOR UPDATE SKIP LOCKED"
    )
    if row is None:
        return False
    run = _run(row)
    before = run.older_than if run.state == "by age" else run.never_after
    left = None if run.state == "by age" else run.excess - run.posts_count
    if before is None or (left is not None and left <= 0):
        return await _next(db, run, now=now)
    threads = await outdated.roots(db, after=run.reached_id, before=before, limit=at_once, to_remove=run.removes)
    if not threads:
        return await _next(db, run, now=now)
    going = await outdated.removable(db, threads, before=before)
    if left is not None:
        going = _oldest(going, left)
    if run.removes:
        await outdated.remove(db, [thread_id for thread_id, _ in going])
    await db.execute(
        """
        UPDATE retention_run
           SET reached_id = $2, looked_count = looked_count + $3, threads_count = threads_count + $4,
               posts_count = posts_count + $5
         WHERE id = $1
        """,
        run.id,
        threads[-1],
        len(threads),
        len(going),
        sum(count for _, count in going),
    )
    return True


def _oldest(going: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """As many of the oldest threads as have so many posts together."""
    taken: list[tuple[int, int]] = []
    for thread in going:
        if most <= 0:
            break
        taken.append(thread)
        most -= thread[1]
    return taken


async def _next(db: Connection, run: Run, *, now: datetime) -> bool:
    """After those that are too old come those that are too many; after these it is done."""
    if run.state == "by age":
        await db.execute("UPDATE retention_run SET state = 'by number' WHERE id = $1", run.id)
        return True
    await _end(db, run, "done", by_id=run.by_id, now=now)
    return False


async def _end(db: Connection, run: Run, state: State, *, by_id: int | None, now: datetime) -> None:
    await db.execute(
        """
        UPDATE retention_run
           SET state = $2, ended_at = $3, posts_after = $4, database_after = pg_database_size(current_database())
         WHERE id = $1
        """,
        run.id,
        state,
        now,
        await outdated.count_posts(db),
    )
    if run.removes and run.posts_count:
        details = {"threads": run.threads_count, "posts": run.posts_count}
        await audit.write(db, by_id, "remove old posts of others", "instance", details=details, now=now)
