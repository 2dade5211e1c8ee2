"""Starts what recurs, from the list it is given. A row for each kind, so that one process of many does it (D5)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedcomm.database import Connection, Pool
from fedcomm.durations import Durations
from fedcomm.jobs.rounds import Pulse, going_on
from fedcomm.jobs.waiting import first_of
from fedcomm.jobs.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Recurring:
    """Something done again and again. It may be done twice, or late; it is never done by two at once for long."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[None]]


log = logging.getLogger(__name__)


async def take(db: Connection, recurring: Recurring, *, now: datetime) -> bool:
    """Whether it is due; then it is ours, and due again after its time. A kind not met before is due at once."""
    return (
        await db.fetchval(
            """
            INSERT INTO recurring AS r (name, next_at, started_at)
            VALUES ($1, $2::timestamptz + $3, $2)
            ON CONFLICT (name) DO UPDATE
               SET next_at = excluded.next_at, started_at = excluded.started_at
             WHERE r.next_at <= $2 OR r.next_at > excluded.next_at
            RETURNING true
            """,
            recurring.name,
            now,
            recurring.every,
        )
        is not None
    )


async def due(db: Connection, kinds: Sequence[Recurring], *, now: datetime) -> set[str]:
    """Which kinds may be due, asked of all at once: to `take` one locks its row, which is too much for a look."""
    rows = await db.fetch(
        """
        SELECT kind.name
          FROM unnest($1::text[], $2::interval[]) AS kind (name, every)
     LEFT JOIN recurring r ON r.name = kind.name
         WHERE r.name IS NULL OR r.next_at <= $3 OR r.next_at > $3 + kind.every
        """,
        [each.name for each in kinds],
        [each.every for each in kinds],
        now,
    )
    return {row["name"] for row in rows}


class Clock:
    """The clock of one worker process."""

    def __init__(
        self,
        pool: Pool,
        recurring: Sequence[Recurring],
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._recurring = recurring
        self._wakeups = wakeups
        self._durations = durations
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Do what is due until `stop` is set."""
        pulse = Pulse(self._pool, "clock", self._durations, self._now)
        shortest = min((each.every.total_seconds() for each in self._recurring), default=60.0)
        while not stop.is_set():
            async with going_on("clock", stop, pause=timedelta(0)):
                await self.tick()
                await pulse.beat()
            self._wakeups.bell("clock").clear()
            await first_of(stop, self._wakeups.bell("clock"), at_most_s=min(5.0, max(shortest / 4, 0.1)))

    async def tick(self) -> None:
        """Do what is due now; one that fails does not keep the others from being done."""
        async with self._pool.connection() as db:
            names = await due(db, self._recurring, now=self._now())
        for each in self._recurring:
            if each.name not in names:
                continue
            now = self._now()
            async with self._pool.connection() as db:
                is_ours = await take(db, each, now=now)
            if not is_ours:
                continue
            error: str | None = None
            try:
                async with asyncio.timeout(self._durations.work_limit.total_seconds()):
                    await each.do()
            except Exception as mistake:  # any work of any room, which is due again after its time; told in its row
                log.exception("recurring work failed name=%s", each.name)
                error = f"{type(mistake).__name__}: {mistake}"[:1000]
            async with self._pool.connection() as db:
                await db.execute(
                    "UPDATE recurring SET finished_at = $2, last_error = $3 WHERE name = $1",
                    each.name,
                    self._now(),
                    error,
                )
