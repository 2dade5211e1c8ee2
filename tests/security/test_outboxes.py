"""What outboxes and other collections count: rows S089 and S099. What is hidden is not in the numbers either."""

import json
from typing import Any

import pytest

from fedcomm.network import peers
from fedcomm.threads import posting
from tests.factories import make_draft, make_remote
from tests.kit import FakePeer, answers, plain_http
from tests.running import MakeDatabase, instance
from tests.security.cast import Cast
from tests.security.front_door import front_door

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def collection(url: str) -> dict[str, Any]:
    """A collection as anybody gets it."""
    async with plain_http.client() as http:
        answer = await http.get(url, headers={"Accept": answers.ACTIVITY_JSON})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


async def entries(outbox: dict[str, Any]) -> list[dict[str, Any]]:
    """What an outbox shows on its first page."""
    return (await collection(outbox["first"]))["orderedItems"]


def post_in(item: dict[str, Any] | str) -> str:
    """The id of the post that an entry is about: it made it, or announced it, or announced what made it."""
    return item if isinstance(item, str) else post_in(item.get("object", item["id"]))


async def test_s089_an_outbox_counts_what_it_shows(cast: Cast) -> None:
    open_to_all = [each for each in cast.exhibits if each.row in ("public", "unlisted")]

    author = await collection(cast.author.uri + "/outbox")
    group = await collection(cast.group.uri + "/outbox")

    shown, announced = await entries(author), await entries(group)
    assert {post_in(item) for item in shown} == {each.post.uri for each in open_to_all}
    assert author["totalItems"] == len(shown) == len(open_to_all)
    assert group["totalItems"] == len(announced)
    assert {post_in(item) for item in announced} == {
        cast.root.uri,
        *(each.post.uri for each in open_to_all if each.place == "thread"),
    }


async def test_s089_a_conversation_counts_what_it_shows(cast: Cast) -> None:
    shown = await collection(f"{cast.at.url}/t/{cast.root.id}")

    replies = {each.post.uri for each in cast.exhibits if each.place == "reply" and each.row in OPEN}
    assert set(shown["orderedItems"]) == {cast.root.uri, *replies}
    assert shown["totalItems"] == len(shown["orderedItems"])


OPEN = ("public", "unlisted", "deleted")
"""A deleted post keeps its place in a conversation; its id answers 410."""


async def test_s099_a_group_passes_on_nothing_of_a_suspended_author(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, front_door(at) as door, FakePeer() as other:
        frida = await at.person("frida")
        group = await at.group(frida)
        zoe = other.add("zoe")
        for actor in (door.rui, zoe):
            assert (await actor.send(door.inbox, actor.does("Follow", group.uri))).status == 202
        await at.settle()
        uris: dict[str, str] = {}
        async with at.db() as db:
            for actor in (door.rui, zoe):
                author = await at.find(actor.id)
                draft = make_draft(
                    f"By {actor.name}.", title=f"By {actor.name}", group=group, remote=make_remote(author)
                )
                uris[actor.name] = (await posting.publish(db, at.here, author, draft, now=at.site.now())).uri
        assert await announced_by(group.uri) == set(uris.values())

        async with at.db() as db:
            await peers.suspend(db, None, door.peer.server.authority, "spam", now=at.site.now())
        assert await announced_by(group.uri) == {uris["zoe"]}
        async with at.db() as db:
            await db.execute("UPDATE account SET state = 'suspended' WHERE uri = $1", zoe.id)
        assert await announced_by(group.uri) == set()


async def announced_by(group_uri: str) -> set[str]:
    """The ids in a group's outbox, which must be as many as it says."""
    outbox = await collection(group_uri + "/outbox")
    shown = await entries(outbox)
    assert outbox["totalItems"] == len(shown)
    return {post_in(item) for item in shown}
