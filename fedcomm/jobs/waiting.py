"""What the loops share: waiting for one of several things to happen, and telling somebody how work ended."""

import asyncio
import time
from collections.abc import Callable

Count = Callable[[str, str], None]
"""Told of each piece of work that ended: its queue, and how (`done`, `later`, `failed`)."""


def count_nothing(_queue: str, _outcome: str) -> None:
    """For whoever keeps no figures."""


GATHER_S = 0.01
"""A loop that has just looked waits so long before it looks again, so that what comes meanwhile is taken together."""


async def gather(since: float) -> None:
    """Wait until a moment has passed since then (`time.monotonic`)."""
    rest = since + GATHER_S - time.monotonic()
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
