"""Homes that are read by one statement are the homes that each would have read alone (D38)."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Down, Row
from fedcomm.threads import reactions
from fedcomm.timelines import home
from fedcomm.timelines.cursor import Cursor, Entry
from fedcomm.timelines.homes_together import MOST_HOMES, HomesTogether
from tests.factories import HERE, NOON, make_account, make_follow, make_group, make_reply, make_thread


class Gate:
    """Lends one connection to one at a time, counts statements, and can be told to be away."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self.statements = 0
        self.is_away = False
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """As of a pool."""
        if self.is_away:
            raise Down("away")
        async with self._turn:
            yield cast(Connection, self)

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]:
        """As of a connection, but after the gate is opened."""
        self.statements += 1
        await self.open.wait()
        return await self._db.fetch(statement, *values)


async def a_place(db: Connection) -> list[Account]:
    """Twelve members who follow different people and groups, of whom some write, answer and boost."""
    people = [await make_account(db, f"member{n}") for n in range(12)]
    groups = [await make_group(db, f"group{n}", members=people[n::3]) for n in range(3)]
    for n, who in enumerate(people):
        await make_follow(db, who, people[(n + 1) % 12])
        await make_follow(db, who, people[(n * 5 + 2) % 12])
    for n, who in enumerate(people * 2):
        root = await make_thread(db, who, groups[n % 3] if n % 2 else None)
        await make_reply(db, people[(n + 3) % 12], root)
        await reactions.boost(db, HERE, people[(n + 3) % 12], root.id, now=NOON)
    return people


async def ask(homes: HomesTogether, people: Collection[Account], cursor: Cursor) -> list[list[Entry]]:
    """A page of the home of each, all at the same moment."""
    pages = await asyncio.gather(*(home.whole_page(homes, who.id, cursor=cursor) for who in people))
    return [entries for entries, _, _ in pages]


@pytest.mark.parametrize("limit", [3, 20])
async def test_everybody_gets_their_own_home(db: Connection, limit: int) -> None:
    people = await a_place(db)
    gate = Gate(db)
    homes = HomesTogether(gate.connection)
    first = Cursor(limit=limit)
    alone = [await home.page(db, who.id, cursor=first) for who in people]
    middle = sorted(entry.id for page in alone for entry in page)[len(people)]

    assert await ask(homes, people, first) == alone
    for cursor in (Cursor(max_id=middle, limit=limit), Cursor(min_id=middle, limit=limit)):
        expected = [await home.page(db, who.id, cursor=cursor) for who in people]
        assert await ask(homes, people, cursor) == expected
    assert len({tuple(page) for page in alone}) > 6


async def test_who_comes_at_once_shares_statements(db: Connection) -> None:
    people = await a_place(db)
    gate = Gate(db)

    await ask(HomesTogether(gate.connection), people, Cursor(limit=3))

    assert -(-len(people) // MOST_HOMES) <= gate.statements < len(people) / 2


async def test_one_who_goes_away_takes_nobody_along(db: Connection) -> None:
    people = await a_place(db)
    gate = Gate(db)
    homes = HomesTogether(gate.connection)
    gate.open.clear()
    asked = [asyncio.create_task(home.whole_page(homes, who.id, cursor=Cursor(limit=3))) for who in people[:3]]
    while not gate.statements:
        await asyncio.sleep(0)
    asked[1].cancel()
    gate.open.set()
    first, gone, last = await asyncio.gather(*asked, return_exceptions=True)

    assert isinstance(gone, asyncio.CancelledError)
    for who, got in ((people[0], first), (people[2], last)):
        assert not isinstance(got, BaseException)
        assert got[0] == await home.page(db, who.id, cursor=Cursor(limit=3))


async def test_when_the_database_is_away_all_hear_it_and_later_all_are_served(db: Connection) -> None:
    people = await a_place(db)
    gate = Gate(db)
    homes = HomesTogether(gate.connection)
    gate.is_away = True
    asked = [home.whole_page(homes, who.id, cursor=Cursor(limit=3)) for who in people]
    heard = await asyncio.gather(*asked, return_exceptions=True)
    gate.is_away = False

    assert all(isinstance(each, Down) for each in heard)
    assert len(await ask(homes, people, Cursor(limit=3))) == len(people)
