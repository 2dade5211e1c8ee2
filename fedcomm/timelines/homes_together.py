"""Homes that are asked for at the same moment, read by one statement.

Beginning and ending a statement of so many parts costs three times what one more home within it costs (0.17 and 0.05 ms
in the database). Who comes alone does not wait; who comes while others are read goes with the next.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from fedcomm.database import Connection, Row
from fedcomm.timelines import home
from fedcomm.timelines.home import Window

MOST_HOMES = 8
"""In one statement: while eight become pages, the database reads the next eight. With 16, each waits for the other."""


class _Kind(NamedTuple):
    """What homes of one statement have in common."""

    way: int
    is_upwards: bool
    limit: int


class _Asked(NamedTuple):
    viewer_id: int
    window: Window
    rows: asyncio.Future[list[Row]]


class HomesTogether:
    """The homes that one process reads, one statement after the other. Fulfils `home.Reader`.

    Two statements at once were measured, too: they share the homes, so each costs more.
    """

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        self._quick = _Queue(connect)
        self._long = _Queue(connect)

    async def read(self, way: int, viewer_id: int, window: Window, *, is_upwards: bool) -> list[Row]:
        """What `home.Alone` reads. The last way has no common bound: only who needs it, too, is made to wait for it."""
        queue = self._long if way == home.LAST_WAY else self._quick
        return await queue.read(_Kind(way, is_upwards, window.limit), viewer_id, window)


class _Queue:
    """Homes that are read one statement after the other."""

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        self._connect = connect
        self._waiting: dict[_Kind, list[_Asked]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def read(self, kind: _Kind, viewer_id: int, window: Window) -> list[Row]:
        """One home, when its turn comes."""
        asked = _Asked(viewer_id, window, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(kind, []).append(asked)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_all())
        return await asked.rows

    async def _read_all(self) -> None:
        """Read what waits until nothing does, those first who came first."""
        while self._waiting:
            kind = next(iter(self._waiting))
            everybody = self._waiting.pop(kind)
            now, later = everybody[:MOST_HOMES], everybody[MOST_HOMES:]
            if later:
                self._waiting[kind] = later
            try:
                await self._read(kind, [each for each in now if not each.rows.done()])
            except Exception as problem:  # whatever it was, it is theirs who asked: each answers for itself
                for each in now:
                    if not each.rows.done():
                        each.rows.set_exception(problem)
        self._reader = None

    async def _read(self, kind: _Kind, everybody: list[_Asked]) -> None:
        async with self._connect() as db:
            if len(everybody) == 1:
                [(viewer_id, window, _)] = everybody
                found = [await home.Alone(db).read(kind.way, viewer_id, window, is_upwards=kind.is_upwards)]
            else:
                found = await _together(db, kind, everybody)
        for each, rows in zip(everybody, found, strict=True):
            if not each.rows.done():
                each.rows.set_result(rows)


async def _together(db: Connection, kind: _Kind, everybody: Sequence[_Asked]) -> list[list[Row]]:
    """What each of them asked for, in their order."""
    rows = await db.fetch(
        home.of_many(kind.way, is_upwards=kind.is_upwards),
        [each.viewer_id for each in everybody],
        [each.window.below for each in everybody],
        [each.window.above for each in everybody],
        kind.limit,
    )
    found: list[list[Row]] = [[] for _ in everybody]
    for row in rows:
        number: int = row["number"]
        found[number - 1].append(row)
    return found
