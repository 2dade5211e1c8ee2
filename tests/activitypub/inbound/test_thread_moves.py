"""Threads that move from one group to another, of one server or two, theirs and ours (FEP-f15d; federation.md 4.3)."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.groups import moderators
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import asked, drops, followed, join, tell, the_post, world, wrote
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


async def _thread(at: Instance, by: Account, market: FakeActor, rui: FakeActor) -> Post:
    """A thread in a group elsewhere that one of ours has joined, with an answer from here."""
    await tell(at, market, market.does("Accept", await asked(at, by, market)))
    page = rui.writes(
        "Ours broke.",
        type="Page",
        name="Which oven?",
        audience=market.id,
        to=[market.id, PUBLIC],
        context=rui.peer.server.url("/topic/3"),
    )
    await tell(at, market, market.does("Announce", rui.does("Create", page)))
    root = await the_post(at, page["id"])
    await wrote(at, by, "The red one.", parent=root)
    return root


async def _page(at: Instance, viewer: Account, group: Account) -> list[str]:
    async with at.client(await at.token(viewer)) as http:
        answer = await http.get(f"/api/v1/accounts/{group.id}/statuses", params={"exclude_replies": "true"})
    return [each["reblog"]["id"] for each in answer.json() if each["reblog"]]


async def test_a_thread_elsewhere_moves_by_word_of_its_group_or_of_who_looks_after_both(
    database_url: MakeDatabase,
) -> None:
    """As NodeBB says it: by a person, with both groups and the conversation."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        market, hall, mod, rui = (
            beta.add("market", "Group"),
            beta.add("hall", "Group"),
            beta.add("mod"),
            beta.add("rui"),
        )
        root = await _thread(alpha, ada, market, rui)
        await followed(alpha, ada, mod)
        old = await alpha.find(market.id)
        move: dict[str, Any] = {"origin": market.id, "target": hall.id, "to": [PUBLIC]}

        await tell(alpha, mod, mod.does("Move", beta.server.url("/topic/3"), **move))
        async with alpha.db() as db:
            await moderators.replace(db, old.id, [mod.id], now=alpha.site.now())
        await tell(alpha, mod, mod.does("Move", beta.server.url("/topic/3"), **move))
        assert (await the_post(alpha, root.uri)).group_id == old.id  # looks after one of them only
        async with alpha.db() as db:
            await moderators.replace(db, (await alpha.find(hall.id)).id, [mod.id], now=alpha.site.now())
        await tell(alpha, mod, mod.does("Move", beta.server.url("/topic/3"), **move))

        new = await alpha.find(hall.id)
        thread = await the_post(alpha, root.uri)
        assert (thread.group_id, thread.replies_count) == (new.id, 1)
        assert (await _page(alpha, ada, old), await _page(alpha, ada, new)) == ([], [str(root.id)])
        assert await drops(alpha) == ["a moderator's act that does not come from the group"] * 2

        back = hall.does("Announce", mod.does("Move", root.uri, origin=hall.id, target=market.id), to=[PUBLIC])
        await followed(alpha, ada, hall)
        await tell(alpha, hall, back)
        assert (await the_post(alpha, root.uri)).group_id == old.id


async def test_a_thread_does_not_move_to_another_server_or_out_of_a_strangers_group(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, hall, rui = beta.add("market", "Group"), beta.add("hall", "Group"), beta.add("rui")
        elsewhere = gamma.add("market", "Group")
        root = await _thread(alpha, ada, market, rui)
        await followed(alpha, ada, hall)
        await followed(alpha, ada, elsewhere)

        for said in (
            market.does("Announce", market.does("Move", root.uri, target=elsewhere.id), to=[PUBLIC]),
            hall.does("Announce", hall.does("Move", root.uri, target=hall.id), to=[PUBLIC]),
            elsewhere.does("Move", root.uri, target=hall.id),
        ):
            by = next(each for each in (market, hall, elsewhere) if each.id == said["actor"])
            await tell(alpha, by, said)

        assert (await the_post(alpha, root.uri)).group_id == (await alpha.find(market.id)).id


async def test_who_looks_after_two_groups_of_ours_moves_a_thread_and_other_servers_hear_of_it(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="fedcomm") as gamma:
        ada, ben = await alpha.person("ada"), await alpha.person("ben")
        sales, stands = await alpha.group(ada, "sales"), await alpha.group(ada, "stands")
        await join(alpha, beta.add("rui"), sales)
        await join(alpha, gamma.add("dana"), sales)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=sales)
        reply = await wrote(alpha, ada, "The red one.", parent=root)

        form = {"group_id": str(stands.id)}
        async with alpha.client(await alpha.token(ben)) as http:
            assert (await http.post(f"/api/fedcomm/v1/threads/{root.id}/move", json=form)).status_code == 403
        async with alpha.client(await alpha.token(ada)) as http:
            moved = await http.post(f"/api/fedcomm/v1/threads/{reply.id}/move", json=form)
            again = await http.post(f"/api/fedcomm/v1/threads/{root.id}/move", json=form)
            nowhere = await http.post(f"/api/fedcomm/v1/threads/{root.id}/move", json={"group_id": str(ada.id)})
        await alpha.settle()

        assert (moved.status_code, moved.json()["group_id"]) == (200, str(stands.id))
        assert (again.status_code, nowhere.status_code) == (200, 422)
        assert (await the_post(alpha, reply.uri)).group_id == stands.id
        assert (await _page(alpha, ada, sales), await _page(alpha, ada, stands)) == ([], [str(root.id)])
        told = [seen.json() for seen in gamma.arrived()]
        (move,) = [
            each["object"] for each in told if isinstance(each["object"], dict) and each["object"]["type"] == "Move"
        ]
        assert {name: move[name] for name in ("actor", "object", "origin", "target")} == {
            "actor": ada.uri,
            "object": root.context_uri,
            "origin": sales.uri,
            "target": stands.uri,
        }
        (undo,) = await beta.got(1, type="Undo")
        assert (undo["actor"], undo["object"]["type"], undo["object"]["object"]) == (sales.uri, "Announce", root.uri)


def _offer(by: FakeActor, thread: str, origin: FakeActor, target: Account) -> dict[str, Any]:
    """They ask a group of ours to take a thread."""
    move = {"type": "Move", "actor": by.id, "object": thread, "origin": origin.id, "target": target.uri}
    return by.does("Offer", move, target=target.uri, to=[target.uri])


async def test_s033_only_who_looks_after_a_group_elsewhere_offers_its_threads_to_one_of_ours(
    database_url: MakeDatabase,
) -> None:
    """It moves by the word of its old group, and by that only once ours has said yes."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        stands = await alpha.group(ada, "stands")
        market, mod, rui = beta.add("market", "Group"), beta.add("mod"), beta.add("rui")
        foreign = gamma.add("mod")
        root = await _thread(alpha, ada, market, rui)
        old = await alpha.find(market.id)
        for who in (mod, foreign):
            await followed(alpha, ada, who)
        move = market.does("Move", root.uri, origin=market.id, target=stands.uri, to=[PUBLIC])

        await tell(alpha, mod, _offer(mod, root.uri, market, stands))
        async with alpha.db() as db:
            await moderators.replace(db, old.id, [mod.id, foreign.id], now=alpha.site.now())
        await tell(alpha, foreign, _offer(foreign, root.uri, market, stands))
        await tell(alpha, market, market.does("Announce", move, to=[PUBLIC]))
        assert await drops(alpha) == [
            "an Offer of a thread by who does not look after it",
            "an Offer of a thread that is not theirs",
            "a thread that no group here agreed to take",
        ]

        offer = _offer(mod, root.uri, market, stands)
        await tell(alpha, mod, offer)
        await alpha.settle()
        path = f"/api/fedcomm/v1/groups/{stands.id}/moves"
        async with alpha.client(await alpha.token(ada)) as http:
            (asked,) = (await http.get(path)).json()
            await http.post(f"{path}/{asked['id']}/accept")
        await alpha.settle()
        (accept,) = [each for each in await beta.got(type="Accept") if each["object"] == offer["id"]]
        assert (accept["actor"], accept["result"]) == (stands.uri, alpha.here.context_uri(root.id))
        assert (await the_post(alpha, root.uri)).group_id == old.id

        again = market.does("Move", root.uri, origin=market.id, target=stands.uri, to=[PUBLIC])
        await tell(alpha, market, market.does("Announce", again, to=[PUBLIC]))
        moved = await the_post(alpha, root.uri)
        assert (moved.group_id, moved.context_uri) == (stands.id, accept["result"])
        assert await _page(alpha, ada, stands) == [str(root.id)]


async def test_s039_only_the_asked_group_says_that_it_takes_a_thread_of_ours(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        sales = await alpha.group(ada, "sales")
        market, hall = beta.add("market", "Group"), beta.add("hall", "Group")
        for group in (market, hall):
            await followed(alpha, ada, group)
        root = await wrote(alpha, ada, "Which oven?", group=sales)
        target = await alpha.find(market.id)
        async with alpha.client(await alpha.token(ada)) as http:
            await http.post(f"/api/fedcomm/v1/threads/{root.id}/move", json={"group_id": str(target.id)})
        await alpha.settle()
        (offer,) = await beta.got(type="Offer")
        assert (offer["actor"], offer["object"]["type"], offer["object"]["target"]) == (ada.uri, "Move", market.id)

        context = beta.server.url("/topic/9")
        await tell(alpha, hall, hall.does("Accept", offer["id"], result=context))
        assert (await the_post(alpha, root.uri)).group_id == sales.id
        await tell(alpha, market, market.does("Accept", offer["id"], result=context))

        moved = await the_post(alpha, root.uri)
        assert (moved.group_id, moved.context_uri) == (target.id, context)
        await tell(alpha, market, market.does("Reject", offer["id"]))
        assert (await the_post(alpha, root.uri)).group_id == target.id


async def test_a_thread_between_two_other_servers_moves_if_the_new_conversation_says_so(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        market, rui, hall = beta.add("market", "Group"), beta.add("rui"), gamma.add("hall", "Group")
        root = await _thread(alpha, ada, market, rui)
        context: dict[str, Any] = {"id": gamma.server.url("/topic/1"), "type": "OrderedCollection", "orderedItems": []}
        claimed = {"origin": market.id, "target": hall.id, "result": context["id"], "to": [PUBLIC]}

        for owner, moved_from in ((market.id, root.context_uri), (hall.id, beta.server.url("/topic/4"))):
            context["id"] = claimed["result"] = gamma.new_id("topic")
            gamma.publish({**context, "attributedTo": owner, "fc:movedFrom": moved_from})
            await tell(alpha, market, market.does("Announce", market.does("Move", root.uri, **claimed), to=[PUBLIC]))
            assert (await the_post(alpha, root.uri)).group_id == (await alpha.find(market.id)).id

        context["id"] = claimed["result"] = gamma.new_id("topic")
        gamma.publish({**context, "attributedTo": hall.id, "fc:movedFrom": root.context_uri})
        await tell(alpha, market, market.does("Announce", market.does("Move", root.uri, **claimed), to=[PUBLIC]))

        moved = await the_post(alpha, root.uri)
        assert (moved.group_id, moved.context_uri) == ((await alpha.find(hall.id)).id, context["id"])
