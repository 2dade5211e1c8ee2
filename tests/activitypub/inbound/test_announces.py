"""Boosts, and what groups elsewhere pass on to their members here."""

import pytest

from fedcomm.network import peers
from fedcomm.threads import moderating, posting, relayed
from tests.activitypub.inbound.world import (
    count,
    drops,
    followed,
    join,
    post_at,
    proven,
    rows,
    tell,
    the_post,
    to_group,
    with_proofs,
    world,
    wrote,
)
from tests.factories import make_draft
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC
from tests.running import MakeDatabase


async def test_a_boost_by_somebody_followed_here_brings_the_post(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        await followed(alpha, ada, rui)
        note = zoe.writes("Worth reading.")

        await tell(alpha, rui, rui.does("Announce", note["id"], to=[PUBLIC]))

        post = await the_post(alpha, note["id"])
        assert (post.boosts_count, post.author_id) == (1, (await alpha.find(zoe.id)).id)


async def test_a_boost_by_a_stranger_brings_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        await alpha.person()
        rui = beta.add("rui")
        note = rui.writes("Read me.")

        await tell(alpha, rui, rui.does("Announce", note["id"], to=[PUBLIC]))

        assert await post_at(alpha, note["id"]) is None
        assert not [seen for seen in beta.server.seen if note["id"].endswith(seen.path)]


async def test_a_boost_taken_back_is_gone_also_when_only_its_object_is_named(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        mine = await wrote(alpha, ada, "Mine.")
        for is_renamed in (False, True):
            announce = rui.does("Announce", mine.uri, to=[PUBLIC])
            await tell(alpha, rui, announce)
            assert (await the_post(alpha, mine.uri)).boosts_count == 1

            undone = {**announce, "id": beta.new_id("activities")} if is_renamed else announce
            await tell(alpha, rui, rui.does("Undo", undone))

            assert (await the_post(alpha, mine.uri)).boosts_count == 0


async def test_likes_count_and_are_taken_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        mine = await wrote(alpha, ada, "Mine.")
        like = rui.does("Like", mine.uri)

        await tell(alpha, rui, like)
        await tell(alpha, rui, rui.does("Like", mine.uri))
        assert (await the_post(alpha, mine.uri)).favourites_count == 1

        await tell(alpha, rui, rui.does("Undo", {**like, "id": None}))
        assert (await the_post(alpha, mine.uri)).favourites_count == 0


@pytest.mark.parametrize("form", ["id", "object", "activity"])
async def test_a_group_elsewhere_announces_a_thread_in_whatever_form(database_url: MakeDatabase, form: str) -> None:
    """Mastodon-like, NodeBB-like and Lemmy-like groups; the author lives on a third server (T1)."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, zoe = beta.add("market", "Group"), gamma.add("zoe")
        known = await followed(alpha, ada, market)
        note = zoe.writes("Ovens.", type="Page", name="Oven for sale", audience=market.id, cc=[market.id])
        announced = {"id": note["id"], "object": note, "activity": zoe.does("Create", note)}[form]

        await tell(alpha, market, market.does("Announce", announced, to=[PUBLIC]))
        await tell(alpha, market, market.does("Announce", announced, to=[PUBLIC]))

        post = await the_post(alpha, note["id"])
        assert (post.group_id, post.title) == (known.id, "Oven for sale")
        (announcement,) = await rows(alpha, "SELECT account_id, is_group FROM boost")
        assert tuple(announcement) == (known.id, True)
        assert len([seen for seen in gamma.server.seen if note["id"].endswith(seen.path)]) == 1


async def test_a_group_passes_on_replies_likes_edits_and_deletions(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, zoe, local = beta.add("market", "Group"), with_proofs(gamma, "zoe"), beta.add("local")
        await followed(alpha, ada, market)
        note = local.writes("Ovens.", type="Page", name="Oven", audience=market.id)
        reply = zoe.writes("How much?", inReplyTo=note["id"], audience=market.id)
        like = zoe.does("Like", note["id"])

        async def passes_on(activity: dict[str, object]) -> None:
            await tell(alpha, market, market.does("Announce", activity, to=[PUBLIC]))

        await passes_on(local.does("Create", note))
        await passes_on(proven(alpha, zoe, zoe.does("Create", reply)))
        await passes_on(proven(alpha, zoe, like))
        assert (await the_post(alpha, reply["id"])).thread_id == (await the_post(alpha, note["id"])).id
        assert (await the_post(alpha, note["id"])).favourites_count == 1
        assert not [seen for seen in gamma.server.seen if reply["id"].endswith(seen.path)]
        assert await count(alpha, "boost") == 1

        await passes_on(local.does("Update", {**note, "name": "Ovens", "updated": "2099-01-01T00:00:00Z"}))
        await passes_on(proven(alpha, zoe, zoe.does("Undo", like)))
        await passes_on(proven(alpha, zoe, zoe.does("Delete", reply["id"])))
        post = await the_post(alpha, note["id"])
        assert (post.title, post.favourites_count) == ("Ovens", 0)
        assert (await the_post(alpha, reply["id"])).state == "deleted"


async def test_several_activities_in_one_announce_are_each_heard(database_url: MakeDatabase) -> None:
    """PieFed collects votes (T31); one that has no effect does not spoil the others."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market = beta.add("market", "Group")
        await followed(alpha, ada, market)
        mine = await wrote(alpha, ada, "Mine.")
        voters = [beta.add(f"voter{number}") for number in range(3)]
        likes = [voter.does("Like", mine.uri) for voter in voters]
        odd = [{"type": "Like", "object": 1}, voters[0].does("View", mine.uri)]

        listed = {"type": "OrderedCollection", "orderedItems": [likes[0], *odd, *likes[1:]], "totalItems": 5}
        await tell(alpha, market, market.does("Announce", listed, to=[PUBLIC]))

        assert (await the_post(alpha, mine.uri)).favourites_count == 3


async def test_a_like_without_a_proof_counts_when_its_server_confirms_it(database_url: MakeDatabase) -> None:
    """D47."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, zoe = beta.add("market", "Group"), gamma.add("zoe")
        await followed(alpha, ada, market)
        mine, other = await wrote(alpha, ada, "Mine."), await wrote(alpha, ada, "Another.")
        confirmed, invented = zoe.does("Like", mine.uri), zoe.does("Like", other.uri)
        gamma.publish(confirmed)

        for like in ({**confirmed, "object": other.uri}, confirmed, invented):
            await tell(alpha, market, market.does("Announce", like, to=[PUBLIC]))

        assert (await the_post(alpha, mine.uri)).favourites_count == 1
        assert (await the_post(alpha, other.uri)).favourites_count == 0


async def test_the_home_group_removes_from_its_threads_and_from_no_others(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, other, zoe = beta.add("market", "Group"), beta.add("other", "Group"), gamma.add("zoe")
        mod = beta.add("mod")
        for group in (market, other):
            await followed(alpha, ada, group)
        note = zoe.writes("Spam.", type="Page", name="Buy", audience=market.id)
        await tell(alpha, market, market.does("Announce", zoe.does("Create", note), to=[PUBLIC]))
        removal = mod.does("Delete", note["id"], summary="advertising")

        await tell(alpha, mod, removal)
        await tell(alpha, other, other.does("Announce", removal, to=[PUBLIC]))
        assert (await the_post(alpha, note["id"])).state == "visible"

        await tell(alpha, market, market.does("Announce", removal, to=[PUBLIC]))
        assert (await the_post(alpha, note["id"])).state == "removed"

        await tell(alpha, other, other.does("Announce", mod.does("Undo", removal), to=[PUBLIC]))
        assert (await the_post(alpha, note["id"])).state == "removed"
        await tell(alpha, market, market.does("Announce", mod.does("Undo", removal), to=[PUBLIC]))
        assert (await the_post(alpha, note["id"])).state == "visible"


async def test_the_echo_of_our_own_post_shows_that_the_group_has_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market = beta.add("market", "Group")
        known = await followed(alpha, ada, market)
        mine = await wrote(alpha, ada, "Which oven? Ours broke.", group=known)
        (create,) = await beta.got(1, type="Create")

        await tell(alpha, market, market.does("Announce", create, to=[PUBLIC]))

        (announced,) = await rows(alpha, "SELECT account_id, post_id, is_group FROM boost")
        assert tuple(announced) == (known.id, mine.id, True)
        shown = await the_post(alpha, mine.uri)
        assert (shown.content_html, shown.edited_at) == (mine.content_html, None)


async def test_s145_an_announce_in_an_announce_is_not_opened(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, other = beta.add("market", "Group"), beta.add("other", "Group")
        await followed(alpha, ada, market)
        note = other.writes("Deep down.")
        inner = other.does("Announce", note["id"], to=[PUBLIC])
        beta.publish(inner)
        deep = market.does("Announce", other.does("Announce", other.does("Announce", note)))

        await tell(alpha, market, market.does("Announce", inner, to=[PUBLIC]))
        await tell(alpha, market, deep)
        await tell(alpha, market, market.does("Announce", inner["id"], to=[PUBLIC]))

        assert await count(alpha, "post") == 0
        assert await count(alpha, "boost") == 0
        assert (await drops(alpha))[0] == "an Announce of nothing, or inside an Announce"


async def test_an_offer_to_a_group_of_ours_is_answered_with_its_announcement(database_url: MakeDatabase) -> None:
    """federation.md 4.2: the thread's home is elsewhere; its author is a member here."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        market, rui = beta.add("market", "Group"), beta.add("rui")
        await join(alpha, rui, group)
        note = rui.writes("Ovens.", type="Page", name="Oven", audience=market.id, cc=[market.id])

        offer = rui.does("Offer", note["id"], target=group.uri)
        await tell(alpha, rui, offer, to=group)

        (accept,) = [each for each in await beta.got(2, type="Accept") if each["object"] == offer["id"]]
        (announced,) = await rows(alpha, "SELECT uri FROM boost WHERE account_id = $1", group.id)
        assert accept["result"] == announced["uri"]
        (carry,) = await rows(alpha, "SELECT state, offer_uri FROM carry")
        assert tuple(carry) == ("carried", offer["id"])

        zoe = beta.add("zoe")
        await join(alpha, zoe, group)
        await tell(alpha, zoe, zoe.does("Undo", offer["id"]))
        assert [row["state"] for row in await rows(alpha, "SELECT state FROM carry")] == ["carried"]

        await tell(alpha, rui, rui.does("Undo", offer))
        assert [row["state"] for row in await rows(alpha, "SELECT state FROM carry")] == ["withdrawn"]


async def test_an_offer_by_somebody_who_has_no_say_is_dropped(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        market, rui, zoe = beta.add("market", "Group"), beta.add("rui"), beta.add("zoe")
        await join(alpha, rui, group)
        note = rui.writes("Ovens.", type="Page", name="Oven", audience=market.id, cc=[market.id])

        await tell(alpha, zoe, zoe.does("Offer", note["id"], target=group.uri))

        assert await count(alpha, "carry") == 0
        assert await count(alpha, "boost") == 0


async def test_a_group_answers_our_offer_and_no_other_group_may(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        home = await alpha.group(ada)
        market, other = beta.add("market", "Group"), beta.add("other", "Group")
        known = await followed(alpha, ada, market)
        async with alpha.db() as db:
            draft = make_draft("Ours broke.", title="Which oven?", group=home, carried_by=[known])
            thread = (await posting.publish(db, alpha.here, ada, draft, now=alpha.site.now())).uri
        await alpha.settle()
        (offer,) = await beta.got(1, type="Offer")
        assert (offer["object"], offer["target"]) == (thread, market.id)
        announce = market.does("Announce", thread, to=[PUBLIC])

        await tell(alpha, other, other.does("Accept", offer["id"], result=announce["id"]))
        await tell(alpha, other, other.does("Reject", offer["id"]))
        assert [row["state"] for row in await rows(alpha, "SELECT state FROM carry")] == ["requested"]

        await tell(alpha, market, announce)
        await tell(alpha, market, market.does("Accept", offer["id"], result=announce["id"]))
        (carry,) = await rows(alpha, "SELECT state, announce_uri FROM carry")
        assert tuple(carry) == ("carried", announce["id"])
        assert [reason for reason in await drops(alpha) if "nobody asked" in reason] == [
            "an Accept of what nobody asked",
            "a Reject of what nobody asked",
        ]

        await tell(alpha, market, market.does("Undo", announce))
        assert [row["state"] for row in await rows(alpha, "SELECT state FROM carry")] == ["withdrawn"]


async def test_what_members_of_a_carrying_group_say_is_kept_as_it_came(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        market, rui, zoe = beta.add("market", "Group"), beta.add("rui"), with_proofs(gamma, "zoe")
        await join(alpha, rui, group)
        note = rui.writes("Ovens.", type="Page", name="Oven", **to_group(group, audience=market.id))
        await tell(alpha, rui, rui.does("Create", note))
        reply = zoe.writes("How much?", inReplyTo=note["id"], audience=market.id)
        create = proven(alpha, zoe, zoe.does("Create", reply))

        await tell(alpha, market, market.does("Announce", create, to=[PUBLIC]))

        post = await the_post(alpha, reply["id"])
        async with alpha.site.read() as db:
            kept = await relayed.of(db, post.id, "Create")
        assert kept is not None
        assert (kept.activity_uri, kept.has_proof) == (create["id"], True)


async def test_a_group_does_not_bring_back_who_is_shut_out(database_url: MakeDatabase) -> None:
    """T33: neither by passing on what they say, nor by naming it."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, zoe = beta.add("market", "Group"), with_proofs(gamma, "zoe")
        await followed(alpha, ada, market)
        note, other = (zoe.writes(text, type="Page", name=text, audience=market.id) for text in ("One", "Two"))
        async with alpha.db() as db:
            await peers.suspend(db, None, gamma.server.authority, "spam", now=alpha.site.now())

        create = proven(alpha, zoe, zoe.does("Create", note))
        for announced in (create, other["id"]):
            await tell(alpha, market, market.does("Announce", announced, to=[PUBLIC]))

        assert await count(alpha, "post") == 0
        assert gamma.server.seen == []


async def test_people_do_not_pass_on_what_others_do(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), beta.add("zoe")
        await followed(alpha, ada, rui)

        await tell(alpha, rui, rui.does("Announce", zoe.does("Create", zoe.writes("Hi")), to=[PUBLIC]))

        assert await count(alpha, "post") == 0
        assert await drops(alpha) == ["only groups pass on what others do"]


async def test_who_did_not_send_it_themselves_is_not_told_of_a_refusal(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        ours = await alpha.group(ada)
        market, zoe = beta.add("market", "Group"), with_proofs(gamma, "zoe")
        await followed(alpha, ada, market)
        create = proven(alpha, zoe, zoe.does("Create", zoe.writes("Buy my ovens.", **to_group(ours))))

        await tell(alpha, market, market.does("Announce", create, to=[PUBLIC]))

        assert await count(alpha, "post") == 0
        assert gamma.arrived() == []
        assert len(await drops(alpha)) == 1


async def test_a_moderator_removes_a_reply_with_all_that_answers_it_and_nothing_else(
    database_url: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lemmy's `withReplies`; in small pieces, and only with the word of the group."""
    monkeypatch.setattr(moderating, "AT_ONCE", 2)
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, mod, rui = beta.add("market", "Group"), beta.add("mod"), beta.add("rui")
        await followed(alpha, ada, market)
        page = rui.writes("Stands?", type="Page", name="Stands", audience=market.id, to=[market.id, PUBLIC])
        said = [page]
        for parent in (0, 1, 2, 2, 4, 0):
            said.append(rui.writes("So.", inReplyTo=said[parent]["id"], audience=market.id, to=[market.id, PUBLIC]))
        for each in said:
            await tell(alpha, market, market.does("Announce", rui.does("Create", each), to=[PUBLIC]))

        forged = rui.does("Delete", said[6]["id"], summary="x", withReplies=True)
        await tell(alpha, rui, {**forged, "actor": beta.add("eve").id})
        removal = mod.does("Delete", said[1]["id"], summary="off topic", withReplies=True)
        await tell(alpha, market, market.does("Announce", removal, to=[PUBLIC]))

        states = [(await the_post(alpha, each["id"])).state for each in said]
        assert states == ["visible", *["removed"] * 5, "visible"]
