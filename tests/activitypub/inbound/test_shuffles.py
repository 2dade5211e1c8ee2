"""A valid history in any order, any of it repeated, leaves the same state as in its order and once (P5, R019-R022)."""

import asyncio
import itertools
import random
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from fedcomm import recurring
from fedcomm.accounts.model import Account
from tests.activitypub.inbound.world import followed, join, world
from tests.kit import FakeActor, FakePeer
from tests.kit.chances import try_many
from tests.kit.peers import PUBLIC
from tests.running import Instance, MakeDatabase

pytestmark = pytest.mark.fuzz


class History(NamedTuple):
    """What was said, by whom, in order; and what every address stands for."""

    said: list[tuple[FakeActor, dict[str, Any]]]
    labels: dict[str, str]

    def label(self, about: Any) -> str | None:
        """What an activity is about."""
        return self.labels.get(about if isinstance(about, str) else about["id"])


class Draw(NamedTuple):
    """Which parts of the history happen, in which order it arrives, and what of it how often."""

    parts: frozenset[str]
    seed: int
    copies: int


PARTS = ("edit", "edit twice", "like", "unlike", "boost", "unboost", "delete")
DRAWS = st.builds(Draw, st.frozensets(st.sampled_from(PARTS)), st.integers(0, 10**6), st.integers(0, 12))


class Stage:
    """A group of ours, in which two people elsewhere discuss."""

    def __init__(self, alpha: Instance, beta: FakePeer, group: Account, rui: FakeActor, mia: FakeActor) -> None:
        self.alpha = alpha
        self.beta = beta
        self.group = group
        self.rui = rui
        self.mia = mia
        self._numbers = itertools.count()

    def history(self, parts: frozenset[str]) -> History:
        """A thread of four posts, and what of the rest was drawn; served by its origin as it is in the end."""
        rui, mia, number = self.rui, self.mia, next(self._numbers)
        root = self._note(rui, f"Which oven? {number}", 0)
        reply = self._note(mia, f"The red one. {number}", 1, inReplyTo=root["id"])
        leaf = self._note(rui, f"It burns. {number}", 2, inReplyTo=reply["id"])
        other = self._note(mia, f"The blue one. {number}", 3, inReplyTo=root["id"])
        labels = {
            note["id"]: name for note, name in ((root, "root"), (reply, "reply"), (leaf, "leaf"), (other, "other"))
        }
        said = [(rui, rui.does("Create", root)), (mia, mia.does("Create", reply))]
        said += [(rui, rui.does("Create", leaf)), (mia, mia.does("Create", other))]
        for minute, part in enumerate(("edit", "edit twice"), start=10):
            if part in parts:
                other = {**other, "content": f"<p>{part} {number}</p>", "updated": f"2026-11-01T10:{minute}:00Z"}
                self.beta.publish(other)
                said.append((mia, mia.does("Update", other)))
        like, boost = mia.does("Like", root["id"]), rui.does("Announce", other["id"], to=[PUBLIC])
        for done, undone, act, by in (("like", "unlike", like, mia), ("boost", "unboost", boost, rui)):
            if done in parts:
                said.append((by, act))
                if undone in parts:
                    said.append((by, by.does("Undo", act)))
        if "delete" in parts:  # of what nobody answered: an answer whose parent never came stands alone
            self.beta.withdraw(leaf["id"])
            said.append((rui, rui.does("Delete", leaf["id"], to=[PUBLIC])))
        return History(said, labels)

    def _note(self, by: FakeActor, text: str, minute: int, **more: Any) -> dict[str, Any]:
        """All name the group, as answers do: what names nobody here and answers what is not here yet is not taken."""
        mention = {"type": "Mention", "href": self.group.uri, "name": f"@{self.group.handle}@{self.alpha.domain}"}
        published = f"2026-11-01T10:0{minute}:00Z"
        return by.writes(text, published=published, tag=[mention], cc=[self.group.uri], **more)

    async def tell(self, said: list[tuple[FakeActor, dict[str, Any]]]) -> None:
        """All of it arrives, and is interpreted now and then."""
        for number, (by, activity) in enumerate(said):
            sent = await by.send(self.alpha.here.shared_inbox_url, activity)
            assert sent.status == 202, sent
            if number % 4 == 3:
                await self.alpha.settle()
        await self.alpha.settle()
        await recurring.hear_early(self.alpha.site)
        await self.alpha.settle()

    async def state(self, labels: dict[str, str]) -> list[tuple[object, ...]]:
        """What is visible of it: text, place, counts."""
        async with self.alpha.site.read() as db:
            rows = await db.fetch(
                """
                SELECT post.uri, root.uri AS root, post.group_id, post.favourites_count, post.boosts_count,
                       regexp_replace(post.content_html, '[0-9]+', '') AS text,
                       CASE WHEN parent.state = 'visible' THEN parent.uri END AS parent
                  FROM post
                  JOIN post root ON root.id = post.thread_id
             LEFT JOIN post parent ON parent.id = post.parent_id
                 WHERE post.uri = ANY($1) AND post.state = 'visible'
                """,
                list(labels),
            )
        root = next(uri for uri, label in labels.items() if label == "root")
        return sorted(
            (labels[row["uri"]], labels[row["root"]], labels[row["parent"] or root], *list(row)[2:6]) for row in rows
        )


def test_r019_r020_r021_r022_any_order_and_repetition_of_a_history_gives_the_same_state(
    database_url: MakeDatabase,
) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stage = runner.run(set_up(stack, database_url))

        async def compare(drawn: Draw) -> None:
            in_order, shuffled = stage.history(drawn.parts), stage.history(drawn.parts)
            await stage.tell(in_order.said)
            dice = random.Random(drawn.seed)
            said = shuffled.said + dice.choices(shuffled.said, k=drawn.copies)
            dice.shuffle(said)
            await stage.tell(said)
            order = [(activity["type"], shuffled.label(activity["object"])) for _, activity in said]
            assert await stage.state(shuffled.labels) == await stage.state(in_order.labels), order

        try:
            try_many(DRAWS, lambda drawn: runner.run(compare(drawn)), usual=25)
        finally:
            runner.run(stack.aclose())


async def set_up(stack: AsyncExitStack, database_url: MakeDatabase) -> Stage:
    alpha, beta = await stack.enter_async_context(world(database_url))
    ada = await alpha.person()
    group = await alpha.group(ada)
    rui, mia = beta.add("rui"), beta.add("mia")
    for who in (rui, mia):
        await join(alpha, who, group)
        await followed(alpha, ada, who)  # what strangers boost is not fetched
    return Stage(alpha, beta, group, rui, mia)
