"""What recurs is begun when it is due, by one process, and looking for it costs nothing while nothing is (D5)."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest_asyncio

from fedcomm import database
from fedcomm.database import Pool
from fedcomm.durations import Durations
from fedcomm.jobs.clock import Clock, Recurring
from fedcomm.jobs.wakeups import Wakeups
from tests.clocks import Clock as Hands
from tests.conftest import MakeDatabase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest_asyncio.fixture
async def pool(database_url: MakeDatabase) -> AsyncIterator[Pool]:
    opened = await database.open_pool(await database_url(), size=2, name="tests")
    yield opened
    await opened.close()


def clock_of(pool: Pool, hands: Hands, done: Counter[str]) -> Clock:
    """A clock that counts what it does: one thing each hour, another each day."""

    def counted(name: str, every: timedelta) -> Recurring:
        async def do() -> None:
            done[name] += 1

        return Recurring(name, every, do)

    kinds = [counted("hourly", HOUR), counted("daily", DAY)]
    return Clock(pool, kinds, Wakeups(), Durations(), hands)


async def rows(pool: Pool) -> list[tuple[str, int, datetime]]:
    """Each row with the transaction that locked or changed it last."""
    async with pool.connection() as db:
        found = await db.fetch("SELECT name, xmax::text::bigint AS touched, next_at FROM recurring ORDER BY name")
    return [(row["name"], row["touched"], row["next_at"]) for row in found]


async def test_each_kind_is_done_when_it_is_due_and_by_one_of_two(pool: Pool) -> None:
    hands, done = Hands(), Counter[str]()
    one, other = clock_of(pool, hands, done), clock_of(pool, hands, done)

    await one.tick()
    await other.tick()
    assert done == {"hourly": 1, "daily": 1}

    hands.pass_by(hours=1)
    await other.tick()
    await one.tick()
    assert done == {"hourly": 2, "daily": 1}


async def test_a_look_locks_and_writes_nothing_while_nothing_is_due(pool: Pool) -> None:
    hands, done = Hands(), Counter[str]()
    clock = clock_of(pool, hands, done)
    await clock.tick()
    before = await rows(pool)

    hands.pass_by(minutes=59)
    await clock.tick()

    assert await rows(pool) == before
    assert done == {"hourly": 1, "daily": 1}


async def test_a_clock_that_was_ahead_and_is_set_right_holds_nothing_up(pool: Pool) -> None:
    hands, done = Hands(), Counter[str]()
    clock = clock_of(pool, hands, done)
    await clock.tick()

    hands.pass_by(days=-3)
    await clock.tick()

    assert done == {"hourly": 2, "daily": 2}
