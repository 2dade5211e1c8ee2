"""Ending a process in order when it is asked to."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator, Callable

import click

parent_option = click.option("--parent", type=int, hidden=True)
"""The reading end of a pipe that nobody writes to: it ends when the process that started us does."""


@contextlib.asynccontextmanager
async def stopped_by_signal(stop: Callable[[], None], *, parent: int | None = None) -> AsyncGenerator[None]:
    """Call `stop` at SIGTERM or SIGINT, or when the parent has gone, however it went.

    A second signal ends the process at once.
    """
    loop = asyncio.get_running_loop()
    came = False
    if parent is not None:

        def orphaned() -> None:
            loop.remove_reader(parent)
            stop()

        loop.add_reader(parent, orphaned)

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
        if parent is not None:
            loop.remove_reader(parent)
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)
