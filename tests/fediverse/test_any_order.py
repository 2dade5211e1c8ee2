"""Whatever several people do at the same time at three instances: in the end all have the same, and nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fedcomm.durations import Durations
from tests.fediverse.chance import Chance
from tests.fediverse.chapters import three
from tests.fediverse.members import Said, thread_at
from tests.running import Instance, MakeDatabase

STEPS = 40


async def visible_at(at: Instance, root: str) -> dict[str, Said]:
    """The posts of a thread that are not deleted, each below what it answers.

    What answers a deleted post stands below the root where that post never was.
    """
    thread = await thread_at(at, root)
    visible = {uri: said for uri, said in thread.items() if said.state == "visible"}
    return {
        uri: replace(said, parent=said.parent if said.parent in visible else root) if uri != root else said
        for uri, said in visible.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 7, 27, 54])
async def test_all_three_end_with_the_same_posts_and_nothing_is_in_a_home_twice(
    database_url: MakeDatabase, seed: int
) -> None:
    # Nobody waits before asking again: here the clock stands still once all is said.
    async with three(database_url, durations=Durations(backfill_pause=timedelta(0))) as network:
        chance = Chance(network, seed)
        await chance.start(network.ada)
        for _ in range(STEPS):
            await chance.step()
            await chance.some_arrives()
        await network.settle()

        assert len(chance.posts) > 10
        everything: list[str] = []
        for root in chance.roots:
            expected = await visible_at(network.association, root)
            assert await visible_at(network.north, root) == expected
            assert await visible_at(network.south, root) == expected
            everything += expected
        assert sorted(everything) == sorted(set(everything))
        assert set(everything) == set(chance.posts) - chance.deleted
        for person in network.people:
            home = await person.home()
            assert len(home) == len(set(home))
            assert set(chance.roots) <= set(home)
