"""What is said travels by wake-ups alone and by polling alone: neither is needed for anything to arrive (D5; R008)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from fedcomm.durations import Durations
from tests.fediverse.chapters import Network, three
from tests.fediverse.members import Said, thread_at
from tests.running import MakeDatabase, until

BY_WAKE_UPS = replace(Durations(), polling=timedelta(hours=1))
BY_POLLING = replace(Durations(), polling=timedelta(milliseconds=100))


@asynccontextmanager
async def at_work(network: Network) -> AsyncGenerator[None]:
    """The workers of all three instances run."""
    async with AsyncExitStack() as stack:
        for each in network.all:
            await stack.enter_async_context(each.working())
        yield


async def everywhere_the_same(network: Network, root: str, expected: int) -> dict[str, Said]:
    """Wait until all three have the thread, with so many posts; returns it. Raises AssertionError."""

    async def asked() -> list[dict[str, Said]]:
        return [await thread_at(at, root) for at in network.all]

    found = await until(asked, lambda all: len(all[0]) == expected and all[0] == all[1] == all[2], within=20)
    return found[0]


@pytest.mark.parametrize("way", ["wake-ups", "polling"])
async def test_a_discussion_travels_by_wake_ups_alone_and_by_polling_alone(
    database_url: MakeDatabase, way: str
) -> None:
    """R008. With polling at one hour, and with every wake-up suppressed."""
    async with three(database_url, durations=BY_WAKE_UPS if way == "wake-ups" else BY_POLLING) as network:
        for each in network.all:
            each.site.wakeups.is_muted = way == "polling"
        async with at_work(network):
            root = await network.ada.write(
                "Ours broke.", network.sales, network.northern, network.southern, title="Oven"
            )
            await everywhere_the_same(network, root, 1)
            north = await network.ben.answer(root, "The red one.")
            await everywhere_the_same(network, root, 2)
            south = await network.cleo.answer(north, "Red ones burn the bread.")
            await everywhere_the_same(network, root, 3)
            await asyncio.gather(network.ben.edit(north, "The red one, since 2024."), network.cleo.delete(south))

            async def asked() -> list[str]:
                posts = [(await thread_at(at, root)) for at in network.all]
                return [f"{thread[north].html} {thread[south].state}" for thread in posts]

            await until(asked, lambda all: all == ["<p>The red one, since 2024.</p> deleted"] * 3, within=20)
        for person in (network.ada, network.cleo, network.dora):
            home = await person.home()
            assert len(home) == len(set(home))
            assert root in home
