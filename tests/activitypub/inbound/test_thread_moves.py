"""Threads that move from one group to another of the same server, theirs and ours (FEP-f15d)."""

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
