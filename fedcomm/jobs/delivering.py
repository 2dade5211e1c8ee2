"""The worker that sends what waits in the delivery queue: hundreds of deliveries in flight, few for each peer.

One round is one transaction: results are written, peers given back, others taken, their rows read and the next tries
written down before they are made. What is silent costs a socket and no turn of anybody else: only deliveries younger
than two seconds count against the usual limit. Cases: R002, R005, R006, R009, R018, R034, R042.
"""

import asyncio
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from fedcomm.database import Connection, Pool
from fedcomm.durations import Durations
from fedcomm.jobs import delivery_leases
from fedcomm.jobs.delivery_queue import Lease, Letter, Row, Verdict
from fedcomm.jobs.rounds import Pulse, ended, going_on
from fedcomm.jobs.turns import Answer, Troubles, Turn
from fedcomm.jobs.waiting import Count, count_nothing, first_of, gather
from fedcomm.jobs.wakeups import Wakeups

READ_EACH = 50
"""Rows read at a time for one peer."""
LETTERS_KEPT = 256
AHEAD = 20
LOOK_AHEAD_S = 2.0
RECENT = timedelta(days=1)
"""A peer that answered so lately is given several deliveries at once from the start."""
GATHER_S = 0.004
"""Results that arrive so close together are written together."""

log = logging.getLogger(__name__)


class Carrier(Protocol):
    """Brings one activity to one inbox (`activitypub/delivering.py`). Signs anew at each try (R046)."""

    async def carry(self, letter: Letter, row: Row) -> Answer:
        """Never raises for what the other side does."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be under way: `young` deliveries are those of the last two seconds."""

    young: int = 200
    all: int = 1000
    young_s: float = 2.0


class Delivering:
    """The delivery loop of one worker process."""

    def __init__(
        self,
        pool: Pool,
        carrier: Carrier,
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        room: Room | None = None,
        chance: random.Random | None = None,
        count: Count = count_nothing,
    ) -> None:
        self._pool = pool
        self._carrier = carrier
        self._wakeups = wakeups
        self._durations = durations
        self._now = now
        self._room = room or Room()
        self._chance = chance or random.Random()
        self._count = count
        self._turns: dict[str, Turn] = {}
        self._tasks: dict[asyncio.Task[None], float] = {}
        self._landed: list[tuple[Turn, Row, Answer]] = []
        self._something_landed = asyncio.Event()
        self._letters: OrderedDict[int, Letter] = OrderedDict()
        self._troubles = Troubles(durations.breaker_window)
        self._lease_for = durations.delivery_limit * 1.5
        self._pulse = Pulse(pool, "deliveries", durations, now)
        self.delivered = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set, then let what is under way end, and hand the rest back."""
        look_for_news = True
        bell = self._wakeups.bell("deliveries")
        while not stop.is_set():
            async with going_on("deliveries", stop, pause=self._durations.polling):
                self._something_landed.clear()
                began = time.monotonic()
                busy = await self._round(look_for_news=look_for_news or bell.is_set())
                look_for_news = False
                await self._pulse.beat()
                if not busy:
                    at_most = await self._until_next()
                    look_for_news = not await first_of(stop, bell, self._something_landed, at_most_s=at_most)
                    if self._tasks and not stop.is_set():
                        await asyncio.sleep(GATHER_S)
                    elif not self._landed and not stop.is_set():  # a result is written at once, lest it be sent again
                        await gather(began)
        await self._stop()

    async def settle(self) -> bool:
        """Deliver all that is due now, until nothing is under way; True when anything arrived."""
        before = self.delivered
        while True:
            self._something_landed.clear()
            if await self._round(look_for_news=True) or self._landed:
                continue
            pause = self._pause()
            if not self._tasks and pause is None:
                return self.delivered > before
            await first_of(self._something_landed, at_most_s=1.0 if pause is None else pause)

    async def _round(self, *, look_for_news: bool) -> bool:
        """Write results, give back, take, start. True when there may be more to do at once."""
        self._wakeups.bell("deliveries").clear()
        landed, self._landed = self._landed, []
        now = self._now()
        verdicts = self._judge(landed, now)
        touched = {turn.lease.authority: turn for turn, _, _ in landed if self._is_ours(turn)}
        before = dict(self._turns)
        try:
            async with self._pool.transaction() as db:
                leased, to_start = await self._write_and_take(db, verdicts, touched, now, look_for_news=look_for_news)
        except BaseException:
            # Whatever it was, nothing was written. Peers with results are forgotten: their leases run out, and they are
            # tried once more. The mistake goes on to the loop, or the cancellation to who cancelled.
            self._turns = {authority: turn for authority, turn in before.items() if authority not in touched}
            for turn in self._turns.values():
                turn.may_have_more = True
            raise
        for turn, row in to_start:
            self._start(turn, row)
        return bool(leased and to_start)

    async def _write_and_take(
        self,
        db: Connection,
        verdicts: list[Verdict],
        touched: dict[str, Turn],
        now: datetime,
        *,
        look_for_news: bool,
    ) -> tuple[int, list[tuple[Turn, Row]]]:
        # Losing these writes in a crash of the database means a second delivery of the same id, which is allowed (P3).
        await db.execute("SET LOCAL synchronous_commit = off")
        until = now + self._lease_for
        idle = {authority: turn for authority, turn in self._turns.items() if not turn.running}
        if touched or idle:
            await self._write(db, verdicts, touched, idle, until)
        if look_for_news and self._turns:
            for authority in await delivery_leases.news(db, list(self._turns)):
                self._turns[authority].may_have_more = True
        free = self._free()
        mine = list(self._turns)
        leases = await delivery_leases.lease(db, now=now, until=until, most=free, mine=mine) if free else []
        for held in leases:
            self._turns[held.authority] = Turn(held, is_proven=_is_proven(held, now))
        await self._read(db, now)
        over = [turn for turn in self._turns.values() if turn.is_over]
        if over:
            await delivery_leases.release(db, [(turn.lease.authority, not turn.is_stopped) for turn in over], now=now)
            for turn in over:
                del self._turns[turn.lease.authority]
        return len(leases), await self._choose(db)

    async def _write(
        self,
        db: Connection,
        verdicts: list[Verdict],
        touched: dict[str, Turn],
        idle: dict[str, Turn],
        until: datetime,
    ) -> None:
        # Those that may be given back below are held too: in one order with all others, and only if they are ours.
        held_or_lost = touched | idle
        ours = await delivery_leases.hold(db, [turn.lease for turn in held_or_lost.values()])
        for authority in held_or_lost.keys() - ours:
            log.warning("deliveries: another worker has taken over peer=%s", authority)
            self._turns.pop(authority, None)
        await delivery_leases.write(db, [verdict for verdict in verdicts if verdict.row.authority in ours])
        held = [turn for authority, turn in touched.items() if authority in ours]
        for turn in held:
            turn.lease.until = until
        for authority in await delivery_leases.keep(db, [turn.lease for turn in held]):
            self._turns[authority].may_have_more = True

    async def _read(self, db: Connection, now: datetime) -> None:
        """Read further rows for peers that could send more than was read."""
        short = {
            authority: turn
            for authority, turn in self._turns.items()
            if turn.may_have_more and not turn.is_stopped and len(turn.rows) < READ_EACH // 2
        }
        if not short:
            return
        found: dict[str, list[Row]] = {authority: [] for authority in short}
        for row in await delivery_leases.rows_of(db, list(short), now=now, each=READ_EACH):
            found[row.authority].append(row)
        for authority, turn in short.items():
            turn.read(found[authority], was_all=len(found[authority]) < READ_EACH)
            turn.begin(self._durations, now=now)
        await self._look_ahead(db, now)

    async def _look_ahead(self, db: Connection, now: datetime) -> None:
        """For peers that have missed much: what is fresh goes between (R016). Looked for every few seconds."""
        at = time.monotonic()
        for authority, turn in self._turns.items():
            last = turn.looked_ahead_at
            if turn.is_stopped or (last is not None and at - last < LOOK_AHEAD_S):
                continue
            if turn.is_behind(self._durations, now=now):
                since = now - self._durations.fresh
                found = await delivery_leases.newest_of(db, authority, since=since, now=now, most=AHEAD)
                turn.ahead = {row.key: row for row in found if row.key not in turn.running}
                turn.looked_ahead_at = at

    async def _choose(self, db: Connection) -> list[tuple[Turn, Row]]:
        """Choose what to start, and write the tries down."""
        free = self._free()
        chosen: list[tuple[Turn, Row]] = []
        at = time.monotonic()
        for turn in self._turns.values():
            if len(chosen) >= free:
                break
            chosen += [(turn, row) for row in turn.next_rows(free - len(chosen), at=at)]
        if not chosen:
            return []
        started = await delivery_leases.start(db, [(row, turn.lease) for turn, row in chosen])
        unknown = {row.activity_id for _, row in chosen} - self._letters.keys()
        if unknown:
            self._letters.update(await delivery_leases.letters(db, unknown))
        for turn, row in chosen:
            if row.key not in started:
                turn.dropped(row)
        return [(turn, row) for turn, row in chosen if row.key in started]

    def _start(self, turn: Turn, row: Row) -> None:
        turn.started(row)
        letter = self._letters[row.activity_id]
        self._letters.move_to_end(row.activity_id)
        task = asyncio.create_task(self._carry(turn, row, letter))
        self._tasks[task] = time.monotonic()
        task.add_done_callback(self._ended)

    async def _carry(self, turn: Turn, row: Row, letter: Letter) -> None:
        try:
            async with asyncio.timeout(self._durations.delivery_limit.total_seconds() * 1.2):
                answer = await self._carrier.carry(letter, row)
        except TimeoutError:
            answer = Answer("later", "peer", "no answer in time")
        except Exception as mistake:  # ours; the message waits, the others go on (P6)
            log.exception("delivery failed activity=%s inbox=%s", letter.uri, row.inbox_url)
            answer = Answer("later", "message", f"{type(mistake).__name__}: {mistake}")
        self._landed.append((turn, row, answer))

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self._something_landed.set()

    def _judge(self, landed: list[tuple[Turn, Row, Answer]], now: datetime) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for turn, row, answer in landed:
            if not self._is_ours(turn):
                continue
            verdict = turn.landed(row, answer, self._troubles, self._durations, now=now, chance=self._chance)
            verdicts.append(verdict)
            self._count("deliveries", verdict.kind)
            if verdict.kind == "done":
                self.delivered += 1
                self._pulse.succeeded_at = now
            else:
                log.info(
                    "delivery %s activity=%s inbox=%s attempt=%d status=%s detail=%s",
                    verdict.kind,
                    row.activity_id,
                    row.inbox_url,
                    row.attempts + 1,
                    answer.status,
                    answer.detail,
                )
        return verdicts

    def _is_ours(self, turn: Turn) -> bool:
        return self._turns.get(turn.lease.authority) is turn

    def _free(self) -> int:
        """How many deliveries may be started; those that have been silent for a while do not count."""
        recent = time.monotonic() - self._room.young_s
        young = sum(1 for started in self._tasks.values() if started > recent)
        while len(self._letters) > LETTERS_KEPT:
            self._letters.popitem(last=False)
        return max(0, min(self._room.young - young, self._room.all - len(self._tasks)))

    async def _until_next(self) -> float:
        """Seconds until somebody must look again: when the next peer is ready, at the latest after `polling`."""
        polling = self._durations.polling.total_seconds()
        if (pause := self._pause()) is not None:
            return min(polling, max(0.005, pause))
        if len(self._tasks) >= self._room.young:
            return min(polling, 0.25)  # room comes with time, not only with results
        async with self._pool.connection() as db:
            ready_at = await delivery_leases.next_ready(db, mine=list(self._turns))
        if ready_at is None:
            return polling
        return min(polling, max(0.005, (ready_at - self._now()).total_seconds()))

    def _pause(self) -> float | None:
        """Seconds until the next delivery that waits for the pace of its peer alone; None: there is none."""
        at = time.monotonic()
        return min((pause for turn in self._turns.values() if (pause := turn.pause(at)) is not None), default=None)

    async def _stop(self) -> None:
        """Wait a little for what is under way, write what came of it, and hand back the rest (R034)."""
        await ended(self._tasks, self._durations)
        now = self._now()
        landed, self._landed = self._landed, []
        verdicts = self._judge(landed, now)
        for turn in self._turns.values():
            verdicts += [Verdict(row, "later", now, was_try=False) for row in turn.running.values()]
        turns, self._turns = dict(self._turns), {}
        if turns:
            await self._pool.retry(lambda db: _hand_back(db, turns, verdicts, now))


async def _hand_back(db: Connection, turns: dict[str, Turn], verdicts: list[Verdict], now: datetime) -> None:
    ours = await delivery_leases.hold(db, [turn.lease for turn in turns.values()])
    await delivery_leases.write(db, [verdict for verdict in verdicts if verdict.row.authority in ours])
    await delivery_leases.keep(db, [turns[authority].lease for authority in ours])
    await delivery_leases.release(db, [(authority, False) for authority in ours], now=now)


def _is_proven(held: Lease, now: datetime) -> bool:
    """Whether a peer answered lately and has not failed since: then four deliveries at once may begin."""
    answered = held.last_success_at
    return answered is not None and held.failure_count == 0 and held.open_count == 0 and now - answered < RECENT
