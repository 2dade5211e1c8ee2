"""A million posts cost no more than ten thousand: what the database looks at for each request, in how many statements.

Blocks are counted, not seconds: they are the same on every machine. What grows with something else (a thread of 10,000
replies, somebody who follows 2,000) has a bound of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from fedcomm import database
from tests.running import instance
from tests.speed import asking, cast, doing
from tests.speed.conftest import Sizes
from tests.speed.watching import Log, Step, watch

pytestmark = pytest.mark.slow

LARGE_TABLE = 20_000
"""Rows; no such table is read from beginning to end, and not so many rows are passed over to find others."""
MOST_BLOCKS = 5_000
MOST_STATEMENTS = 24
"""For a page whose posts were not shown before: nine for them, ten more for those they quote."""

MORE_BLOCKS = {
    "home of 2,000 followed": 25_000,
    "context of 10,000 replies": 100_000,
    "context of 10,000 replies, a visitor": 30_000,
    "context within 10,000 replies": 50_000,
    "document: conversation": 60_000,
    "document: replies of 10,000": 10_000,
    "page: thread": 20_000,
    "page: home, by group": 10_000,
    "page: home, by time": 8_000,
    "page: /admin/accounts?status=suspended": 10_000,
    "page: /admin/accounts?q=person_77": 10_000,
    "old threads of others go, one step": 30_000,
    "quotes": 20_000,
    "notifications in groups": 40_000,
    "search, a common word": 30_000,
    "search, a phrase": 30_000,
    "search, with media": 30_000,
    "search, all": 30_000,
    "trends, tags": 25_000,
    "trends, statuses": 12_000,
    "directory": 20_000,
    "directory, the newest": 20_000,
    "peers": 15_000,
    "peers, found": 15_000,
    "administered accounts, by name": 10_000,
    "what follows from that": 800_000,
    "again and again: measure figures": 20_000_000,
}
"""What is looked at by what is large in both: the thread of 10,000 replies, 3,000 notifications, 5,000 peers, the posts
of the last days, 5,000 candidates of a search, 100,000 followers. Home looks for questions without a reply among the
last 50 threads of each of twenty groups."""
GROWS = {
    "again and again: measure figures": 20_000_000,
    "again and again: keep others' posts within bounds": 20_000_000,
    "group": 6_000,
    "page: home in a hundred groups": 80_000,
    "document: outbox": 60_000,
    "document: outbox, a page": 60_000,
}
"""Each thread that a group carries is asked for its newest replies; the outbox says how much was ever announced."""
MORE_STATEMENTS = {
    "page: home, by group": 40,
    "page: home, by time": 40,
    "page: home of quiet groups": 40,
    "page: notices": 40,
    "page: home in a hundred groups": 40,
    "page: thread of a hundred replies": 40,
    "document: outbox": 220,
    "document: outbox, a page": 220,
    "post to a group": 40,
    "post to a group with 100,000 followers": 40,
    "post to followers": 30,
    "answer": 30,
    "it is interpreted": 30,
    "what follows from all this": 200,
    "what follows from that": 100,
    "again and again: measure figures": 400,
    "again and again: keep others' posts within bounds": 10_000,
}
READ_WHOLE = {
    "old threads of others go, one step": frozenset({"account"}),
    "again and again: measure figures": frozenset({"account", "media", "post"}),
    "again and again: keep others' posts within bounds": frozenset({"account"}),
}
"""Figures are measured once an hour, of all that happened in a year; pages show what was kept of them. Old threads go
once a day, for as long as a piece of work may take; how many posts there are is the sum of their authors' counters."""
PASSED_OVER = {
    "page: home in a hundred groups": 60_000,
    "page: /admin/accounts?status=suspended": 150_000,
    "page: /admin/accounts?q=person_77": 50_000,
    "old threads of others go, one step": 250_000,
    "administered accounts, by name": 50_000,
    "again and again: forget old deliveries": 50_000,
    "again and again: measure figures": 2_000_000,
    "again and again: keep others' posts within bounds": 2_000_000,
}
"""Those who run the instance look for names, and for the few who are suspended, among all accounts; once an hour all
kept activities are looked at; a run that removes old threads begins with counting posts, by their authors."""
SPILLED = {"what follows from that": 5_000, "again and again: measure figures": 500_000}
"""100,000 followers are sorted by where they live."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing took."""

    statements: int
    blocks: int
    spilled: int
    passed_over: int
    read_whole: frozenset[str]

    @staticmethod
    def of(steps: Sequence[Step], large: frozenset[str]) -> "Cost":
        """The sum of its statements."""
        read_whole = frozenset(name for step in steps for name in step.read_whole()) & large
        blocks, spilled = sum(step.blocks for step in steps), sum(step.spilled for step in steps)
        passed_over = max((step.passed_over for step in steps), default=0)
        return Cost(len(steps), blocks, spilled, passed_over, read_whole)


async def _read(url: str, log: Log) -> dict[str, Cost]:
    large, asked = await _known(url)
    await watch(url)
    found: dict[str, Cost] = {}
    async with instance(url, FEDCOMM_DOMAIN=cast.DOMAIN) as here, asking.apps(here) as apps:
        for client in apps.values():  # what a token stands for is remembered
            await client.get("/api/v1/markers?timeline[]=home")
        for name, one in asked.items():
            log.steps()
            answer = await apps[one.who].get(one.path, headers={"Accept": one.accept})
            assert answer.status_code == 200, (name, answer.status_code, answer.text)
            found[name] = Cost.of(log.steps(), large)
    return found


async def _do(url: str, log: Log) -> dict[str, Cost]:
    large, _ = await _known(url)
    await watch(url)
    found: dict[str, Cost] = {}
    async with instance(url, FEDCOMM_DOMAIN=cast.DOMAIN) as here, asking.apps(here) as apps:
        for name, deed in (await doing.deeds(here, apps)).items():
            log.steps()
            await deed()
            found[name] = Cost.of(log.steps(), large)
    return found


async def _known(url: str) -> tuple[frozenset[str], Mapping[str, asking.Asked]]:
    db = await database.connect(url)
    try:
        rows = await db.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1", float(LARGE_TABLE))
        return frozenset(row["relname"] for row in rows), await asking.requests(db)
    finally:
        await db.close()


def _faults(small: Mapping[str, Cost], large: Mapping[str, Cost]) -> list[str]:
    found: list[str] = []
    for name, cost in large.items():
        few = small[name]
        read_whole = cost.read_whole - READ_WHOLE.get(name, frozenset())
        if read_whole:
            found.append(f"{name}: read whole {sorted(read_whole)}")
        if cost.passed_over > PASSED_OVER.get(name, LARGE_TABLE):
            found.append(f"{name}: passed {cost.passed_over} rows over")
        if cost.spilled > SPILLED.get(name, 0):
            found.append(f"{name}: {cost.spilled} blocks did not fit into memory")
        if cost.blocks > GROWS.get(name, 2 * few.blocks + 1_500):
            found.append(f"{name}: {few.blocks} blocks became {cost.blocks}")
        if cost.blocks > (GROWS | MORE_BLOCKS).get(name, MOST_BLOCKS):
            found.append(f"{name}: {cost.blocks} blocks")
        if cost.statements > MORE_STATEMENTS.get(name, MOST_STATEMENTS):
            found.append(f"{name}: {cost.statements} statements")
    return found


async def test_reading_costs_as_much_with_a_million_posts_as_with_ten_thousand(sizes: Sizes) -> None:
    small = await _read(sizes.small, sizes.log)
    large = await _read(sizes.large, sizes.log)

    assert all(cost.statements for name, cost in large.items() if name.startswith(("home", "group", "search")))
    faults = _faults(small, large)
    assert not faults, "\n".join(faults)


async def test_what_is_written_costs_as_much_too(sizes: Sizes) -> None:
    small = await _do(sizes.small, sizes.log)
    large = await _do(sizes.large, sizes.log)

    faults = _faults(small, large)
    assert not faults, "\n".join(faults)
