"""The worker that does the consequences of facts (decisions D57, D66; R001, R005, R006, R007, R028, R034)."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from fedcomm.database import AGAIN, Connection, Down, Pool
from fedcomm.durations import Durations
from fedcomm.jobs import fact_queue
from fedcomm.jobs.fact_queue import TRIES, TRIES_IN_ALL, AtOnce, Claimed, Narrow
from fedcomm.jobs.rounds import Pulse, ended, going_on, wait_until
from fedcomm.jobs.waiting import Count, count_nothing, first_of, gather
from fedcomm.jobs.wakeups import Wakeups
from fedcomm.jobs.work import Superseded, Work

AT_ONCE = 32
"""Consequences under way in one process; some wait for other servers."""
IN_THEIR_WAY = 5
"""So often a consequence is tried at once when a deadlock or the like ended its transaction."""
WRITERS_AT_ONCE = 8
"""Of those, how many may be in their transaction: web requests need connections too."""

log = logging.getLogger(__name__)

W = TypeVar("W", bound=Work)
Consequence = Callable[[W, Any], Awaitable[None]]
Transaction = Callable[[], AbstractAsyncContextManager[Connection]]
MakeWork = Callable[[datetime, Transaction], W]
"""Makes the work of one try, now, with its transaction."""


class Doing(Generic[W]):
    """The consequence loop of one worker process. `table`: for each type of fact its consequences, by name."""

    def __init__(
        self,
        pool: Pool,
        table: Mapping[str, Mapping[str, Consequence[W]]],
        make_work: MakeWork[W],
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        narrow: Narrow | None = None,
        at_once: AtOnce | None = None,
        count: Count = count_nothing,
    ) -> None:
        self._pool = pool
        self._table = table
        self._narrow: Narrow = narrow or {}
        self._at_once: AtOnce = at_once or {}
        self._names = {fact: tuple(consequences) for fact, consequences in table.items()}
        self._make_work = make_work
        self._wakeups = wakeups
        self._durations = durations
        self._now = now
        self._count = count
        self._under_way: dict[asyncio.Task[None], Claimed] = {}
        self._something_ended = asyncio.Event()
        self._has_room = asyncio.Event()
        self._writers = asyncio.Semaphore(WRITERS_AT_ONCE)
        self._pulse = Pulse(pool, "facts", durations, now)

    async def run(self, stop: asyncio.Event) -> None:
        """Do consequences until `stop` is set, then let those under way end, and hand back the rest."""
        bell = self._wakeups.bell("facts")
        while not stop.is_set():
            bell.clear()
            began = time.monotonic()
            async with going_on("facts", stop, pause=self._durations.polling):
                _, has_more = await self._round()
                await self._pulse.beat()
                if not has_more:
                    await first_of(stop, bell, self._has_room, at_most_s=await self._until_next())
                await gather(began)
        await self._stop()

    async def settle(self) -> bool:
        """Do all that is due now, and what follows from it. True when there was something."""
        found = False
        while True:
            self._something_ended.clear()
            taken, _ = await self._round()
            if taken:
                found = True
            elif not self._under_way and not self._something_ended.is_set():
                return found
            else:
                await first_of(self._something_ended, at_most_s=1.0)

    async def _round(self) -> tuple[bool, bool]:
        """Write consequences down and begin those that are due. Whether there were any; and whether there may be more
        than could be taken at a time.
        """
        self._has_room.clear()
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            await first_of(self._has_room, at_most_s=1.0)
            return True, True
        now = self._now()
        async with self._pool.transaction() as db:
            expanded = await fact_queue.expand(db, self._names, self._narrow, self._at_once, now=now)
            claimed = await fact_queue.claim(db, now=now, lease=self._lease, most=free)
        self._told_at_once(expanded.done)
        for each in claimed:
            task = asyncio.create_task(self._do(each))
            self._under_way[task] = each
            task.add_done_callback(self._ended)
        return bool(expanded.facts or claimed), expanded.facts >= fact_queue.AT_A_TIME or len(claimed) >= free

    def _told_at_once(self, count: int) -> None:
        if count:
            self._pulse.succeeded_at = self._now()
            for _ in range(count):
                self._count("facts", "done")
            self._wakeups.ring("live")

    @property
    def _lease(self) -> timedelta:
        return self._durations.work_limit * 1.2

    def _ended(self, task: asyncio.Task[None]) -> None:
        if len(self._under_way) >= AT_ONCE:
            self._has_room.set()  # what more there was could not be taken
        del self._under_way[task]
        self._something_ended.set()

    async def _do(self, each: Claimed) -> None:
        """One try. Whatever goes wrong is written to the row; only the loss of the database leaves it leased."""
        try:
            consequence = self._table[type(each.fact).__name__][each.name]
            await self._try_in_their_way(each, consequence)
        except Superseded:
            log.warning("consequence taken over fact=%d name=%s", each.fact_id, each.name)
        except (Down, *AGAIN) as lost:
            log.warning("consequence put off fact=%d name=%s error=%s", each.fact_id, each.name, type(lost).__name__)
            await self._write(each, f"{type(lost).__name__}: {lost}", failed=False, counts=False)
        except TimeoutError:
            log.exception("consequence out of time fact=%d name=%s attempt=%d", each.fact_id, each.name, each.attempts)
            await self._write(each, "TimeoutError", failed=each.attempts >= TRIES_IN_ALL, counts=False)
        except Exception as mistake:  # any work of any room: its row says so, and when it is tried again (R006)
            log.exception("consequence failed fact=%d name=%s attempt=%d", each.fact_id, each.name, each.attempts)
            error = f"{type(mistake).__name__}: {mistake}"
            await self._write(each, error, failed=each.failures + 1 >= TRIES, counts=True)

    async def _try_in_their_way(self, each: Claimed, consequence: Consequence[W]) -> None:
        """One try, made again at once when another transaction was in its way and nothing was written (R024)."""
        for attempt in range(IN_THEIR_WAY):
            try:
                return await self._try(each, consequence)
            except AGAIN:
                if attempt == IN_THEIR_WAY - 1:
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        return None

    async def _try(self, each: Claimed, consequence: Consequence[W]) -> None:
        has_more: bool | None = None

        @asynccontextmanager
        async def transaction() -> AsyncGenerator[Connection]:
            nonlocal has_more
            async with self._writers, self._pool.transaction() as db:
                yield db
                more = await fact_queue.finish(db, each.fact_id, each.name, each.token)
                if more is None:
                    raise Superseded
            has_more = more

        async with asyncio.timeout(self._durations.work_limit.total_seconds()):
            await consequence(self._make_work(self._now(), transaction), each.fact)
            if has_more is None:  # it had nothing to write
                async with transaction():
                    pass
        self._pulse.succeeded_at = self._now()
        self._count("facts", "done")
        self._wakeups.ring("deliveries")
        if has_more:
            self._wakeups.ring("facts")

    async def _write(self, each: Claimed, error: str, *, failed: bool, counts: bool) -> None:
        self._count("facts", "failed" if failed else "later")
        now = self._now()
        waits = self._durations.consequence_retries
        due_at = None if failed else now + waits[min(each.attempts, len(waits)) - 1]
        try:
            async with self._pool.connection() as db:
                await fact_queue.again(db, each, error, due_at=due_at, counts=counts, now=now)
        except Down as down:
            log.warning("consequence stays leased fact=%d name=%s error=%s", each.fact_id, each.name, down)

    async def _until_next(self) -> float:
        async with self._pool.connection() as db:
            due_at = await fact_queue.next_due(db)
        return wait_until(due_at, self._durations, now=self._now())

    async def _stop(self) -> None:
        if unfinished := await ended(self._under_way, self._durations):
            async with self._pool.connection() as db:
                await fact_queue.hand_back(db, unfinished, now=self._now())
