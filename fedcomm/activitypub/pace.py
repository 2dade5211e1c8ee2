"""How fast other servers are asked for threads: a burst of 20 documents, then one a second (decisions D51)."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from fedcomm.durations import Durations

BURST = 20
MOST_REMEMBERED = 10_000


class Pace:
    """Lets each authority be asked so often, and who asks more often waits."""

    def __init__(self, durations: Durations, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = durations.backfill_pause.total_seconds()
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When an authority's whole burst is there again."""

    async def take(self, authority: str) -> None:
        """Wait until this authority may be asked once more."""
        wait = self.wait(authority)
        if wait > 0:
            await asyncio.sleep(wait)

    def wait(self, authority: str) -> float:
        """Use one request of an authority's; the seconds until it may be made."""
        now = self._clock()
        wait = self.ahead(authority)
        self._full_at[authority] = max(self._full_at.get(authority, now), now) + self._pause
        self._full_at.move_to_end(authority)
        if len(self._full_at) > MOST_REMEMBERED:
            self._full_at.popitem(last=False)
        return wait

    def ahead(self, authority: str) -> float:
        """The seconds until one more request of an authority's may be made; nothing is used."""
        now = self._clock()
        full_at = max(self._full_at.get(authority, now), now) + self._pause
        return max(0.0, full_at - now - BURST * self._pause)
