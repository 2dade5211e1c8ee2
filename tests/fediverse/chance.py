"""What several people do, one thing after another, as a seed decides."""

import random
from collections.abc import Awaitable, Callable

from fedcomm.errors import Refusal
from tests.fediverse.chapters import Network
from tests.fediverse.members import Member


class Chance:
    """Does one thing after another at random, letting some of it arrive in between."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.dice = random.Random(seed)
        self.by_author: dict[str, Member] = {}
        self.roots: list[str] = []
        self.posts: list[str] = []
        self.deleted: set[str] = set()

    async def step(self, *people: Member) -> None:
        """Somebody (of these) does something; what they may not do, or do not know of, they leave."""
        deeds: list[Callable[[Member], Awaitable[None]]] = [
            self._answer, self._answer, self._answer, self._answer, self._edit, self._delete, self._favourite,
            self.start,
        ]  # fmt: skip
        try:
            await self.dice.choice(deeds)(self.dice.choice(people or self.network.people))
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
