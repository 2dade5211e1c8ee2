"""Threads of which a part arrives: what is above and below it is fetched, within bounds (D51; S142-S144, S091)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedcomm.activitypub import backfilling
from fedcomm.activitypub.backfilling import MOST_PAGES, PIECE
from fedcomm.activitypub.pace import BURST, Pace
from fedcomm.activitypub.resolving import MOST_ANCESTORS, Resolver
from fedcomm.durations import Durations
from fedcomm.threads import reading
from tests.activitypub.inbound.world import (
    QUICK,
    can_read,
    count,
    followed,
    post_at,
    rows,
    tell,
    the_post,
    world,
    wrote,
)
from tests.kit import FakePeer, answers
from tests.kit.peers import PUBLIC, FakeActor
from tests.kit.servers import Exchange
from tests.running import MakeDatabase

HASTY = replace(QUICK, backfill_pause=timedelta(0), work_limit=timedelta(minutes=5))
"""Other servers may be asked at once, and a busy machine has time."""


def chain(who: FakeActor, length: int) -> list[dict[str, Any]]:
    """Posts each of which answers the one before."""
    posts = [who.writes("Root.")]
    while len(posts) < length:
        posts.append(who.writes(f"Number {len(posts)}.", inReplyTo=posts[-1]["id"]))
    return posts


async def test_a_reply_brings_what_it_answers_and_nobody_is_told_of_the_old(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        await followed(alpha, ada, rui)
        root = zoe.writes("Which oven?", cc=[ada.uri], tag=[{"type": "Mention", "href": ada.uri}])
        middle = zoe.writes("Nobody?", inReplyTo=root["id"])
        reply = rui.writes("The red one.", inReplyTo=middle["id"])

        await tell(alpha, rui, rui.does("Create", reply))

        posts = [await the_post(alpha, each["id"]) for each in (root, middle, reply)]
        assert [post.thread_id for post in posts] == [posts[0].id] * 3
        assert posts[2].parent_id == posts[1].id
        assert await count(alpha, "notification") == 0
        assert posts[0].replies_count == 2


async def test_a_reply_whose_parent_cannot_be_had_stands_alone_until_it_comes(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        await followed(alpha, ada, rui)
        root = zoe.writes("Which oven?", cc=[ada.uri])
        gamma.server.on(root["id"].removeprefix(gamma.server.base), answers.status(503))
        reply = rui.writes("The red one.", inReplyTo=root["id"])

        await tell(alpha, rui, rui.does("Create", reply))
        detached = await the_post(alpha, reply["id"])
        assert (detached.parent_uri, detached.thread_id) == (root["id"], detached.id)

        await tell(alpha, zoe, zoe.does("Create", root))
        placed, parent = await the_post(alpha, reply["id"]), await the_post(alpha, root["id"])
        assert (placed.parent_uri, placed.parent_id, placed.thread_id) == (None, parent.id, parent.id)


async def test_a_missing_parent_is_asked_for_again_later(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=replace(HASTY, negative_cache=timedelta(0))) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        root = rui.writes("Which oven?")
        path = root["id"].removeprefix(beta.server.base)
        beta.server.on(path, answers.in_turn(answers.status(503), answers.document(root)))
        reply = rui.writes("The red one.", inReplyTo=root["id"])
        await tell(alpha, rui, rui.does("Create", reply))
        assert (await the_post(alpha, reply["id"])).parent_id is None

        await backfilling.look_for_parents(alpha.site)

        assert (await the_post(alpha, reply["id"])).parent_id == (await the_post(alpha, root["id"])).id


async def test_parents_that_cannot_be_had_do_not_keep_others_from_being_asked_for(
    database_url: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More wait than are asked for in one round: whoever was not asked for the longest time is next."""
    monkeypatch.setattr(backfilling, "PIECE", 2)
    async with world(database_url, durations=replace(HASTY, negative_cache=timedelta(0))) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        roots = [rui.writes(f"Oven {number}?") for number in range(5)]
        paths = [root["id"].removeprefix(beta.server.base) for root in roots]
        for number, (root, path) in enumerate(zip(roots, paths, strict=True)):
            beta.server.on(path, answers.status(503))
            said_at = datetime.now(UTC) - timedelta(minutes=len(roots) - number)
            reply = rui.writes("The red one.", inReplyTo=root["id"], published=said_at.isoformat())
            await tell(alpha, rui, rui.does("Create", reply))
        beta.server.seen.clear()

        rounds: list[set[str]] = []
        for _ in range(5):
            await backfilling.look_for_parents(alpha.site)
            rounds.append({seen.path for seen in beta.server.seen if seen.path in paths})
            beta.server.seen.clear()

        assert [len(each) for each in rounds] == [2] * 5
        assert rounds[0] == set(paths[3:])
        assert rounds[0] | rounds[1] | rounds[2] == set(paths)
        assert rounds[2] | rounds[3] | rounds[4] == set(paths)
        assert await count(alpha, "searched_parent") == 5


async def test_s142_an_endless_chain_ends_after_64_ancestors(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)

        async def endless(exchange: Exchange) -> None:
            number = int(exchange.seen.path.rpartition("/")[2])
            note = {"id": beta.server.url(exchange.seen.path), "type": "Note", "attributedTo": rui.id, "content": "x"}
            more = {"inReplyTo": beta.server.url(f"/deep/{number + 1}"), "to": [PUBLIC]}
            await answers.document({**note, **more})(exchange)

        for number in range(2 * MOST_ANCESTORS):
            beta.server.on(f"/deep/{number}", endless)

        await tell(alpha, rui, rui.does("Announce", beta.server.url("/deep/0"), to=[PUBLIC]))

        asked = {seen.path for seen in beta.server.seen if seen.path.startswith("/deep/")}
        assert len(asked) == MOST_ANCESTORS + 1
        assert await count(alpha, "post") == MOST_ANCESTORS + 1
        assert await count(alpha, "post WHERE parent_uri IS NOT NULL") == 1


async def test_s143_a_collection_that_never_ends_is_left_after_ten_pages(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        itself, growing = (
            rui.writes(f"Root {which}.", context=beta.server.url(f"/{which}/0")) for which in ("itself", "growing")
        )
        beta.server.on("/itself/0", answers.document(_page(beta, "/itself/0", "/itself/0")))
        for number in range(30):
            page = _page(beta, f"/growing/{number}", f"/growing/{number + 1}")
            beta.server.on(f"/growing/{number}", answers.document(page))

        for root in (itself, growing):
            await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))

        paths = [seen.path for seen in beta.server.seen]
        assert paths.count("/itself/0") == 1
        assert len([path for path in paths if path.startswith("/growing/")]) == MOST_PAGES


def _page(peer: FakePeer, path: str, following: str, items: list[str] | None = None) -> dict[str, Any]:
    """A page of a conversation."""
    page = {"id": peer.server.url(path), "type": "OrderedCollectionPage", "next": peer.server.url(following)}
    return {**page, "orderedItems": items or []}


async def test_s144_posts_that_answer_each_other_in_a_ring_end_the_search(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        one, other, own = rui.writes("A"), rui.writes("B"), rui.writes("C")
        one["inReplyTo"], other["inReplyTo"], own["inReplyTo"] = other["id"], one["id"], own["id"]
        for note in (one, other, own):
            beta.publish(note)

        for note in (one, own):
            await tell(alpha, rui, rui.does("Create", note))
        paths = [seen.path for seen in beta.server.seen if seen.path.startswith("/notes/")]
        assert sorted(paths) == sorted(set(paths))  # nothing was asked for twice
        await tell(alpha, rui, rui.does("Create", other))

        for note in (one, other, own):
            post = await the_post(alpha, note["id"])
            async with alpha.site.read() as db:
                above, below = await reading.context(db, post.id, ada.id)
            assert len(above) + len(below) <= 1


async def test_the_rest_of_a_thread_is_read_from_its_conversation(database_url: MakeDatabase) -> None:
    """Two pages; entries that belong elsewhere, and those of a server that lies, are left out."""
    async with world(database_url, durations=HASTY) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        await followed(alpha, ada, rui)
        context = beta.server.url("/contexts/7")
        root = rui.writes("Which oven?", context=context)
        replies = [zoe.writes(f"Answer {number}.", inReplyTo=root["id"], context=context) for number in range(3)]
        deeper = rui.writes("Why?", inReplyTo=replies[2]["id"], context=context)
        private = zoe.writes("Psst.", inReplyTo=root["id"], to=[rui.id], cc=[])
        stray = zoe.writes("Something else.")
        first = [root["id"], replies[0]["id"], stray["id"], private["id"]]
        second = [replies[1]["id"], deeper["id"], replies[2]["id"], gamma.server.url("/nowhere")]
        page = _page(beta, "/contexts/7/2", "/contexts/7/2", second)
        beta.server.on("/contexts/7/2", answers.document(page))
        beta.publish(
            {
                "id": context,
                "type": "OrderedCollection",
                "first": {"type": "OrderedCollectionPage", "orderedItems": first, "next": page["id"]},
            }
        )

        await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))

        thread = await the_post(alpha, root["id"])
        async with alpha.site.read() as db:
            found = {post.uri for post in await reading.thread(db, thread.id, None)}
        assert found == {root["id"], deeper["id"], *(reply["id"] for reply in replies)}
        assert await post_at(alpha, stray["id"]) is None
        assert await post_at(alpha, private["id"]) is None
        assert thread.replies_count == 4


async def test_without_a_conversation_the_replies_are_walked(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), beta.add("zoe")
        await followed(alpha, ada, rui)
        root, reply, deeper = rui.writes("Which oven?"), zoe.writes("Red."), zoe.writes("Or blue.")
        for parent, child in ((root, reply), (reply, deeper)):
            child["inReplyTo"] = parent["id"]
            page = {"type": "CollectionPage", "items": [child["id"]]}
            parent["replies"] = {"id": f"{parent['id']}/replies", "type": "Collection", "first": page}
        for note in (root, reply, deeper):
            beta.publish(note)

        await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))

        thread = await the_post(alpha, root["id"])
        assert [(await the_post(alpha, each["id"])).thread_id for each in (reply, deeper)] == [thread.id] * 2


@pytest.mark.parametrize("listed", [None, [], ["root"]])
async def test_where_a_conversation_tells_nothing_the_replies_are_walked(
    database_url: MakeDatabase, listed: list[str] | None
) -> None:
    """It is an address that nobody answers at, as older Lemmys give it; or it lists nothing else than the beginning."""
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), beta.add("zoe")
        await followed(alpha, ada, rui)
        context = beta.server.url("/contexts/9")
        root = rui.writes("Which oven?", context=context)
        reply = zoe.writes("Red.", inReplyTo=root["id"])
        page = {"type": "CollectionPage", "items": [reply["id"]]}
        beta.publish(
            {**root, "replies": {"id": f"{root['id']}/replies", "type": "Collection", "first": page}},
        )
        if listed is not None:
            items = [root["id"] for _ in listed]
            beta.publish({"id": context, "type": "OrderedCollection", "orderedItems": items})

        await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))

        thread = await the_post(alpha, root["id"])
        assert (await the_post(alpha, reply["id"])).thread_id == thread.id


async def test_a_long_thread_is_fetched_piece_by_piece(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        root = rui.writes("Which oven?", context=beta.server.url("/contexts/1"))
        replies = [rui.writes(f"Answer {number}.", inReplyTo=root["id"]) for number in range(PIECE + 5)]
        items = [reply["id"] for reply in replies]
        beta.publish({"id": root["context"], "type": "OrderedCollection", "orderedItems": items})

        await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))

        assert (await the_post(alpha, root["id"])).replies_count == PIECE + 5
        pieces = await rows(alpha, "SELECT payload FROM fact WHERE type = 'ThreadIncomplete' ORDER BY id")
        assert [piece["payload"]["asked"] for piece in pieces] == [0, PIECE]


def test_a_server_is_asked_20_times_at_once_and_then_once_a_second() -> None:
    seconds = [100.0]
    pace = Pace(Durations(), lambda: seconds[0])

    waits = [pace.wait("beta.example") for _ in range(BURST + 3)]

    assert waits == [0.0] * BURST + [1.0, 2.0, 3.0]
    assert pace.wait("gamma.example") == 0.0
    seconds[0] += 60
    assert [pace.wait("beta.example") for _ in range(BURST + 1)] == [0.0] * BURST + [1.0]


async def test_s091_a_thread_shows_no_private_reply(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui = beta.add("rui")
        root = await wrote(alpha, ada, "Which oven?")
        private = rui.writes("Between us.", inReplyTo=root.uri, to=[ada.uri], cc=[])
        await tell(alpha, rui, rui.does("Create", private))

        post = await the_post(alpha, private["id"])
        assert post.thread_id == root.id
        for viewer, expected in ((None, 0), (ben, 0), (ada, 1)):
            async with alpha.site.read() as db:
                _, below = await reading.context(db, root.id, viewer.id if viewer else None)
            assert len(below) == expected
            assert await can_read(alpha, viewer, post) is bool(expected)
        sent = await beta.get(alpha.here.context_uri(root.id), {"Accept": answers.ACTIVITY_JSON})
        assert sent.status == 200
        assert private["id"].encode() not in sent.body


async def test_searching_finds_people_and_posts_by_handle_id_and_page(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        mine = await wrote(alpha, ada, "Mine.")
        rui = beta.add("rui")
        note = rui.writes("Find me.")
        beta.server.on("/@rui", answers.document(rui.document()))
        page = f'<html><head><link rel="alternate" type="application/activity+json" href="{note["id"]}"></head></html>'
        beta.server.on("/page", answers.text(page, content_type="text/html"))
        search = alpha.site.service(Resolver).search

        for text in (f"@{rui.handle}", rui.handle, rui.id, beta.server.url("/@rui")):
            found = await search(text)
            assert found is not None
            assert found.uri == rui.id
        for text in (note["id"], beta.server.url("/page")):
            found = await search(text)
            assert found is not None
            assert found.uri == note["id"]
        for text, uri in (
            (ada.url, ada.uri),
            (mine.url, mine.uri),
            (mine.uri, mine.uri),
            (f"@{ada.acct}@{alpha.domain}", ada.uri),
        ):
            found = await search(text)
            assert found is not None
            assert found.uri == uri
        for text in (
            "oven",
            "",
            "@",
            "@nobody@" + beta.server.authority,
            beta.server.url("/none"),
            "http://",
            alpha.url,
        ):
            assert await search(text) is None


async def test_a_server_that_was_asked_enough_is_asked_again_after_a_pause(database_url: MakeDatabase) -> None:
    patient = replace(HASTY, backfill_pause=timedelta(hours=1))
    async with world(database_url, durations=patient) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        root = rui.writes("Which oven?", context=beta.server.url("/contexts/1"))
        replies = [rui.writes(f"Answer {number}.", inReplyTo=root["id"]) for number in range(BURST + 5)]
        items = [reply["id"] for reply in replies]
        beta.publish({"id": root["context"], "type": "OrderedCollection", "orderedItems": items})

        await tell(alpha, rui, rui.does("Announce", root["id"], to=[PUBLIC]))
        assert (await the_post(alpha, root["id"])).replies_count == BURST - 2  # outbox and conversation were two

        (waiting,) = await rows(alpha, "SELECT due_at FROM consequence WHERE name = 'threads.fill'")
        assert timedelta(hours=9) < waiting["due_at"] - alpha.site.now() < timedelta(hours=10)
