"""A thread that moves from a group on one server to one on another: both must want it (federation.md 4.3; FEP-f15d)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx

from fedcomm.threads import reading
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import rows
from tests.fediverse.chapters import Network, three
from tests.fediverse.members import thread_at
from tests.running import Instance, MakeDatabase


@asynccontextmanager
async def _scene(make_database: MakeDatabase) -> AsyncGenerator[tuple[Network, str, str]]:
    """Ada's thread in the association's group, which Dora, in the north, answered."""
    async with three(make_database) as network:
        await network.cleo.join(network.sales)
        await network.settle()
        root = await network.ada.write("Ours broke after two years.", network.sales, title="Which oven?")
        await network.settle()
        reply = await network.dora.answer(root, "The red one.")
        await network.settle()
        yield network, root, reply


async def _post(at: Instance, uri: str) -> Post:
    async with at.site.read() as db:
        post = await reading.by_uri(db, uri)
    assert post is not None
    return post


async def _ask(network: Network, root: str, status: int = 202) -> Any:
    """Ada, who looks after the old group, asks the northern one to take the thread."""
    at = network.association
    target = await at.find(network.northern.uri)
    thread = await _post(at, root)
    async with at.client(await at.token(network.ada.account)) as http:
        answer = await http.post(f"/api/fedcomm/v1/threads/{thread.id}/move", json={"group_id": str(target.id)})
    assert answer.status_code == status, answer.text
    await network.settle()
    return answer.json()


async def _decide(network: Network, verb: str, **form: str) -> Any:
    """Ben, who looks after the northern group, says yes or no to the only thread that it was asked to take."""
    at, path = network.north, f"/api/fedcomm/v1/groups/{network.northern.id}/moves"
    async with at.client(await at.token(network.ben.account)) as http:
        (asked,) = (await http.get(path)).json()
        answer = await http.post(f"{path}/{asked['id']}/{verb}", json=form)
    assert answer.status_code == 200, answer.text
    await network.settle()
    return answer.json()


async def _document(uri: str) -> Any:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(uri, headers={"Accept": "application/activity+json"})).json()


async def test_a_thread_moves_to_another_server_once_both_groups_want_it(database_url: MakeDatabase) -> None:
    async with _scene(database_url) as (network, root, reply):
        old = await _post(network.association, root)
        asked = await _ask(network, root)
        assert (asked["state"], asked["thread_id"]) == ("requested", str(old.id))
        for at in (network.association, network.north):
            assert (await thread_at(at, root))[root].group == network.sales.uri

        said = await _decide(network, "accept")

        assert (said["state"], said["asked_by"]["acct"]) == (
            "accepted",
            network.ada.account.acct.split("@")[0] + f"@{network.association.here.authority}",
        )
        for at in network.all:
            found = await thread_at(at, root)
            assert {each.group for each in found.values()} == {network.northern.uri}
            assert set(found) == {root, reply}
        there = network.north.here.context_uri((await _post(network.north, root)).id)
        assert [(await _post(at, root)).context_uri for at in network.all] == [there] * 3
        assert (await _document(root))["audience"] == network.northern.uri

        before, after = await _document(old.context_uri or ""), await _document(there)
        assert (before["attributedTo"], before["fc:movedTo"]) == (network.sales.uri, there)
        assert (after["attributedTo"], after["fc:movedFrom"]) == (network.northern.uri, old.context_uri)
        assert after["orderedItems"] == before["orderedItems"] == [root, reply]


async def test_what_is_said_after_the_move_goes_through_the_new_group(database_url: MakeDatabase) -> None:
    async with _scene(database_url) as (network, root, _):
        old = await _post(network.association, root)
        await _ask(network, root)
        await _decide(network, "accept")

        new = await network.ben.answer(root, "Red ones burn the bread.")
        await network.settle()
        last = await network.ada.answer(new, "Ours did not.")
        await network.settle()

        for at in network.all[:2]:
            found = await thread_at(at, root)
            assert (found[new].group, found[last].group) == (network.northern.uri, network.northern.uri)
        assert {new, last}.isdisjoint((await _document(old.context_uri or ""))["orderedItems"])
        assert await network.ben.home() != []
        assert (await _document(last))["context"] == (await _post(network.north, root)).context_uri


async def test_a_group_that_does_not_want_a_thread_says_why_and_it_stays(database_url: MakeDatabase) -> None:
    async with _scene(database_url) as (network, root, _):
        await _ask(network, root)

        assert (await _decide(network, "decline", reason="Ovens are not ours"))["state"] == "declined"

        for at in network.all:
            assert (await thread_at(at, root))[root].group == network.sales.uri
        (row,) = await rows(network.association, "SELECT state, reason FROM thread_move")
        assert (row["state"], row["reason"]) == ("declined", "Ovens are not ours")
        at = network.association
        async with at.client(await at.token(network.ada.account)) as http:
            told = (await http.get("/api/v1/notifications", params={"types[]": "fedcomm.refused"})).json()
        assert [each["account"]["uri"] for each in told] == [network.northern.uri]
        await _ask(network, root)
        assert (await _decide(network, "accept"))["state"] == "accepted"
        assert (await thread_at(network.south, root))[root].group == network.northern.uri


async def test_only_who_looks_after_a_group_asks_and_answers_and_a_carried_thread_stays(
    database_url: MakeDatabase,
) -> None:
    async with _scene(database_url) as (network, root, _):
        at = network.association
        target = await at.find(network.northern.uri)
        stranger = await at.person("eve")
        async with at.client(await at.token(stranger)) as http:
            thread = await _post(at, root)
            answer = await http.post(f"/api/fedcomm/v1/threads/{thread.id}/move", json={"group_id": str(target.id)})
        assert answer.status_code == 403
        await _ask(network, root)
        async with network.north.client(await network.north.token(network.dora.account)) as http:
            assert (await http.get(f"/api/fedcomm/v1/groups/{network.northern.id}/moves")).status_code == 403

        carried = await network.ada.write("Shown twice.", network.sales, network.southern, title="Twice")
        await network.settle()
        refused = await _ask(network, carried, 422)
        assert "Other groups show this thread" in refused["error"]
