"""The worker that interprets accepted activities (decisions D6, D57; R004-R007, R010, R022, R028, R034).

Fresh items are interpreted many in one transaction, each in a savepoint of its own, so a bad one spoils nothing. What
needs something from elsewhere is put aside with all that follows from the same signer, and done one by one, the network
first and then a transaction of its own.
"""

import asyncio
import logging
import random
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from fedcomm.database import Connection, Down, Pool
from fedcomm.durations import Durations
from fedcomm.errors import Refusal
from fedcomm.jobs import inbox_queue
from fedcomm.jobs.inbox_queue import TRIES, TRIES_IN_ALL, Dropped, Item, Later, Missing
from fedcomm.jobs.rounds import Pulse, ended, going_on, wait_until
from fedcomm.jobs.turns import wait_after
from fedcomm.jobs.waiting import Count, count_nothing, first_of, gather
from fedcomm.jobs.wakeups import Wakeups
from fedcomm.jobs.work import Superseded

BATCH = 100
BATCH_S = 0.2
"""A transaction with a batch is committed after so long: it holds locks that members' own posts may wait for."""
LANES = 3
"""Transactions in which many items are interpreted side by side."""
FEW = 12
"""So few items are interpreted one after the other."""
SIGNERS_AT_ONCE = 64
"""Put aside and under way: they mostly wait for other servers, and hold no connection meanwhile."""
WRITERS_AT_ONCE = 6
"""Of those, how many may use the database, which web requests need too."""
FETCHES = 10
"""So many things from elsewhere are fetched for one item at a time."""
SPREAD = (0.7, 1.0)
"""What waits for one server is tried again at moments apart from each other, that it is not asked for all at once."""

log = logging.getLogger(__name__)


class Interpreter(Protocol):
    """Acts on one accepted activity (`activitypub/inbound`)."""

    async def interpret(self, db: Connection, item: Item, *, now: datetime) -> None:
        """Does what the activity says, in the transaction given; never over the network.

        Raises Missing (something must be fetched first), Later (it cannot be), Dropped or a Refusal (it has no effect).
        """
        ...

    async def interpret_together(self, db: Connection, items: Sequence[Item], *, now: datetime) -> set[int]:
        """Does what some of these activities say, in the transaction given, with few statements; their ids.

        The others are interpreted after it, one by one. Whatever it raises, all of them are.
        """
        ...

    def may_be_together(self, items: Sequence[Item]) -> bool:
        """Whether any of these might be: a look at them, which costs nothing."""
        ...


class Interpreting:
    """The inbox loop of one worker process."""

    def __init__(
        self,
        pool: Pool,
        interpreter: Interpreter,
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        count: Count = count_nothing,
    ) -> None:
        self._pool = pool
        self._interpreter = interpreter
        self._wakeups = wakeups
        self._durations = durations
        self._now = now
        self._count = count
        self._aside: dict[asyncio.Task[None], list[Item]] = {}
        self._something_ended = asyncio.Event()
        self._writers = asyncio.Semaphore(WRITERS_AT_ONCE)
        self._lease: timedelta = durations.work_limit * 1.2
        self._pulse = Pulse(pool, "inbox", durations, now)
        self.interpreted = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Interpret until `stop` is set, then let what is under way end, and hand back the rest."""
        bell = self._wakeups.bell("inbox")
        while not stop.is_set():
            bell.clear()
            self._something_ended.clear()
            began = time.monotonic()
            async with going_on("inbox", stop, pause=self._durations.polling):
                _, has_more = await self._round(stop)
                await self._pulse.beat()
                if not has_more:
                    await first_of(stop, bell, self._something_ended, at_most_s=await self._until_next())
                await gather(began)
        await self._stop()

    async def settle(self) -> bool:
        """Interpret all that is due now. True when there was something."""
        found = False
        while True:
            self._something_ended.clear()
            taken, _ = await self._round(asyncio.Event())
            if taken:
                found = True
            elif not self._aside and not self._something_ended.is_set():
                return found
            else:
                await first_of(self._something_ended, at_most_s=1.0)

    async def _round(self, stop: asyncio.Event) -> tuple[bool, bool]:
        """Claim and interpret one batch, and start what was tried before. Whether there was something; and whether
        there may be more than was taken.
        """
        now = self._now()
        free = SIGNERS_AT_ONCE - len(self._aside)
        if free <= 0:
            await first_of(stop, self._something_ended, at_most_s=1.0)
            return True, True
        async with self._pool.transaction() as db:
            items = await inbox_queue.claim(db, now=now, lease=self._lease, most=BATCH)
            once_more = await inbox_queue.claim_again(db, now=now, lease=self._lease)
        if once_more is not None:
            self._put_aside([once_more])
        for outcome in await asyncio.gather(
            *(self._lane(each, stop) for each in _lanes(items)), return_exceptions=True
        ):
            if outcome is not None:
                raise outcome
        return bool(items or once_more), len(items) >= BATCH or once_more is not None

    async def _lane(self, items: Sequence[Item], stop: asyncio.Event) -> None:
        """Interpret items one after the other; what is left when it has to stop is handed back."""
        rest = items
        try:
            while rest and not stop.is_set():
                rest = await self._batch(rest)
        except BaseException:  # a cancellation too: what was not done is anybody's again, and the mistake goes on
            await self._hand_back(rest)
            raise
        if rest:
            await self._hand_back(rest)

    async def _batch(self, items: Sequence[Item]) -> Sequence[Item]:
        """Interpret items in one transaction for a while; returns those that are left."""
        aside: dict[str, list[Item]] = {}
        ends = time.monotonic() + BATCH_S
        at = 0
        async with self._pool.transaction() as db:
            at_once = await self._together(db, items)
            done = [item for item in items if item.id in at_once]
            items = [item for item in items if item.id not in at_once]
            for at, item in enumerate(items, start=1):  # noqa: B007  # used after the loop
                if item.signer_uri in aside or not await self._in_savepoint(db, item):
                    aside.setdefault(item.signer_uri, []).append(item)
                else:
                    done.append(item)
                if time.monotonic() > ends:
                    break
            if len(await inbox_queue.finish(db, done, now=self._now())) < len(done):
                raise Superseded("a batch of the inbox was taken over")
        self._succeeded(len(done))
        for each in aside.values():
            self._put_aside(each)
        return items[at:]

    async def _together(self, db: Connection, items: Sequence[Item]) -> set[int]:
        """The ids of those that could be interpreted together."""
        if not self._interpreter.may_be_together(items):
            return set()
        try:
            async with db.transaction():
                return await self._interpreter.interpret_together(db, items, now=self._now())
        except Down:
            raise
        except Exception as problem:  # each is interpreted on its own now: there it is told what is wrong with it
            log.debug("inbox items not interpreted together count=%d reason=%s", len(items), type(problem).__name__)
            return set()

    async def _in_savepoint(self, db: Connection, item: Item) -> bool:
        """Interpret one item; False when it has to be done on its own."""
        try:
            async with db.transaction():
                await self._interpreter.interpret(db, item, now=self._now())
        except (Dropped, Refusal) as reason:
            await inbox_queue.drop(db, item, _said(reason), now=self._now())
        except Down:
            raise
        except Exception as problem:  # told when it fails on its own too; this transaction goes on without it
            log.debug("inbox item put aside id=%d reason=%s", item.id, type(problem).__name__)
            return False
        return True

    def _put_aside(self, items: list[Item]) -> None:
        task = asyncio.create_task(self._one_by_one(items))
        self._aside[task] = items
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._aside[task]
        self._something_ended.set()

    async def _one_by_one(self, items: list[Item]) -> None:
        """Items of one signer, in order, each with its own time. `items` keeps those that are not done yet."""
        while items:
            item = items[0]
            try:
                async with self._writers, self._pool.connection() as db:
                    ours = await inbox_queue.renew(db, items, now=self._now(), lease=self._lease)
                if item.id in ours:
                    async with asyncio.timeout(self._durations.work_limit.total_seconds()):
                        await self._alone(item)
                    self._succeeded(1)
            except Superseded:
                log.warning("inbox item taken over id=%d", item.id)
            except Later as reason:
                await self._put_off(item, reason)
            except Down as down:
                log.warning("inbox item stays leased id=%d error=%s", item.id, down)
            except Exception as mistake:  # whatever an activity sets off: its row says so, and when next (R010)
                log.exception("inbox item failed id=%d attempt=%d", item.id, item.attempts)
                await self._failed(item, mistake)
            items.pop(0)

    async def _alone(self, item: Item) -> None:
        """Interpret one item in a transaction of its own, fetching what it lacks."""
        for _ in range(FETCHES):
            try:
                async with self._writers:
                    await self._pool.retry(lambda db: self._whole(db, item))
            except Missing as missing:
                await missing.fetch()
            else:
                return
        raise Later(f"{FETCHES} things from elsewhere were not enough")

    async def _whole(self, db: Connection, item: Item) -> None:
        try:
            async with db.transaction():
                await self._interpreter.interpret(db, item, now=self._now())
        except (Dropped, Refusal) as reason:
            await inbox_queue.drop(db, item, _said(reason), now=self._now())
        if not await inbox_queue.finish(db, [item], now=self._now()):
            raise Superseded

    async def _put_off(self, item: Item, reason: Later) -> None:
        """It waits as a delivery does, and as long: a server that is away for days may be whose word it is (D54)."""
        self._count("inbox", "later")
        log.info("inbox item put off id=%d waits=%d reason=%s", item.id, item.waits + 1, reason)
        now = self._now()
        async with self._pool.transaction() as db:
            due_at = now + wait_after(item.waits + 1, self._durations) * random.uniform(*SPREAD)
            if due_at < item.received_at + self._durations.delivery_given_up:
                await inbox_queue.put_off(db, item, _said(reason), due_at=due_at)
            elif await inbox_queue.finish(db, [item], now=now):
                await inbox_queue.drop(db, item, _said(reason), now=now)

    async def _failed(self, item: Item, mistake: Exception) -> None:
        error = f"{type(mistake).__name__}: {mistake}"
        counts = not isinstance(mistake, TimeoutError)
        is_given_up = item.failures + 1 >= TRIES if counts else item.attempts >= TRIES_IN_ALL
        self._count("inbox", "failed" if is_given_up else "later")
        now = self._now()
        waits = self._durations.consequence_retries
        async with self._pool.connection() as db:
            if is_given_up:
                await inbox_queue.fail(db, item, error, now=now)
            else:
                due_at = now + waits[min(item.attempts, len(waits)) - 1]
                await inbox_queue.again(db, item, error, due_at=due_at, counts=counts)

    def _succeeded(self, count: int) -> None:
        if count:
            self.interpreted += count
            for _ in range(count):
                self._count("inbox", "done")
            self._pulse.succeeded_at = self._now()
            self._wakeups.ring("facts")

    async def _hand_back(self, items: Sequence[Item]) -> None:
        async with self._pool.connection() as db:
            await inbox_queue.hand_back(db, items)

    async def _until_next(self) -> float:
        async with self._pool.connection() as db:
            due_at = await inbox_queue.next_due(db)
        return wait_until(due_at, self._durations, now=self._now())

    async def _stop(self) -> None:
        if unfinished := await ended(self._aside, self._durations):
            await self._hand_back([item for items in unfinished for item in items])


def _lanes(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Many items are interpreted side by side, as each waits for the database half of its time; a signer's in order."""
    if len(items) < FEW:
        return [items] if items else []
    lanes: list[list[Item]] = [[] for _ in range(LANES)]
    for item in items:
        lanes[zlib.crc32(item.signer_uri.encode()) % LANES].append(item)
    return [lane for lane in lanes if lane]


def _said(reason: Exception) -> str:
    return str(reason) or type(reason).__name__
