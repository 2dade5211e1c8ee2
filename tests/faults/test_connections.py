"""Connections between three instances that are cut, corrupted, stalled and slow, while everybody writes."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.checking import all_whole
from tests.faults.stage import databases, places
from tests.fediverse.chance import Chance
from tests.fediverse.chapters import founded
from tests.kit.proxy import ALL, Trouble
from tests.running import MakeDatabase

MOST_STEPS = 400


# The library that fetches leaves a socket to the garbage collector when it is cancelled while it connects.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", [1, 3])
async def test_whatever_happens_to_connections_all_have_the_same_in_the_end(
    database_url: MakeDatabase, tmp_path: Path, seed: int
) -> None:
    """Over TLS, as in life: there, corrupted bytes are noticed by the connection and never reach a server."""
    async with places(database_url, 3, seed=seed, tls_in=tmp_path) as found, AsyncExitStack() as stack:
        lines = [place.line for place in found]
        network = await founded(*(place.at for place in found))
        chance = Chance(network, seed)
        for line in lines:
            line.trouble = Trouble(share=0.5)
            await line.cut()
        for at in network.all:
            await stack.enter_async_context(at.working())

        await chance.start(network.ada)
        for _ in range(MOST_STEPS):
            await chance.step()
            if all(sum(line.happened[kind] for line in lines) >= 3 for kind in ALL):
                break
        happened = {kind: sum(line.happened[kind] for line in lines) for kind in ALL}
        for line in lines:
            await line.heal()

        assert min(happened.values()) >= 3, happened
        await all_whole(databases(*network.all), posts=set(chance.posts) - chance.deleted)
