"""How the processes of an instance tell one another that something waits: the line that wake-ups go over (D8).

By default it is the database's own NOTIFY. Where the operator runs NATS, it is that, which spares the database a
connection for each process that listens, and goes where no LISTEN does. Both may lose what they carry: polling finds
it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from fedcomm import database
from fedcomm.database import OwnConnection, Pool

CHANNEL = "fedcomm_wake"

Told = Callable[[str], None]
Ready = Callable[[], None]


class Line(Protocol):
    """A way to tell all processes of this instance something short."""

    async def tell(self, words: Sequence[str]) -> None:
        """Tell the others some words. Raises Down."""
        ...

    async def listen(self, told: Told, ready: Ready) -> None:
        """Hear what others tell until the line is lost; `ready`: from now on nothing is missed. Raises Down, LOST."""
        ...

    def close(self) -> None:
        """Tell nothing more."""
        ...


class Notify:
    """The line through the database. `url` leads around a pooler."""

    def __init__(self, pool: Pool, url: str) -> None:
        self._pool = pool
        self._url = url

    async def tell(self, words: Sequence[str]) -> None:
        """One statement for all words. Raises Down."""
        async with self._pool.connection() as db:
            await db.execute("SELECT pg_notify($1, word) FROM unnest($2::text[]) word", CHANNEL, list(words))

    async def listen(self, told: Told, ready: Ready) -> None:
        """On a connection of its own, until that is lost. Raises Down, LOST."""
        db = await database.connect(self._url)
        try:
            lost = asyncio.Event()
            db.add_termination_listener(lambda _: lost.set())

            def hear(_db: OwnConnection, _pid: int, _channel: str, word: str) -> None:
                told(word)

            await db.add_listener(CHANNEL, hear)
            ready()
            await lost.wait()
        finally:
            db.terminate()

    def close(self) -> None:
        """Nothing is kept open to tell."""
