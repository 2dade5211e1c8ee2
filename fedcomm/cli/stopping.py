"""Ending a process in order when it is asked to."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator, Callable


@contextlib.asynccontextmanager
async def stopped_by_signal(stop: Callable[[], None]) -> AsyncGenerator[None]:
    """Call `stop` at SIGTERM or SIGINT; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    came = False

    def handle() -> None:
        nonlocal came
        if came:
            sys.exit(1)
        came = True
        stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, handle)
    try:
        yield
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)
