"""What a home group's moderators decide reaches those who read the thread in a group that carries it (product 7)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from fedcomm.threads import locking, pins, posting, reading
from fedcomm.threads.model import Post
from tests import running
from tests.fediverse.chapters import Network, founded
from tests.fediverse.members import Member, member
from tests.running import Instance, MakeDatabase


@dataclass(frozen=True, slots=True)
class Scene:
    """A thread of the association's group, which another group carries; Olga, in the west, is in that one only."""

    network: Network
    west: Instance
    olga: Member
    root: str
    answer: str

    async def decide(self, how: str, uri: str) -> None:
        """Ada, who looks after the home group, locks, removes ..."""
        at, by = self.network.association, self.network.ada.account
        post_id, now = (await _post(at, uri)).id, at.site.now()
        async with at.db() as db:
            match how:
                case "lock":
                    await locking.lock(db, at.here, by, post_id, reason="answered", now=now)
                case "unlock":
                    await locking.unlock(db, at.here, by, post_id, now=now)
                case "remove":
                    await posting.remove(db, at.here, by, post_id, "advertising", now=now)
                case "restore":
                    await posting.restore(db, at.here, by, post_id, now=now)
                case _:
                    await pins.pin_in_group(db, at.here, by, post_id, now=now)
        await running.settle(*self.network.all, self.west)

    async def in_the_west(self) -> tuple[bool, str]:
        """Whether the thread is closed there, and what became of the answer."""
        root = await _post(self.west, self.root)
        async with self.west.site.read() as db:
            is_locked = bool(await locking.of(db, [root.id]))
        return is_locked, (await _post(self.west, self.answer)).state


async def _post(at: Instance, uri: str) -> Post:
    async with at.site.read() as db:
        post = await reading.by_uri(db, uri)
    assert post is not None, f"{uri} is not here"
    return post


@asynccontextmanager
async def _scene(make_database: MakeDatabase, *, is_near: bool) -> AsyncGenerator[Scene]:
    """`is_near`: the carrying group lives where the home group does, else in the north."""
    async with running.instances(make_database, 4) as (association, north, south, west):
        network = await founded(association, north, south)
        olga = await member(west, "olga")
        carrier = await association.group(network.ada.account, "stalls") if is_near else network.northern
        await olga.join(carrier)
        everybody = (*network.all, west)
        await running.settle(*everybody)
        root = await network.ada.write("Ours broke.", network.sales, carrier, title="Oven?")
        await running.settle(*everybody)
        answer = await network.dora.answer(root, "Cheap ovens here!")
        await running.settle(*everybody)
        scene = Scene(network, west, olga, root, answer)
        assert await scene.in_the_west() == (False, "visible")
        yield scene


@pytest.mark.parametrize("is_near", [False, True])
async def test_a_lock_and_a_removal_reach_the_members_of_a_group_that_carries(
    database_url: MakeDatabase, is_near: bool
) -> None:
    async with _scene(database_url, is_near=is_near) as scene:
        await scene.decide("lock", scene.root)
        await scene.decide("remove", scene.answer)
        assert await scene.in_the_west() == (True, "removed")

        await scene.decide("unlock", scene.root)
        await scene.decide("restore", scene.answer)
        assert await scene.in_the_west() == (False, "visible")

        await scene.decide("pin", scene.root)
        home = await scene.west.find(scene.network.sales.uri)
        root = await _post(scene.west, scene.root)
        async with scene.west.site.read() as db:
            assert await db.fetchval("SELECT post_id FROM pin WHERE account_id = $1", home.id) == root.id


async def test_what_a_carrying_group_does_not_want_it_ends_for_its_own_people(database_url: MakeDatabase) -> None:
    async with _scene(database_url, is_near=False) as scene:
        await scene.network.ben.stop_carrying(scene.root, scene.network.northern)
        await running.settle(*scene.network.all, scene.west)
        assert await scene.olga.home() == []

        await scene.decide("lock", scene.root)

        assert await scene.in_the_west() == (False, "visible")
        for at in scene.network.all[:2]:
            async with at.site.read() as db:
                assert await locking.of(db, [(await _post(at, scene.root)).id])
