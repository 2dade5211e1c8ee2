"""Whatever several people do at the same time at three instances: in the end all have the same, and nothing twice."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fedcomm.durations import Durations
from fedcomm.errors import Refusal
from tests.fediverse.chapters import Network, three
from tests.fediverse.members import Member, Said, thread_at
from tests.running import Instance, MakeDatabase

STEPS = 40


class Chance:
    """Does one thing after another at random, letting some of it arrive in between."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.dice = random.Random(seed)
        self.by_author: dict[str, Member] = {}
        self.roots: list[str] = []
        self.posts: list[str] = []
        self.deleted: set[str] = set()

    async def step(self) -> None:
        """Somebody does something; what they may not do, or do not know of, they leave."""
        deeds: list[Callable[[Member], Awaitable[None]]] = [
            self._answer, self._answer, self._answer, self._answer, self._edit, self._delete, self._favourite,
            self.start,
        ]  # fmt: skip
        try:
            await self.dice.choice(deeds)(self.dice.choice(self.network.people))
        except Refusal:
            return

    async def some_arrives(self) -> None:
        """One instance does one kind of its work, the others wait."""
        worker = self.dice.choice(self.network.all).worker
        await self.dice.choice([worker.facts.settle, worker.inbox.settle, worker.deliveries.settle])()

    async def start(self, _: Member) -> None:
        network = self.network
        text = f"Question {len(self.posts)}."
        if self.dice.random() < 0.5:
            root = await network.ada.write(text, network.sales, network.northern, network.southern, title="Which?")
            self._add(root, network.ada)
        else:
            root = await network.dora.write(text, network.northern, network.sales, network.southern, title="Who?")
            self._add(root, network.dora)
        self.roots.append(root)

    async def _answer(self, who: Member) -> None:
        known = [uri for uri in self.posts if await who.can_read(uri)]
        if known:
            self._add(await who.answer(self.dice.choice(known[-4:]), f"Answer {len(self.posts)}."), who)

    async def _edit(self, who: Member) -> None:
        if own := self._own(who):
            await who.edit(self.dice.choice(own), f"Better: {self.dice.random()}.")

    async def _delete(self, who: Member) -> None:
        if own := [uri for uri in self._own(who) if uri not in self.roots]:
            uri = self.dice.choice(own)
            await who.delete(uri)
            self.deleted.add(uri)

    async def _favourite(self, who: Member) -> None:
        known = [uri for uri in self.posts if await who.can_read(uri)]
        if known:
            await who.favourite(self.dice.choice(known))

    def _own(self, who: Member) -> list[str]:
        return [uri for uri in self.posts if self.by_author[uri] is who]

    def _add(self, uri: str, who: Member) -> None:
        self.posts.append(uri)
        self.by_author[uri] = who


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
