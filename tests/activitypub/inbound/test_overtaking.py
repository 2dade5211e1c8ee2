"""What overtakes what it answers is passed on once it has its place: nothing accepted is lost (D17, D51)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.activitypub import backfilling
from tests.activitypub.inbound.world import QUICK, followed, join, tell, the_post, to_group, world, wrote
from tests.kit import FakePeer, answers
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase

EAGER = replace(QUICK, negative_cache=timedelta(0), backfill_pause=timedelta(0))


@dataclass(frozen=True, slots=True)
class Scene:
    """Alpha has the group; Rui and Zoe write in it from their servers, and somebody at a third one reads it."""

    at: Instance
    group: Account
    rui: FakeActor
    zoe: FakeActor
    reader: FakePeer
    root: dict[str, Any]

    def hide(self, written: dict[str, Any]) -> None:
        """What Zoe wrote cannot be fetched for now."""
        self.zoe.peer.server.on(_path(written), answers.status(503))

    def show(self, written: dict[str, Any]) -> None:
        """It can again."""
        self.zoe.peer.server.on(_path(written), answers.document(written))

    def passed_on(self) -> list[tuple[str, str]]:
        """What the group said to its reader since: type of activity and id of the post."""
        found: list[tuple[str, str]] = []
        for seen in self.reader.arrived():
            inner: dict[str, Any] | str = seen.json()["object"]
            if not isinstance(inner, str):
                found.append((inner["type"], inner["object"]["id"]))
        return sorted(found)

    def answer(self, by: FakeActor, text: str, to: dict[str, Any], **more: Any) -> dict[str, Any]:
        """An answer in the group's thread, which its author has written and not sent yet."""
        return by.writes(text, inReplyTo=to["id"], **to_group(self.group), **more)


def _path(written: dict[str, Any]) -> str:
    return "/" + written["id"].split("/", 3)[3]


@asynccontextmanager
async def scene(make_database: MakeDatabase) -> AsyncGenerator[Scene]:
    """A thread by Rui that everybody has."""
    async with (
        world(make_database, durations=EAGER) as (alpha, beta),
        FakePeer() as gamma,
        FakePeer(software="lemmy") as delta,
    ):
        group = await alpha.group(await alpha.person())
        rui, zoe, lea = beta.add("rui"), gamma.add("zoe"), delta.add("lea")
        for each in (rui, zoe, lea):
            await join(alpha, each, group)
        root = rui.writes("Which oven?", **to_group(group))
        await tell(alpha, rui, rui.does("Create", root))
        await delta.got(1, type="Announce")
        delta.server.seen.clear()
        yield Scene(alpha, group, rui, zoe, delta, root)


async def test_an_answer_that_came_before_what_it_answers_is_passed_on_when_that_comes(
    database_url: MakeDatabase,
) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        second = here.answer(here.rui, "Why?", first)
        here.hide(first)

        await tell(here.at, here.rui, here.rui.does("Create", second))
        assert here.passed_on() == []
        await tell(here.at, here.zoe, here.zoe.does("Create", first))

        assert here.passed_on() == sorted([("Create", first["id"]), ("Create", second["id"])])


async def test_an_answer_that_had_to_wait_is_passed_on_when_what_it_answers_is_fetched(
    database_url: MakeDatabase,
) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        second = here.answer(here.rui, "Why?", first)
        here.hide(first)
        await tell(here.at, here.rui, here.rui.does("Create", second))

        here.show(first)
        await backfilling.look_for_parents(here.at.site)
        await here.at.settle()
        assert here.passed_on() == [("Create", second["id"])]
        await tell(here.at, here.zoe, here.zoe.does("Create", first))

        assert here.passed_on() == sorted([("Create", first["id"]), ("Create", second["id"])])


async def test_what_was_fetched_for_an_answer_is_passed_on_when_it_comes_by_itself(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        second = here.answer(here.rui, "Why?", first)

        await tell(here.at, here.rui, here.rui.does("Create", second))
        assert here.passed_on() == [("Create", second["id"])]
        for _ in range(2):
            await tell(here.at, here.zoe, here.zoe.does("Create", first))

        assert here.passed_on() == sorted([("Create", first["id"]), ("Create", second["id"])])


async def test_what_came_first_by_somebody_elses_word_is_passed_on_when_it_comes_by_itself(
    database_url: MakeDatabase,
) -> None:
    async with scene(database_url) as here:
        answer = here.answer(here.zoe, "The red one.", here.root)
        said = here.zoe.does("Create", answer)

        await tell(here.at, here.rui, said)  # Rui's server proves nothing of Zoe's: hers is asked
        assert here.passed_on() == []
        for _ in range(2):
            await tell(here.at, here.zoe, said)

        assert here.passed_on() == [("Create", answer["id"])]


async def test_all_that_was_said_below_what_had_to_wait_is_passed_on_with_it(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        below = [here.answer(here.rui, "Why?", first)]
        for number in range(3):
            below.append(here.answer(here.rui, f"Really, {number}?", below[-1]))
        here.hide(first)
        for each in below:
            await tell(here.at, here.rui, here.rui.does("Create", each))
        mine = await wrote(
            here.at, await here.at.person("ben"), "It was cheap.", parent=await the_post(here.at, below[2]["id"])
        )

        await tell(here.at, here.zoe, here.zoe.does("Create", first))

        expected = [first["id"], *(each["id"] for each in below), mine.uri]
        assert here.passed_on() == sorted(("Create", uri) for uri in expected)
        assert (await the_post(here.at, mine.uri)).group_id == here.group.id


async def test_an_answer_that_was_changed_while_it_waited_is_passed_on_as_it_is_now(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        second = here.answer(here.rui, "Why?", first)
        here.hide(first)
        await tell(here.at, here.rui, here.rui.does("Create", second))
        later = (here.at.site.now() + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {**second, "content": "<p>Why red?</p>", "updated": later}
        await tell(here.at, here.rui, here.rui.does("Update", changed))

        await tell(here.at, here.zoe, here.zoe.does("Create", first))

        assert here.passed_on() == sorted([("Create", first["id"]), ("Create", second["id"]), ("Update", second["id"])])


async def test_a_change_that_was_fetched_before_it_came_is_passed_on_when_it_comes(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        first = here.answer(here.zoe, "The red one.", here.root)
        later = (here.at.site.now() + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {**first, "content": "<p>The blue one.</p>", "updated": later}
        here.zoe.peer.publish(changed)
        second = here.answer(here.rui, "Why?", first)
        await tell(here.at, here.rui, here.rui.does("Create", second))

        await tell(here.at, here.zoe, here.zoe.does("Create", first))
        update = here.zoe.does("Update", changed)
        for _ in range(2):
            await tell(here.at, here.zoe, update)

        assert here.passed_on() == sorted([("Create", first["id"]), ("Update", first["id"]), ("Create", second["id"])])


async def test_what_one_of_ours_answers_before_its_group_is_known_reaches_the_home_of_the_group(
    database_url: MakeDatabase,
) -> None:
    """The group lives at beta. Ben answers what stands alone at his server; then its place is found."""
    async with world(database_url, durations=EAGER) as (alpha, beta), FakePeer() as gamma:
        ben, bakers, zoe = await alpha.person("ben"), beta.add("bakers", "Group"), gamma.add("zoe")
        await followed(alpha, ben, bakers)
        await followed(alpha, ben, zoe)
        addressed: dict[str, Any] = {"cc": [bakers.id], "audience": bakers.id}
        root = zoe.writes("Which oven?", **addressed)
        gamma.server.on(_path(root), answers.status(503))
        answer = zoe.writes("The red one.", inReplyTo=root["id"], **addressed)
        await tell(alpha, zoe, zoe.does("Create", answer))
        mine = await wrote(alpha, ben, "Why?", parent=await the_post(alpha, answer["id"]))
        beta.server.seen.clear()

        await tell(alpha, zoe, zoe.does("Create", root))

        (sent,) = await beta.got(1, type="Create")
        assert sent["object"]["id"] == mine.uri
        assert sent["object"]["audience"] == bakers.id
        assert bakers.id in (*sent["to"], *sent["cc"])
