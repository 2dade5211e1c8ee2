"""A request that another transaction got in the way of is done once more, and its asker sees nothing (R024, R030).

Deadlocks cannot be ruled out where the worker writes many things in one transaction. All that such a request wrote is
rolled back; one that had committed something before is not repeated, its asker may.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.database import AGAIN

TRIES = 4

_has_committed: ContextVar[bool] = ContextVar("has_committed", default=False)


def note_commit() -> None:
    """What this request wrote stays, so it may not be repeated."""
    _has_committed.set(True)


async def answered(endpoint: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """What the endpoint answers. Raises what it raises; of `database.AGAIN` only after several tries."""
    _has_committed.set(False)
    for attempt in range(1, TRIES):
        try:
            return await endpoint(request)
        except AGAIN:
            if _has_committed.get():
                raise
            await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
    return await endpoint(request)
