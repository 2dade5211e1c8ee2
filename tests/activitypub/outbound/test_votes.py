"""Votes in our groups, as other forums learn of them: one Announce for what came of half a minute (T31, D80)."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.threads import reactions
from fedcomm.threads.model import Post
from federation.signatures.object_proofs import read_proofs
from tests.activitypub.inbound.world import count, join, proven, tell, the_post, with_proofs, world, wrote
from tests.clocks import Clock
from tests.kit import FakePeer
from tests.running import Instance, MakeDatabase


async def _favours(at: Instance, by: Account, post: Post, *, takes_back: bool = False) -> None:
    async with at.db() as db:
        verb = reactions.unfavourite if takes_back else reactions.favourite
        await verb(db, at.here, by, post.id, now=at.site.now())
    await at.settle()


async def _told(at: Instance, clock: Clock, peer: FakePeer) -> list[dict[str, Any]]:
    """The votes that a server was told of since it was asked last, once they are due."""
    clock.pass_by(seconds=31)
    await at.settle()
    came = [seen.json() for seen in peer.arrived()]
    peer.server.seen.clear()
    inner = [each["object"] for each in came if each["type"] == "Announce" and isinstance(each["object"], dict)]
    return [each for each in inner if each["type"] in ("Like", "Dislike", "Undo")]


async def test_favourites_of_ours_are_told_once_and_taken_back(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta), FakePeer(software="lemmy") as lemmy:
        ada, ben = await alpha.person("ada"), await alpha.person("ben")
        group = await alpha.group(ada)
        await join(alpha, beta.add("rui"), group)
        await join(alpha, lemmy.add("dana"), group)
        post = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        await _told(alpha, clock, lemmy)

        await _favours(alpha, ben, post)
        await _favours(alpha, ben, post, takes_back=True)
        await _favours(alpha, ben, post)
        (like,) = await _told(alpha, clock, lemmy)
        assert (like["type"], like["actor"], like["object"], like["audience"]) == (
            "Like",
            ben.uri,
            post.uri,
            group.uri,
        )
        assert [claim.verification_method for claim in read_proofs(like, clock(), author=ben.uri)]

        await _favours(alpha, ben, post, takes_back=True)
        await _favours(alpha, ben, post)
        assert await _told(alpha, clock, lemmy) == []

        await _favours(alpha, ben, post, takes_back=True)
        (undo,) = await _told(alpha, clock, lemmy)
        assert (undo["type"], undo["object"]["type"], undo["object"]["object"]) == ("Undo", "Like", post.uri)
        assert undo["object"]["id"] == like["id"]
        assert not [seen for seen in beta.arrived() if seen.json()["type"] == "Like"]
        assert await count(alpha, "told_vote") == 0


async def test_votes_of_people_elsewhere_are_passed_on_and_dislikes_are_shown_nowhere(
    database_url: MakeDatabase,
) -> None:
    """Bytes that carry a proof stay as they are (federation.md rule 4)."""
    clock = Clock()
    async with (
        world(database_url, now=clock) as (alpha, beta),
        FakePeer(software="lemmy") as lemmy,
    ):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, zoe = beta.add("rui"), with_proofs(beta, "zoe")
        for member in (lemmy.add("dana"), rui, zoe):
            await join(alpha, member, group)
        post = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        await _told(alpha, clock, lemmy)

        liked = proven(alpha, zoe, zoe.does("Like", post.uri))
        disliked = rui.does("Dislike", post.uri)
        await tell(alpha, zoe, liked, clock=clock)
        await tell(alpha, rui, rui.does("Like", post.uri), clock=clock)
        await tell(alpha, rui, disliked, clock=clock)

        by_actor = {each["actor"]: each for each in await _told(alpha, clock, lemmy)}
        assert by_actor[zoe.id] == liked
        assert {key: by_actor[rui.id][key] for key in ("id", "type", "object")} == {
            "id": disliked["id"],
            "type": "Dislike",
            "object": post.uri,
        }
        assert (await the_post(alpha, post.uri)).favourites_count == 1

        await tell(alpha, rui, rui.does("Undo", disliked), clock=clock)
        await tell(alpha, zoe, proven(alpha, zoe, zoe.does("Undo", liked)), clock=clock)
        undone = await _told(alpha, clock, lemmy)
        assert {(each["actor"], each["object"]["type"]) for each in undone} == {(rui.id, "Dislike"), (zoe.id, "Like")}
        assert await count(alpha, "dislike") == 0


async def test_a_like_of_ours_can_be_asked_for_by_its_id(database_url: MakeDatabase) -> None:
    """D47: so whoever hears of it from a group can confirm it."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        note = rui.writes("Mine.", inReplyTo=(await wrote(alpha, ada, "Hello.")).uri)
        await tell(alpha, rui, rui.does("Create", note))

        await _favours(alpha, ada, await the_post(alpha, note["id"]))

        (like,) = await beta.got(1, type="Like")
        found = await rui.get(like["id"])
        assert (found.status, b'"Like"' in found.body) == (200, True)
