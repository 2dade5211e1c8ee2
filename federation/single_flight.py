"""Asking once for what several want at the same moment."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class SingleFlight(Generic[Key, Result]):
    """Work that is under way is joined, not repeated; one who gives up waiting does not stop it for the others."""

    def __init__(self) -> None:
        self._under_way: dict[Key, asyncio.Task[Result]] = {}

    async def join(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """What `work` returns or raises, started unless it is under way for this key."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    def _finish(self, key: Key, task: asyncio.Task[Result]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
