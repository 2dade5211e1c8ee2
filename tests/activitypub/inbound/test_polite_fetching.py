"""Other servers are asked politely: once for many who want to know, not again what failed just now, not all at once."""

import asyncio

from fedcomm.accounts.model import Account
from tests.activitypub.inbound.world import count, followed, rows, tell, world
from tests.conftest import MakeDatabase
from tests.kit import Exchange, FakeActor, FakePeer, answers
from tests.running import Instance

MANY = 12


async def _answer_all(at: Instance, to: Account, peer: FakePeer, parent: str) -> None:
    """Many who are new here answer one post, at once."""
    mention = {"type": "Mention", "href": to.uri, "name": f"@{to.handle}"}
    for number in range(MANY):
        rui = peer.add(f"rui{number}")
        note = rui.writes("The red one.", inReplyTo=parent, cc=[to.uri], tag=[mention])
        assert (await rui.send(at.here.shared_inbox_url, rui.does("Create", note))).status == 202
    await at.settle()


def _asked(peer: FakePeer, uri: str) -> int:
    path = uri.removeprefix(peer.server.base)
    return len([seen for seen in peer.server.seen if (seen.method, seen.path) == ("GET", path)])


async def test_a_post_that_many_answer_at_once_is_fetched_once(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, zoe = await alpha.person(), gamma.add("zoe")
        root = zoe.writes("Which oven?")

        async def slow(exchange: Exchange) -> None:
            await asyncio.sleep(0.3)
            await answers.document(root)(exchange)

        gamma.server.on(root["id"].removeprefix(gamma.server.base), slow)

        await _answer_all(alpha, ada, beta, root["id"])

        assert _asked(gamma, root["id"]) == 1
        assert await count(alpha, "post WHERE parent_id IS NOT NULL") == MANY
        assert _asked(gamma, zoe.id) == 1


async def test_what_could_not_be_had_just_now_is_not_asked_for_again(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, zoe = await alpha.person(), gamma.add("zoe")
        roots = [zoe.writes("Which oven?") for _ in range(2)]
        for root, status in zip(roots, (404, 503), strict=True):
            gamma.server.on(root["id"].removeprefix(gamma.server.base), answers.status(status))
            for _ in range(2):
                await _answer_all(alpha, ada, beta, root["id"])

            assert _asked(gamma, root["id"]) == 1
        assert await count(alpha, "post WHERE parent_id IS NULL") == 4 * MANY


async def test_what_waits_for_a_silent_server_is_not_tried_again_at_one_moment(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, rui = await alpha.person(), beta.add("rui")
        await followed(alpha, ada, rui)
        for _ in range(MANY):
            await _boost(alpha, rui, gamma)

        waiting = await rows(alpha, "SELECT due_at - received_at AS wait FROM inbox_item WHERE state = 'waiting'")
        assert len(waiting) == MANY
        waits = sorted(row["wait"].total_seconds() for row in waiting)
        assert waits[-1] - waits[0] > 60


async def _boost(at: Instance, by: FakeActor, of: FakePeer) -> None:
    """Somebody boosts a post whose server does not answer just now."""
    gone = of.new_id("notes")
    of.server.on(gone.removeprefix(of.server.base), answers.status(503))
    await tell(at, by, by.does("Announce", gone, to=["https://www.w3.org/ns/activitystreams#Public"]))
