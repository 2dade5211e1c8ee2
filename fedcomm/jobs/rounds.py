"""What every loop of the worker does around its rounds: goes on whatever happens, says that it lives, and ends."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from fedcomm.database import Down, Pool
from fedcomm.durations import Durations
from fedcomm.jobs import queues
from fedcomm.jobs.waiting import first_of

LEAST_WAIT_S = 0.25
"""What is due and was not taken waits behind something that is under way, whose end wakes the loop earlier."""

log = logging.getLogger(__name__)

T = TypeVar("T")


@asynccontextmanager
async def going_on(loop: str, stop: asyncio.Event, *, pause: timedelta) -> AsyncGenerator[None]:
    """One round, after which the loop goes on whatever happened in it, if not at once (R007).

    Anything may come here: a mistake of ours in any work, a query that fails, a full disk. It is logged, and nothing is
    lost: what a round did not finish is in its queue, leased, and is taken again when the lease runs out.
    """
    try:
        yield
    except Down as down:
        log.warning("%s: the database is away error=%s", loop, down)
    except Exception:
        log.exception("%s: a round failed", loop)
    else:
        return
    await first_of(stop, at_most_s=pause.total_seconds())


async def until_stopped(
    stop: asyncio.Event, one: Callable[[], Coroutine[None, None, bool]], *, pause: timedelta
) -> None:
    """Do one long piece of work after the other until `stop` is set: what is under way then is cancelled, and hands
    itself back. `one` says whether it found any; when not, it is asked again after a pause.
    """
    while not stop.is_set():
        ending = asyncio.create_task(stop.wait())
        working = asyncio.create_task(one())
        await asyncio.wait((ending, working), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not working.done():
            working.cancel()
        try:
            found = await working
        except asyncio.CancelledError:
            return
        if not found:
            await first_of(stop, at_most_s=pause.total_seconds())


class Pulse:
    """Notes now and then in the database that a loop looked for work, and when it last finished some (R045)."""

    def __init__(self, pool: Pool, loop: str, durations: Durations, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._loop = loop
        self._every = min(5.0, durations.stalled_after.total_seconds() / 4)
        self._now = now
        self._noted: float | None = None
        self.succeeded_at: datetime | None = None

    async def beat(self) -> None:
        """To be called after each round; it writes every few seconds."""
        if self._noted is not None and time.monotonic() - self._noted <= self._every:
            return
        async with self._pool.connection() as db:
            await queues.note(db, self._loop, looked_at=self._now(), succeeded_at=self.succeeded_at)
        self._noted = time.monotonic()


def wait_until(due_at: datetime | None, durations: Durations, *, now: datetime) -> float:
    """Seconds until a loop looks again: when the next work is due, at the latest after `polling`."""
    polling = durations.polling.total_seconds()
    if due_at is None:
        return polling
    wait = (due_at - now).total_seconds()
    return min(polling, wait) if wait > 0 else min(polling, LEAST_WAIT_S)


async def ended(under_way: Mapping[asyncio.Task[None], T], durations: Durations) -> list[T]:
    """Let what is under way end, for half of the time a stop may take; then cancel. What was cancelled (R034)."""
    if under_way:
        await asyncio.wait(under_way, timeout=durations.shutdown_limit.total_seconds() / 2)
    unfinished = dict(under_way)
    for task in unfinished:
        task.cancel()
    if unfinished:
        await asyncio.wait(unfinished)
    return list(unfinished.values())
