"""What is pinned, and who looks after groups: told and read from both sides."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.groups import membership, moderators
from fedcomm.threads import pins
from tests.activitypub.inbound.world import (
    asked,
    drops,
    followed,
    join,
    role_at,
    rows,
    tell,
    the_post,
    world,
    wrote,
)
from tests.kit import FakePeer, answers
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


def _collects(peer: FakePeer, who: FakeActor, what: str, items: list[Any], *, name: str | None = None) -> str:
    """Somebody has such a collection; its address."""
    url = f"{who.id}/{what}"
    listed = {"id": url, "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}
    peer.server.on(url.removeprefix(peer.server.base), answers.document(listed))
    who.more[name or what] = url
    return url


async def _pinned(at: Instance, uri: str) -> list[str]:
    """What an account shows on top, by uri."""
    account = await at.find(uri)
    async with at.site.read() as db:
        found = await pins.pinned(db, account.id, None)
    return [row["uri"] for each in found for row in await rows(at, "SELECT uri FROM post WHERE id = $1", each)]


async def _listed(at: Instance, group: Account) -> list[str]:
    async with at.site.read() as db:
        return [each.uri for each in await moderators.of(db, group.id)]


async def test_what_somebody_pinned_is_read_when_they_are_first_followed(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        first, second = rui.writes("First."), rui.writes("Second.")
        others = beta.add("zoe").writes("Not Rui's.")
        _collects(beta, rui, "featured", [second["id"], first["id"], others["id"], f"{rui.id}/nothing"])

        await followed(alpha, ada, rui)

        assert await _pinned(alpha, rui.id) == [second["id"], first["id"]]


async def test_pins_of_people_elsewhere_come_and_go(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, eve = beta.add("rui"), beta.add("eve")
        featured = _collects(beta, rui, "featured", [])
        await followed(alpha, ada, rui)
        await followed(alpha, ada, eve)
        note = rui.writes("On top.")

        await tell(alpha, rui, rui.does("Add", note["id"], target=featured))
        assert await _pinned(alpha, rui.id) == [note["id"]]

        await tell(alpha, eve, eve.does("Remove", note["id"], target=featured))
        await tell(alpha, eve, eve.does("Add", eve.writes("Mine.")["id"], target=featured))
        await tell(alpha, rui, rui.does("Add", eve.writes("Not mine.")["id"], target=featured))
        assert await _pinned(alpha, rui.id) == [note["id"]]
        assert await drops(alpha) == [
            "somebody else's collection",
            "somebody else's collection",
            "a pin of what is not theirs, or not here",
        ]

        await tell(alpha, rui, rui.does("Remove", note["id"], target=featured))
        assert await _pinned(alpha, rui.id) == []


async def test_s143_a_collection_that_goes_round_in_circles_is_read_once(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        url = f"{rui.id}/featured"
        listed = {"id": url, "type": "OrderedCollection", "totalItems": 9, "first": url}
        beta.server.on(url.removeprefix(beta.server.base), answers.document(listed))
        rui.more["featured"] = url

        await followed(alpha, ada, rui)

        assert [seen.path for seen in beta.server.seen].count(url.removeprefix(beta.server.base)) == 1


async def test_a_group_elsewhere_tells_its_pins_and_its_moderators(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, mod, eve, rui = beta.add("market", "Group"), beta.add("mod"), beta.add("eve"), beta.add("rui")
        await followed(alpha, ada, mod)
        await followed(alpha, ada, eve)
        featured = _collects(beta, market, "featured", [])
        carers = _collects(beta, market, "moderators", [mod.id], name="attributedTo")
        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        group = await alpha.find(market.id)
        assert await _listed(alpha, group) == [mod.id]
        page = rui.writes("Ours broke.", type="Page", name="Which oven?", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, market.does("Announce", rui.does("Create", page)))

        await tell(alpha, market, market.does("Announce", mod.does("Add", page["id"], target=featured)))
        assert await _pinned(alpha, market.id) == [page["id"]]
        await tell(alpha, mod, mod.does("Remove", page["id"], target=featured))  # listed, and on the group's server
        assert await _pinned(alpha, market.id) == []

        _collects(beta, market, "moderators", [mod.id, eve.id], name="attributedTo")
        await tell(alpha, market, market.does("Announce", mod.does("Add", eve.id, target=carers)))
        assert await _listed(alpha, group) == [mod.id, eve.id]


async def test_s044_who_is_not_listed_pins_removes_and_appoints_nobody(database_url: MakeDatabase) -> None:
    """On the group's own server, in another group's name, and in a group of ours."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        ours = await alpha.group(ada)
        market, eve, other = beta.add("market", "Group"), beta.add("eve"), gamma.add("other", "Group")
        featured = _collects(beta, market, "featured", [])
        carers = _collects(beta, market, "moderators", [], name="attributedTo")
        for each in (market, other):
            await tell(alpha, each, each.does("Accept", await asked(alpha, ada, each)))
        await join(alpha, eve, ours)
        there = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=await alpha.find(market.id))
        here = await wrote(alpha, ada, "Which mill?\nOurs broke.", group=ours)
        _collects(beta, market, "moderators", [eve.id], name="attributedTo")

        for act in (
            eve.does("Add", there.uri, target=featured),
            eve.does("Add", eve.id, target=carers),
            eve.does("Delete", there.uri, summary="gone"),
            eve.does("Remove", here.uri, target=here.context_uri, summary="gone"),
            eve.does("Add", here.uri, target=ours.featured_url),
            eve.does("Add", eve.id, target=ours.moderators_url),
        ):
            await tell(alpha, eve, act)
            await tell(alpha, other, other.does("Announce", act))

        assert await _pinned(alpha, market.id) == []
        assert await _pinned(alpha, ours.uri) == []
        assert await _listed(alpha, await alpha.find(market.id)) == []
        assert await role_at(alpha, ours, eve.id) == "member"
        assert {(await the_post(alpha, each.uri)).state for each in (there, here)} == {"visible"}


async def test_a_moderator_elsewhere_looks_after_a_group_of_ours(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        mod, rui, lem = beta.add("mod"), beta.add("rui"), gamma.add("lem")
        account = await join(alpha, mod, group)
        other = await join(alpha, rui, group)
        await join(alpha, lem, group)
        thread = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        gamma.server.seen.clear()
        async with alpha.db() as db:
            await membership.appoint(db, ada, group, account.id, "moderator", now=alpha.site.now())
        await alpha.settle()

        await tell(alpha, mod, mod.does("Add", thread.uri, target=group.featured_url))
        assert await _pinned(alpha, group.uri) == [thread.uri]
        await tell(alpha, mod, mod.does("Add", rui.id, target=group.moderators_url))
        assert await role_at(alpha, group, rui.id) == "member"  # only facilitators appoint
        await tell(alpha, mod, mod.does("Remove", thread.uri, target=thread.context_uri, summary="double"))
        assert (await the_post(alpha, thread.uri)).state == "removed"
        await tell(alpha, mod, mod.does("Undo", mod.does("Delete", thread.uri, summary="double")))
        assert (await the_post(alpha, thread.uri)).state == "visible"

        said = [each["object"] for each in await gamma.got(3, type="Announce")]
        assert [(each["type"], each["actor"], each["object"], each.get("target")) for each in said[:2]] == [
            ("Add", ada.uri, mod.id, group.moderators_url),
            ("Add", group.uri, thread.uri, group.featured_url),
        ]
        assert (said[2]["type"], said[2]["object"], said[2]["summary"]) == ("Delete", thread.uri, "double")
        async with alpha.db() as db:
            await membership.appoint(db, ada, group, other.id, "facilitator", now=alpha.site.now())
        await tell(alpha, rui, rui.does("Remove", mod.id, target=group.moderators_url))
        assert await role_at(alpha, group, mod.id) == "member"
        async with alpha.client() as http:
            listed = (
                await http.get(group.moderators_url or "", headers={"Accept": "application/activity+json"})
            ).json()
        assert listed["orderedItems"] == [ada.uri, rui.id]


async def test_pins_of_ours_are_told_to_followers(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        post = await wrote(alpha, ada, "On top.")

        for verb in (pins.pin, pins.unpin):
            async with alpha.db() as db:
                await verb(db, alpha.here, ada, post.id, now=alpha.site.now())
            await alpha.settle()

        (add,) = await beta.got(1, type="Add")
        (remove,) = await beta.got(1, type="Remove")
        for said in (add, remove):
            assert (said["actor"], said["object"], said["target"]) == (ada.uri, post.uri, ada.featured_url)
