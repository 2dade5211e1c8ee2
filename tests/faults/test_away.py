"""Servers that are away for days, and clocks that are wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fedcomm.durations import Durations
from tests.clocks import Clock
from tests.faults.checking import all_whole, waiting
from tests.faults.stage import databases, places
from tests.fediverse.chance import Chance
from tests.fediverse.chapters import founded
from tests.running import MakeDatabase, settle

DAYS = 10
AT_ONCE = replace(Durations(), backfill_pause=timedelta(0))
"""Times as in life, but for the pause between two documents, which no clock of a test shortens."""


async def test_r016_a_server_that_was_away_for_ten_days_has_everything_when_it_is_back(
    database_url: MakeDatabase,
) -> None:
    """R016: what was written, changed and deleted meanwhile; by the schedule of real life, on a clock that is moved."""
    clock = Clock()
    async with places(database_url, 3, now=dict.fromkeys(range(3), clock), durations=AT_ONCE) as found:
        network = await founded(*(place.at for place in found))
        chance, line = Chance(network, 16), found[2].line
        people = (network.ada, network.ben, network.dora)
        await chance.start(network.ada)
        await network.settle()

        await line.away()
        for _ in range(DAYS * 4):
            await chance.step(*people)
            clock.pass_by(hours=6)
            await settle(network.association, network.north)
        missed = await waiting(network.association.site.pool)
        await line.back()
        rounds = 0
        while rounds < 8 and any([await waiting(at.site.pool) for at in network.all]):
            clock.pass_by(hours=2)
            await network.settle()
            rounds += 1

        assert len(missed["deliveries"]) > 10
        posts = await all_whole(databases(*network.all), within=1, posts=set(chance.posts) - chance.deleted)
        assert len(posts) > 10


@pytest.mark.parametrize("minutes", [10, -10])
async def test_r035_a_clock_that_is_ten_minutes_wrong_loses_and_moves_nothing(
    database_url: MakeDatabase, minutes: int
) -> None:
    """R035: the association is right, one chapter is ahead or behind; everybody writes. Its signatures are believed,
    what it says of its times changes neither what answers what nor which words are the newest."""
    wrong = Clock(timedelta(minutes=minutes))
    async with places(database_url, 3, now={1: wrong}) as found:
        network = await founded(*(place.at for place in found))
        chance = Chance(network, 35)
        await chance.start(network.ada)
        for _ in range(40):
            await chance.step()
            await chance.some_arrives()
        await network.settle()

        posts = await all_whole(databases(*network.all), within=1, posts=set(chance.posts) - chance.deleted)
        assert len(posts) > 10
        for person in network.people:
            home = await person.home()
            assert len(home) == len(set(home))
            assert set(chance.roots) <= set(home)
