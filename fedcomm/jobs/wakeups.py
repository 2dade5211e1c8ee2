"""Telling the worker that something waits, after the commit and never in it (R008, R043; decisions D5, D8).

A wake-up is a hint: polling finds the same work a second later. Within a process it is an event; between processes one
word for each queue, told when nothing else is being told (`lines.py`), so a thousand commits in a moment make one or
two. NOTIFY inside a writing transaction would serialise all commits.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Literal, get_args

from fedcomm.database import LOST, Down
from fedcomm.jobs.lines import Line

Queue = Literal["facts", "inbox", "deliveries", "clock", "settings", "live", "pushes", "mail"]
QUEUES: tuple[Queue, ...] = get_args(Queue)

log = logging.getLogger(__name__)


class Wakeups:
    """The bells of one process. `is_muted` is for tests: work must be found without them."""

    def __init__(self) -> None:
        self._bells: dict[Queue, asyncio.Event] = {queue: asyncio.Event() for queue in QUEUES}
        self._to_tell: set[Queue] | None = None
        self._told_to_others: frozenset[Queue] = frozenset(QUEUES)
        self._something_to_tell = asyncio.Event()
        self.is_muted = False

    def ring(self, *queues: Queue) -> None:
        """Something was committed to these queues."""
        if self.is_muted:
            return
        for queue in queues:
            self._bells[queue].set()
        if self._to_tell is not None and (told := self._told_to_others.intersection(queues)):
            self._to_tell.update(told)
            self._something_to_tell.set()

    async def wait(self, queue: Queue, *, at_most_s: float) -> bool:
        """Wait until the queue's bell rings, or the time is over; True when it rang."""
        bell = self._bells[queue]
        if not bell.is_set():
            try:
                async with asyncio.timeout(max(at_most_s, 0.0)):
                    await bell.wait()
            except TimeoutError:
                return False
        bell.clear()
        return True

    def bell(self, queue: Queue) -> asyncio.Event:
        """The event itself, for a loop that waits for more than one thing."""
        return self._bells[queue]

    async def tell_others(self, line: Line, only: Iterable[Queue] = QUEUES) -> None:
        """Pass on to other processes what rings here, for ever. Runs where the worker is another process.

        The worker's process passes on only what its web processes wait for.
        """
        self._told_to_others = frozenset(only)
        self._to_tell = set()
        try:
            while True:
                await self._something_to_tell.wait()
                self._something_to_tell.clear()
                queues, self._to_tell = self._to_tell, set()
                try:
                    await line.tell(sorted(queues))
                except Down as down:
                    log.warning("wake-ups not sent queues=%s error=%s", ",".join(sorted(queues)), down)
        finally:
            line.close()

    async def listen(self, line: Line, *, back_after_s: float) -> None:
        """Ring here what other processes tell, for ever; a line that is lost is opened again (R008).

        After each opening all bells ring, as something may have been missed.
        """
        while True:
            try:
                await line.listen(self._told, self._ring_all)
                log.warning("listener lost, opening it again")
            except Down as down:
                log.warning("listener not connected error=%s", down)
            except LOST as lost:  # it went while it was being set up
                log.warning("listener lost, opening it again error=%s", type(lost).__name__)
            await asyncio.sleep(back_after_s)

    def _ring_all(self) -> None:
        for bell in self._bells.values():
            bell.set()

    def _told(self, word: str) -> None:
        if word in QUEUES and not self.is_muted:
            self._bells[word].set()
