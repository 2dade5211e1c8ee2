"""Figures are measured by a recurring work and kept for each day, so that whoever looks at them waits for nothing."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from fedcomm.database import Connection
from fedcomm.figures import sizes
from fedcomm.figures.measuring import NO_NEWCOMERS, NO_THREADS, Figures, measure
from fedcomm.figures.sizes import Kinds

WINDOWS = (30, 90, 365)
"""Days."""
MOST_POINTS = 90
"""Days that are kept and drawn, for each window."""
NOTHING = {**NO_THREADS, **NO_NEWCOMERS}


class Day(Figures, frozen=True, kw_only=True):
    """The figures of a window that ends with a day, or now."""

    day: date
    measured_at: datetime


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored, in bytes. `kept_bytes` is of the copies of others' files."""

    day: date
    database_bytes: int
    uploads_count: int
    uploads_bytes: int
    kept_bytes: int
    posts_count: int
    own_posts_count: int
    kinds: Kinds
    measured_at: datetime


async def missing(db: Connection, *, now: datetime) -> list[tuple[int, date]]:
    """Which windows and days were not measured yet since the instance exists, the newest first; today never was."""
    rows = await db.fetch(
        """
        SELECT window_days, day::date AS day
          FROM generate_series(greatest($1::date - $3::integer,
                                        coalesce((SELECT min(created_at)::date FROM account WHERE is_local), $1)),
                               $1::date, interval '1 day') day
    CROSS JOIN unnest($2::integer[]) window_days
         WHERE day::date = $1
            OR NOT EXISTS (SELECT
                             FROM figure_day
                            WHERE figure_day.window_days = window_days.window_days AND figure_day.day = day.day::date
                              AND figure_day.measured_at >= (day.day + interval '1 day') AT TIME ZONE 'UTC')
      ORDER BY day DESC, window_days
        """,
        now.astimezone(UTC).date(),
        list(WINDOWS),
        MOST_POINTS - 1,
    )
    return [(row["window_days"], row["day"]) for row in rows]


NAMES = Figures.__struct_fields__
_LIST = ", ".join(NAMES)
_SAME = ", ".join(f"{name} = excluded.{name}" for name in (*NAMES, "measured_at"))


async def measure_day(db: Connection, window: int, day: date, *, now: datetime) -> None:
    """Measure a window that ends with this day, or now, and keep what was found, of all groups and of each."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    found = await measure(db, timedelta(days=window), until=min(end, now))
    await db.execute(
        f"""
        INSERT INTO figure_day (day, window_days, measured_at, {_LIST})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (window_days, day) DO UPDATE SET {_SAME}
        """,
        day,
        window,
        now,
        *(getattr(found.everywhere, name) for name in NAMES),
    )
    await db.execute("DELETE FROM group_figure_day WHERE day = $1 AND window_days = $2", day, window)
    await db.executemany(
        f"""
        INSERT INTO group_figure_day (group_id, day, window_days, measured_at, {_LIST})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (group_id, window_days, day) DO UPDATE SET {_SAME}
        """,
        [
            (group, day, window, now, *(getattr(figures, name) for name in NAMES))
            for group, figures in sorted(found.groups.items())
        ],
    )


async def forget(db: Connection, *, now: datetime) -> None:
    """Remove what is older than anybody looks at."""
    last = now.astimezone(UTC).date() - timedelta(days=MOST_POINTS)
    await db.execute("DELETE FROM figure_day WHERE day < $1", last)
    await db.execute("DELETE FROM group_figure_day WHERE day < $1", last)
    await db.execute("DELETE FROM storage_day WHERE day < $1", last)


async def days(db: Connection, window: int) -> Sequence[Day]:
    """What was measured of a window, the earliest day first."""
    rows = await db.fetch(
        f"SELECT day, {_LIST}, measured_at FROM figure_day WHERE window_days = $1 ORDER BY day", window
    )
    return [Day(**row) for row in rows]


async def measure_storage(db: Connection, *, kept_bytes: int, now: datetime) -> None:
    """Look how large database and uploads are, and keep it for today."""
    await db.execute(
        """
        INSERT INTO storage_day (day, database_bytes, uploads_count, uploads_bytes, kept_bytes, posts_count,
                                 own_posts_count, kinds, measured_at)
        SELECT $1, pg_database_size(current_database()), uploads.count, uploads.bytes, $2, posts.count, posts.own, $4,
               $3
          FROM (SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM media WHERE state = 'ready') uploads,
               (SELECT coalesce(sum(posts_count), 0) AS count,
                       coalesce(sum(posts_count) FILTER (WHERE is_local), 0) AS own
                  FROM account
                 WHERE kind <> 'group') posts
        ON CONFLICT (day) DO UPDATE
           SET database_bytes = excluded.database_bytes, uploads_count = excluded.uploads_count,
               uploads_bytes = excluded.uploads_bytes, kept_bytes = excluded.kept_bytes,
               posts_count = excluded.posts_count, own_posts_count = excluded.own_posts_count,
               kinds = excluded.kinds, measured_at = excluded.measured_at
        """,
        now.astimezone(UTC).date(),
        kept_bytes,
        now,
        msgspec.to_builtins(await sizes.measure(db)),
    )


async def stored(db: Connection) -> Stored | None:
    """What was found when it was last looked how much is stored."""
    row = await db.fetchrow(
        """
        SELECT day, database_bytes, uploads_count, uploads_bytes, kept_bytes, posts_count, own_posts_count, kinds,
               measured_at
          FROM storage_day
      ORDER BY day DESC
         LIMIT 1
        """
    )
    return msgspec.convert(dict(row), Stored) if row is not None else None


async def held_posts(db: Connection) -> int:
    """How many posts wait until those who look after their group have seen them."""
    return await db.fetchval(
        "SELECT count(*) FROM post WHERE state = 'held' AND NOT EXISTS (SELECT FROM first_look WHERE post_id = post.id)"
    )


class Patience:
    """How long a work may go on: so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it should stop and go on another time."""
        return time.monotonic() > self._ends
