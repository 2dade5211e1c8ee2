"""What the loops share: waiting for one of several things to happen, and telling somebody how work ended."""

import asyncio
import time
from collections.abc import Callable

Count = Callable[[str, str], None]
"""Told of each piece of work that ended: its queue, and how (`done`, `later`, `failed`)."""


def count_nothing(_queue: str, _outcome: str) -> None:
    """For whoever keeps no figures."""


GATHER_S = 0.02
"""A loop that has just looked waits so long before it looks again, so that what comes meanwhile is taken together.

Who comes alone does not wait. With 300 posts a second looking every 10 ms took a tenth of what a post costs.
"""


async def gather(since: float, *, for_s: float = GATHER_S) -> None:
    """Wait until a moment has passed since then (`time.monotonic`)."""
    rest = since + for_s - time.monotonic()
    if rest > 0:
        await asyncio.sleep(rest)


async def first_of(*events: asyncio.Event, at_most_s: float) -> bool:
    """Wait until one of the events is set, or the time is over; True when one is set. Clears none of them."""
    if any(event.is_set() for event in events):
        return True
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=max(at_most_s, 0.0), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return any(event.is_set() for event in events)
