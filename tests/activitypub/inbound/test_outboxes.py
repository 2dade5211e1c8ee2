"""What was published before: read once when somebody elsewhere is found or followed; ours is there for others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.facts import ThreadAnnouncedElsewhere
from tests.activitypub.inbound.world import (
    QUICK,
    asked,
    count,
    followed,
    join,
    post_at,
    rows,
    tell,
    the_post,
    to_group,
    world,
    wrote,
)
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


def _publishes(who: FakeActor, items: list[Any], *, in_a_page: bool = False) -> str:
    """The outbox of somebody elsewhere; its path."""
    url = f"{who.id}/outbox"
    listed: dict[str, Any] = {"id": url, "type": "OrderedCollection", "totalItems": 900}
    if in_a_page:
        page = {"id": f"{url}?page=1", "type": "OrderedCollectionPage", "next": f"{url}?page=2", "orderedItems": items}
        who.peer.publish(page)
        who.peer.publish({**listed, "first": page["id"]})
    else:
        who.peer.publish({**listed, "orderedItems": items})
    return url.removeprefix(who.peer.server.base)


async def _page_of(at: Instance, viewer: Account, handle: str) -> list[str]:
    """What an app shows on somebody's page after looking them up: ids of the posts, newest first."""
    async with at.client(await at.token(viewer)) as http:
        (found,) = (await http.get("/api/v2/search", params={"q": f"@{handle}", "resolve": "true"})).json()["accounts"]
        await at.settle()
        shown = (await http.get(f"/api/v1/accounts/{found['id']}/statuses")).json()
    return [(each["reblog"] or each)["uri"] for each in shown]


async def test_somebody_who_is_found_has_their_latest_posts_on_their_page(database_url: MakeDatabase) -> None:
    """Their own only, whole from their own server, no more than twenty, once (D47, S143)."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        posts = [rui.writes(f"Number {n}.", published=f"2026-01-{n:02}T10:00:00Z") for n in range(1, 26)]
        forged = {**zoe.writes("Not by Zoe."), "attributedTo": rui.id}
        private = rui.writes("Between us.", to=[f"{rui.id}/followers"], cc=[])
        items = [
            rui.does("Announce", zoe.writes("Worth reading.")["id"]),
            rui.does("Create", rui.writes("An answer.", inReplyTo=posts[0]["id"])),
            rui.does("Create", forged),
            rui.does("Create", private),
            *(rui.does("Create", post) for post in reversed(posts)),
        ]
        path = _publishes(rui, items, in_a_page=True)

        shown = await _page_of(alpha, ada, rui.handle)

        assert shown == [post["id"] for post in reversed(posts[-18:])]  # two of twenty were not to be kept
        assert not [seen for seen in gamma.server.seen if seen.path != zoe.path and seen.path.startswith("/users")]
        assert await _page_of(alpha, ada, rui.handle) == shown
        asked_for = [seen.target for seen in beta.server.seen if seen.path == path]
        assert asked_for == [path, f"{path}?page=1"]
        assert await count(alpha, "notification") == 0


async def test_a_group_that_is_found_is_not_empty_and_who_joins_has_its_threads_in_home(
    database_url: MakeDatabase,
) -> None:
    """As Lemmy (`Announce{Create}`) and Mastodon-like groups (`Announce` of an id) list them; authors live anywhere."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, local, zoe = beta.add("market", "Group"), beta.add("local"), gamma.add("zoe")
        first = local.writes("Ours broke.", type="Page", name="Oven?", audience=market.id, to=[market.id, PUBLIC])
        second = zoe.writes("Ovens.", type="Page", name="For sale", audience=market.id, to=[market.id, PUBLIC])
        announces = [
            market.does("Announce", second["id"], published="2026-02-02T10:00:00Z"),
            market.does("Announce", local.does("Create", first), published="2026-02-01T10:00:00Z"),
            market.does("Announce", local.does("Like", first["id"])),
            local.does("Announce", zoe.writes("Not the group's word.")["id"]),
        ]
        _publishes(market, announces)

        assert set(await _page_of(alpha, ada, market.handle)) == {first["id"], second["id"]}
        assert not [seen for seen in beta.server.seen if first["id"].endswith(seen.path)]  # it was there already
        assert await rows(alpha, "SELECT id FROM fact WHERE type = $1", ThreadAnnouncedElsewhere.__name__) == []

        await tell(alpha, market, market.does("Accept", await asked(alpha, ada, market)))
        async with alpha.client(await alpha.token(ada)) as http:
            home = (await http.get("/api/v1/timelines/home")).json()
        assert {each["reblog"]["uri"] for each in home} == {first["id"], second["id"]}


async def test_threads_of_an_outbox_come_with_what_was_said_in_them(database_url: MakeDatabase) -> None:
    """By their conversation, or by their replies; nobody is told of the old."""
    durations = replace(QUICK, backfill_pause=timedelta(0))
    async with world(database_url, durations=durations) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, local, zoe = beta.add("market", "Group"), beta.add("local"), gamma.add("zoe")
        context = beta.server.url("/contexts/3")
        more: dict[str, Any] = {"type": "Page", "audience": market.id, "to": [market.id, PUBLIC]}
        first = local.writes("Ours broke.", name="Oven?", context=context, **more)
        second = local.writes("Ovens.", name="For sale", **more)
        answers = [zoe.writes("Red.", inReplyTo=first["id"]), zoe.writes("How much?", inReplyTo=second["id"])]
        beta.publish({"id": context, "type": "OrderedCollection", "orderedItems": [first["id"], answers[0]["id"]]})
        page = {"type": "CollectionPage", "items": [answers[1]["id"]]}
        second["replies"] = {"id": f"{second['id']}/replies", "type": "Collection", "first": page}
        creates = [market.does("Announce", local.does("Create", each)) for each in (second, first)]
        _publishes(market, creates)

        await _page_of(alpha, ada, market.handle)

        for thread, answer in zip((first, second), answers, strict=True):
            found = await the_post(alpha, answer["id"])
            assert found.thread_id == (await the_post(alpha, thread["id"])).id
        assert await count(alpha, "notification") == 0


async def test_what_somebody_once_wrote_to_a_group_of_ours_does_not_become_a_thread(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        old = rui.writes("Which oven?", **to_group(group))
        _publishes(rui, [rui.does("Create", old)])

        await followed(alpha, ada, rui)

        assert await post_at(alpha, old["id"]) is None


async def test_a_group_of_ours_lists_what_made_its_threads(database_url: MakeDatabase) -> None:
    """In the collection itself, for Lemmy and PieFed; what came from elsewhere as it came (federation.md 2.4)."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        ours = await wrote(alpha, ada, "Which door?\nOurs is old.", group=group)
        create = rui.does("Create", rui.writes("Which oven? Ours broke.", **to_group(group)))
        await tell(alpha, rui, create)

        async with alpha.client() as http:
            listed = (await http.get(f"{group.uri}/outbox", headers={"Accept": "application/activity+json"})).json()

        theirs, mine = listed["orderedItems"]
        assert (theirs["type"], theirs["actor"], theirs["object"]) == ("Announce", group.uri, create)
        assert (mine["object"]["type"], mine["object"]["object"]["id"]) == ("Create", ours.uri)
        assert {each["audience"] for each in (theirs, mine)} == {group.uri}
        assert (listed["totalItems"], "published" in theirs) == (2, True)
