"""What groups elsewhere make of posts that ours send them, and who may say so."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.threads import posting
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import asked, drops, followed, rows, tell, the_post, world, wrote
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


async def _sent(at: Instance, by: Account, group: FakeActor, text: str = "Which oven?\nOurs broke.") -> Post:
    """One of ours joins a group elsewhere and writes there."""
    await tell(at, group, group.does("Accept", await asked(at, by, group)))
    return await wrote(at, by, text, group=await at.find(group.id))


async def _received(at: Instance, post: Post) -> tuple[str, str]:
    (row,) = await rows(at, "SELECT state, reason FROM reception WHERE post_id = $1", post.id)
    return row["state"], row["reason"]


async def _told(at: Instance, who: Account) -> list[str]:
    return [
        row["type"] for row in await rows(at, "SELECT type FROM notification WHERE account_id = $1 ORDER BY id", who.id)
    ]


def _create(at: Instance, post: Post) -> dict[str, Any]:
    return {"id": at.here.activity_uri(post.id), "type": "Create", "actor": f"{at.url}/u/ada", "object": post.uri}


async def test_a_refusal_by_the_home_group_is_kept_and_told_to_the_author(database_url: MakeDatabase) -> None:
    """By the id of the Create, by the post's own, or with the Create embedded."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        for number in range(3):
            market = beta.add(f"market{number}", "Group")
            post = await _sent(alpha, ada, market)
            assert await _received(alpha, post) == ("sent", "")
            named = (_create(alpha, post)["id"], post.uri, _create(alpha, post))[number]

            await tell(alpha, market, market.does("Reject", named, summary="<p>Only <b>sellers</b> write here.</p>"))

            assert await _received(alpha, post) == ("refused", "Only sellers write here.")
            assert (await the_post(alpha, post.uri)).state == "visible"
        assert await _told(alpha, ada) == ["fedcomm.refused"] * 3


async def test_a_post_that_is_refused_as_a_duplicate_says_where_the_first_one_is(database_url: MakeDatabase) -> None:
    """As FEP-d36d says it: the post itself is `object`, what it duplicates `target`."""
    async with world(database_url) as (alpha, beta):
        ada, market = await alpha.person(), beta.add("market", "Group")
        post = await _sent(alpha, ada, market)
        there = beta.new_id("notes")

        await tell(alpha, market, market.does("Reject", {"id": post.uri, "type": "Article"}, target=there))

        assert await _received(alpha, post) == ("refused", f"This is there already: {there}")


async def test_a_refusal_that_comes_again_tells_nobody_again(database_url: MakeDatabase) -> None:
    """R022."""
    async with world(database_url) as (alpha, beta):
        ada, market = await alpha.person(), beta.add("market", "Group")
        post = await _sent(alpha, ada, market)

        for _ in range(2):
            await tell(alpha, market, market.does("Reject", post.uri, summary="No."))

        assert await _told(alpha, ada) == ["fedcomm.refused"]


async def test_s039_s044_only_the_home_group_may_refuse(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, market = await alpha.person(), beta.add("market", "Group")
        post = await _sent(alpha, ada, market)

        for stranger in (beta.add("other", "Group"), beta.add("rui"), gamma.add("market", "Group")):
            await tell(alpha, stranger, stranger.does("Reject", _create(alpha, post)))
            await tell(alpha, stranger, stranger.does("Reject", post.uri))

        assert await _received(alpha, post) == ("sent", "")
        assert await _told(alpha, ada) == []
        assert set(await drops(alpha)) == {"a Reject of what nobody asked"}


async def test_the_announcement_of_a_post_says_that_it_was_taken_in_any_form(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        by_id, wrapping, saying = (beta.add(name, "Group") for name in ("first", "second", "third"))
        one, two, three = [await _sent(alpha, ada, each) for each in (by_id, wrapping, saying)]

        await tell(alpha, by_id, by_id.does("Announce", one.uri))
        await tell(alpha, wrapping, wrapping.does("Announce", _create(alpha, two)))
        await tell(alpha, saying, saying.does("Accept", _create(alpha, three)))

        for post in (one, two, three):
            assert await _received(alpha, post) == ("taken", "")
        assert await _told(alpha, ada) == []


async def test_a_group_may_change_its_mind_after_a_refusal(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, market = await alpha.person(), beta.add("market", "Group")
        post = await _sent(alpha, ada, market)
        await tell(alpha, market, market.does("Reject", post.uri, summary="Not now."))

        await tell(alpha, market, market.does("Announce", post.uri))

        assert await _received(alpha, post) == ("taken", "")


async def test_a_group_that_takes_its_announcement_back_shows_the_post_no_longer(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, market = await alpha.person(), beta.add("market", "Group")
        post = await _sent(alpha, ada, market)
        announce = market.does("Announce", post.uri)
        await tell(alpha, market, announce)

        await tell(alpha, market, market.does("Undo", announce))

        assert await _received(alpha, post) == ("removed", "")
        assert (await the_post(alpha, post.uri)).state == "visible"
        assert await _told(alpha, ada) == ["fedcomm.removed"]


async def test_a_removal_by_the_groups_moderators_comes_with_its_reason(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, market, mod = await alpha.person(), beta.add("market", "Group"), beta.add("mod")
        post = await _sent(alpha, ada, market)
        delete = mod.does("Delete", post.uri, summary="advertising")

        await tell(alpha, market, market.does("Announce", delete))

        assert await _received(alpha, post) == ("removed", "advertising")
        assert (await the_post(alpha, post.uri)).state == "removed"
        assert await _told(alpha, ada) == ["fedcomm.removed"]

        await tell(alpha, market, market.does("Announce", mod.does("Undo", delete)))

        assert await _received(alpha, post) == ("taken", "")
        assert (await the_post(alpha, post.uri)).state == "visible"


async def test_a_group_that_does_not_carry_says_why(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, market, fair = await alpha.person(), beta.add("market", "Group"), beta.add("fair", "Group")
        await tell(alpha, fair, fair.does("Accept", await asked(alpha, ada, fair)))
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        handle = f"@fair@{beta.server.authority}"
        post = await wrote(alpha, ada, f"Which oven?\nOurs broke. {handle}", group=await alpha.find(market.id))
        (offer,) = await beta.got(1, type="Offer")

        await tell(alpha, fair, fair.does("Reject", offer, summary="We talk about fairs only."))

        (carry,) = await rows(alpha, "SELECT state, reason FROM carry WHERE thread_id = $1", post.id)
        assert tuple(carry) == ("declined", "We talk about fairs only.")
        assert await _told(alpha, ada) == ["fedcomm.refused"]


async def test_a_post_that_was_held_and_is_not_let_in_is_refused_to_its_author(database_url: MakeDatabase) -> None:
    """D45: the group answers as if it had said no at once."""
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        group = await alpha.group(ada, posting_rule="all held")
        await tell(alpha, rui, rui.does("Follow", group.uri))
        note = rui.writes("Buy our ovens.", audience=group.uri, cc=[group.uri])
        create = rui.does("Create", note)
        await tell(alpha, rui, create)
        held = await the_post(alpha, note["id"])
        assert held.state == "held"

        async with alpha.db() as db:
            await posting.remove(db, alpha.here, ada, held.id, "advertising", now=alpha.site.now())
        await alpha.settle()

        (reject,) = await beta.got(1, type="Reject")
        assert (reject["actor"], reject["object"], reject["summary"]) == (group.uri, create["id"], "advertising")


async def test_s039_the_word_of_who_is_answered_stands_in_the_reply_until_they_take_it_back(
    database_url: MakeDatabase,
) -> None:
    """GoToSocial's `replyAuthorization`, where authors look at answers first; nobody else's word counts."""
    async with world(database_url) as (alpha, beta):
        ada, rui, zoe = await alpha.person(), beta.add("rui"), beta.add("zoe")
        for who in (rui, zoe):
            await followed(alpha, ada, who)
        policy = {"canReply": {"automaticApproval": [rui.id], "manualApproval": [PUBLIC]}}
        note = rui.writes("Who comes?", interactionPolicy=policy)
        await tell(alpha, rui, rui.does("Create", note))
        reply = await wrote(alpha, ada, "I do.", parent=await the_post(alpha, note["id"]))
        stamp = beta.server.url("/users/rui/authorizations/1")

        async def said() -> object:
            async with alpha.client() as http:
                answer = await http.get(reply.uri, headers={"Accept": "application/activity+json"})
            return answer.json().get("replyAuthorization")

        await tell(alpha, zoe, zoe.does("Accept", reply.uri, result=beta.server.url("/users/zoe/authorizations/1")))
        await tell(alpha, rui, rui.does("Accept", reply.uri, result="https://elsewhere.example/authorizations/1"))
        assert await said() is None
        await tell(alpha, rui, rui.does("Accept", reply.uri, result=stamp))
        assert await said() == stamp
        (update,) = await beta.got(1, type="Update")
        assert (update["object"]["id"], update["object"]["replyAuthorization"]) == (reply.uri, stamp)

        await tell(alpha, rui, rui.does("Reject", reply.uri))
        assert await said() is None
