"""Conversations whose owner puts in what others say (FEP-171b), as Streams and Hubzilla do."""

from typing import Any

from tests.activitypub.inbound.world import drops, followed, post_at, tell, the_post, with_proofs, world, wrote
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import MakeDatabase


def _history(owner: FakeActor, number: int = 1) -> dict[str, Any]:
    return {"type": "OrderedCollection", "id": f"{owner.id}/conversations/{number}", "attributedTo": owner.id}


async def test_what_the_owner_of_a_conversation_puts_in_is_heard(database_url: MakeDatabase) -> None:
    """A reply of a third server and one of its own, a favourite; the words of others are those of their own server."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, mia, zoe = beta.add("rui"), beta.add("mia"), gamma.add("zoe")
        await followed(alpha, ada, rui)
        root = rui.writes("Which oven?", context=f"{rui.id}/conversations/1")
        await tell(alpha, rui, rui.does("Create", root))
        near = mia.writes("Red.", inReplyTo=root["id"], context=root["context"])
        far = zoe.writes("Blue.", inReplyTo=root["id"], context=root["context"])

        for said in (mia.does("Create", near), zoe.does("Create", {**far, "content": "<p>Not hers.</p>"})):
            await tell(alpha, rui, rui.does("Add", said, target=_history(rui), to=[PUBLIC]))
        await tell(alpha, rui, rui.does("Add", mia.does("Like", root["id"]), target=_history(rui), to=[PUBLIC]))

        thread = await the_post(alpha, root["id"])
        for note, text in ((near, "<p>Red.</p>"), (far, "<p>Blue.</p>")):
            post = await the_post(alpha, note["id"])
            assert (post.thread_id, post.content_html) == (thread.id, text)
        assert (thread.favourites_count, thread.replies_count) == (1, 2)


async def test_nobody_else_puts_anything_into_a_conversation(database_url: MakeDatabase) -> None:
    """S043: not who only takes part, not in the name of ours, nothing about what is not here, no act of moderators."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, eve, zoe = beta.add("rui"), gamma.add("eve"), with_proofs(gamma, "zoe")
        await followed(alpha, ada, rui)
        root = rui.writes("Which oven?", context=f"{rui.id}/conversations/1")
        await tell(alpha, rui, rui.does("Create", root))
        mine = await wrote(alpha, ada, "Mine.")
        note = zoe.writes("Blue.", inReplyTo=root["id"], context=root["context"])
        forged = {**zoe.does("Like", root["id"]), "actor": ada.uri}

        stray = zoe.writes("Something else.")

        for by, said, number in (
            (eve, zoe.does("Create", note), 1),
            (eve, zoe.does("Like", mine.uri), 1),
            (rui, forged, 1),
            (rui, zoe.does("Create", stray), 2),
            (rui, zoe.does("Lock", root["id"]), 1),
        ):
            await tell(alpha, by, by.does("Add", said, target=_history(by, number), to=[PUBLIC]))

        assert [await post_at(alpha, each["id"]) for each in (note, stray)] == [None, None]
        assert (await the_post(alpha, root["id"])).favourites_count == 0
        assert len(await drops(alpha)) == 5
