"""One peer's turn at being sent to, and what the answers mean for it: pure bookkeeping, no database and no network.

Order, few in flight, back-off and breaker of decisions D53 and D54 stand here. Cases: P6, R009, R011, R012, R014-R018.
"""

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from fedcomm.durations import Durations
from fedcomm.jobs.comebacks import Comeback
from fedcomm.jobs.delivery_queue import PATIENCE, Lease, Row, Verdict

MOST_IN_FLIGHT = 4
"""For one peer that answers; one for a peer that fails, or that has not answered yet."""
KEYS_THAT_OPEN = 5
"""So many orders with a 5xx within the window make it the peer's failure."""

_random = random.Random()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one delivery, in the words of this floor (`federation.delivery.Delivery` says it first)."""

    kind: Literal["delivered", "refused", "gone", "later", "elsewhere"]
    blame: Literal["nobody", "peer", "message"] = "nobody"
    detail: str = ""
    status: int | None = None
    retry_after: timedelta | None = None
    """How long the whole peer is to wait; only where it asked for it."""
    inboxes: tuple[str, ...] = ()
    """For `elsewhere`: whom the shared inbox, which is not there, would have reached. No status: it was not asked."""


class Troubles:
    """Which orders of which peer failed lately, each for its own message (the third kind of failure of D53)."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._seen: dict[str, deque[tuple[datetime, tuple[int, int]]]] = {}

    def note(self, row: Row, now: datetime) -> bool:
        """Note a failure; True when it is one of so many that the peer itself is at fault."""
        seen = self._seen.setdefault(row.authority, deque(maxlen=100))
        seen.append((now, row.order))
        while seen[0][0] < now - self._window:
            seen.popleft()
        return len({order for _, order in seen}) >= KEYS_THAT_OPEN

    def forget(self, authority: str) -> None:
        """It answered well."""
        self._seen.pop(authority, None)


def wait_after(failures: int, durations: Durations, *, chance: random.Random = _random) -> timedelta:
    """How long to wait after so many failures in a row: the schedule of D54."""
    if failures < len(durations.delivery_retries):
        return durations.delivery_retries[failures]
    return durations.delivery_retry_then * chance.uniform(0.8, 1.2)


def breaker_wait(open_count: int, durations: Durations) -> timedelta:
    """How long an open breaker waits before its n-th probe."""
    return min(durations.breaker_probe * 2 ** min(open_count - 1, 20), durations.breaker_probe_longest)


@dataclass(slots=True)
class Turn:
    """A leased peer, the rows read for it, and what is under way."""

    lease: Lease
    rows: dict[tuple[int, int], Row] = field(default_factory=lambda: {})
    running: dict[tuple[int, int], Row] = field(default_factory=lambda: {})
    is_stopped: bool = False
    """It fails or asked us to wait: nothing more is started."""
    is_proven: bool = False
    """It has answered, so that more than one delivery at a time may be under way."""
    may_have_more: bool = True
    """Rows may wait that were not read yet."""
    comeback: Comeback | None = None
    """It was away for long: how fast it is caught up."""
    ahead: dict[tuple[int, int], Row] = field(default_factory=lambda: {})
    """Fresh rows that need not wait for what it has missed: nothing earlier of their order waits."""
    looked_ahead_at: float | None = None
    was_read: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing is under way and nothing more is to be started."""
        return not self.running and (self.is_stopped or not (self.rows or self.ahead or self.may_have_more))

    @property
    def slots(self) -> int:
        """How many more may be started."""
        if self.is_stopped:
            return 0
        return max(0, (MOST_IN_FLIGHT if self.is_proven else 1) - len(self.running))

    def begin(self, durations: Durations, *, now: datetime) -> None:
        """After the first rows are read: whether the peer was away, and is to be led back gently (R016)."""
        if self.was_read or not self.rows:
            return
        self.was_read = True
        oldest, last = next(iter(self.rows.values())), self.lease.last_success_at
        since = now - durations.comeback_after
        if oldest.created_at < since and (last is None or last < since):
            self.comeback = Comeback(durations.comeback_pause.total_seconds())

    def is_behind(self, durations: Durations, *, now: datetime) -> bool:
        """Whether what it gets now is so old that what is fresh would come late behind it."""
        oldest = next(iter(self.rows.values()), None)
        return oldest is not None and oldest.created_at < now - durations.fresh

    def pause(self, at: float) -> float | None:
        """Seconds until its next delivery may begin, where only its pace keeps it from beginning; else None."""
        if self.comeback is None or not self.slots or not (self.rows or self.ahead):
            return None
        left = self.comeback.next_at - at
        return left if left > 0 else None if self.running else 0.0

    def read(self, found: Iterable[Row], *, was_all: bool) -> None:
        """Take rows that were read from the queue; those known already stay as they are."""
        for row in found:
            if row.key not in self.running:
                self.rows.setdefault(row.key, row)
        self.rows = dict(sorted(self.rows.items()))
        self.may_have_more = not was_all

    def next_rows(self, most: int, *, at: float = 0.0) -> list[Row]:
        """What to start now: of each order the oldest, when nothing of it is under way; one of the fresh first."""
        most = min(most, self.slots)
        if self.comeback is not None and most > 0:
            most = int(self.comeback.may_start(at))
            if most:
                self.comeback.started(at)
        busy = {row.order for row in self.running.values()}
        chosen: list[Row] = []
        first = [next(iter(self.ahead.values()))] if self.ahead else []
        for row in [*first, *(row for row in self.rows.values() if row not in first)]:
            if len(chosen) >= most:
                break
            if row.order not in busy:
                chosen.append(row)
            busy.add(row.order)
        return chosen

    def started(self, row: Row) -> None:
        """A delivery is under way."""
        self.dropped(row)
        self.running[row.key] = row

    def dropped(self, row: Row) -> None:
        """A row is gone from the queue: somebody dropped it."""
        self.rows.pop(row.key, None)
        self.ahead.pop(row.key, None)

    def landed(
        self,
        row: Row,
        answer: Answer,
        troubles: Troubles,
        durations: Durations,
        *,
        now: datetime,
        chance: random.Random = _random,
    ) -> Verdict:
        """What an answer means, for the row (returned) and for the peer."""
        del self.running[row.key]
        self.lease.last_status = answer.status or self.lease.last_status
        if answer.kind == "delivered":
            self._answered(troubles, now)
            return Verdict(row, "done", now, answer.status)
        if answer.kind == "elsewhere":
            was_try = answer.status is not None
            if was_try:
                self._answered(troubles, now)
            self.may_have_more = True
            return Verdict(row, "elsewhere", now, answer.status, was_try=was_try, inboxes=answer.inboxes)
        if answer.kind in ("refused", "gone"):
            self._answered(troubles, now)
            return Verdict(row, "failed", now, answer.status, answer.detail)
        self.lease.last_failure_at, self.lease.last_error = now, answer.detail[:500]
        if answer.retry_after is not None:
            wait = min(answer.retry_after, durations.retry_after_longest)
            self._stop(now + wait)
            self._read_again(row)
            return Verdict(row, "later", now, answer.status, answer.detail, was_try=False)
        if answer.blame == "message":
            return self._message_failed(row, answer, troubles, durations, now, chance)
        due_at = self._peer_failed(durations, now, chance)
        self._read_again(row)
        return self._later(row, answer, durations, now=now, due_at=due_at, counts=False)

    def _answered(self, troubles: Troubles, now: datetime) -> None:
        held = self.lease
        held.failure_count, held.failing_since, held.open_count, held.wait_until = 0, None, 0, None
        held.last_success_at = now
        if self.comeback is not None:
            self.comeback.took()
            self.comeback = None if self.comeback.is_over else self.comeback
        self.is_stopped, self.is_proven = False, True
        troubles.forget(held.authority)

    def _peer_failed(self, durations: Durations, now: datetime, chance: random.Random) -> datetime:
        """Count a failure of the peer, once for all that were under way together, and let it wait."""
        held = self.lease
        if not self.is_stopped:
            held.failure_count += 1
            held.failing_since = held.failing_since or now
            if held.open_count:
                held.open_count += 1
                self._stop(now + breaker_wait(held.open_count, durations))
            else:
                self._stop(now + wait_after(held.failure_count, durations, chance=chance))
        return held.wait_until or now

    def _read_again(self, row: Row) -> None:
        """It goes on where it failed: what comes after it in its order is forgotten until both are read again (R018).

        Should something else that was under way succeed, the peer is not left alone after all.
        """
        self.rows = {key: other for key, other in self.rows.items() if other.order != row.order}
        self.ahead = {key: other for key, other in self.ahead.items() if other.order != row.order}
        self.may_have_more = True

    def _message_failed(
        self,
        row: Row,
        answer: Answer,
        troubles: Troubles,
        durations: Durations,
        now: datetime,
        chance: random.Random,
    ) -> Verdict:
        held = self.lease
        if (troubles.note(row, now) or held.open_count) and not self.is_stopped:
            held.open_count += 1
            held.failing_since = held.failing_since or now
            self._stop(now + breaker_wait(held.open_count, durations))
        else:
            self.is_proven = True
        due_at = now + wait_after(row.failures + 1, durations, chance=chance)
        patient = row.failures + 1 < PATIENCE
        for other in list(self.rows.values()):
            same_object = other.object_key == row.object_key and row.object_key != 0
            if other.order == row.order and other.key > row.key and (patient or same_object):
                del self.rows[other.key]
        return self._later(row, answer, durations, now=now, due_at=due_at, counts=True)

    def _later(
        self, row: Row, answer: Answer, durations: Durations, *, now: datetime, due_at: datetime, counts: bool
    ) -> Verdict:
        """Once more at `due_at`, unless that would be later than we keep it (R011, R017)."""
        if due_at >= row.created_at + durations.delivery_given_up:
            return Verdict(row, "failed", now, answer.status, f"given up: {answer.detail}")
        return Verdict(row, "later", due_at if counts else now, answer.status, answer.detail, counts=counts)

    def _stop(self, until: datetime) -> None:
        self.lease.wait_until = until
        self.is_stopped = True
