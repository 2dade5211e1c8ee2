"""Homes that are asked for at the same moment, read by one statement.

Beginning and ending a statement of so many parts costs three times what one more home within it costs (0.17 and 0.05 ms
in the database).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple

from fedcomm.database import Connection, Row
from fedcomm.timelines import home
from fedcomm.timelines.home import Window
from fedcomm.together import Together

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


class HomesTogether:
    """The homes that one process reads, of each kind one statement after the other. Fulfils `home.Reader`.

    Two statements of a kind at once were measured, too: they share the homes, so each costs more. Who needs the way
    that has no common bound waits for those alone who need it, too.
    """

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        self._connect = connect
        self._kinds: dict[_Kind, Together[_Asked, list[Row]]] = {}

    async def read(self, way: int, viewer_id: int, window: Window, *, is_upwards: bool) -> list[Row]:
        """What `home.Alone` reads."""
        kind = _Kind(way, is_upwards, window.limit)
        if kind not in self._kinds:
            self._kinds[kind] = Together(partial(self._read, kind), most=MOST_HOMES)
        return await self._kinds[kind].ask(_Asked(viewer_id, window))

    async def _read(self, kind: _Kind, everybody: Sequence[_Asked]) -> list[list[Row]]:
        async with self._connect() as db:
            if len(everybody) > 1:
                return await _together(db, kind, everybody)
            [(viewer_id, window)] = everybody
            return [await home.Alone(db).read(kind.way, viewer_id, window, is_upwards=kind.is_upwards)]


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
