"""A database in which consequences and activities leave words, for the loops that do them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeVar

from fedcomm import database
from fedcomm.database import Pool
from fedcomm.jobs.wakeups import Wakeups
from tests.jobs.offices import Time


class Desk:
    """A database and a clock; who inherits it makes the workers over them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.now = Time()
        self.wakeups = Wakeups()

    async def written(self) -> list[str]:
        """The words that were written and committed, in order."""
        async with self.pool.connection() as db:
            return [row["word"] for row in await db.fetch("SELECT word FROM word ORDER BY n")]


D = TypeVar("D", bound=Desk)


@asynccontextmanager
async def opened(kind: type[D], url: str) -> AsyncGenerator[D]:
    """A desk of this kind over a database, closed afterwards."""
    pool = await database.open_pool(url)
    try:
        async with pool.transaction() as db:
            await db.execute("CREATE TABLE word (n integer GENERATED ALWAYS AS IDENTITY, word text NOT NULL)")
        yield kind(pool)
    finally:
        await pool.close()
