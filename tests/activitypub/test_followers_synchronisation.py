"""Both sides of a follow know the same (FEP-8fcf, R044): what we say of our followers, and what we do when others say
otherwise.
"""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from fedcomm.accounts.model import Account
from federation.synchronising import FIELD, NOBODY, Agreement, digest_of, read_agreement
from tests import running
from tests.activitypub.inbound.world import asked, followed, rows, tell, world, wrote
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.kit import FakeActor, FakePeer, signing
from tests.running import Instance


def partial(actor: FakeActor) -> str:
    return f"{actor.id}/followers_synchronization"


def lists(peer: FakePeer, actor: FakeActor, *items: str, **more: Any) -> None:
    """Serve the followers of somebody who live at our instance."""
    listed = {"id": partial(actor), "type": "OrderedCollection", "totalItems": len(items), "orderedItems": list(items)}
    peer.publish({**listed, **more})


async def says(
    at: Instance, actor: FakeActor, *items: str, also: Mapping[str, str] | None = None, **parts: str
) -> None:
    """Somebody writes to their followers, and beside it says who of ours they are."""
    said = Agreement(f"{actor.id}/followers", partial(actor), digest_of(items))
    field = str(Agreement(**({name: getattr(said, name) for name in said.__slots__} | parts)))
    activity = actor.does("Create", actor.writes("Hello", to=[f"{actor.id}/followers"]))
    sent = await actor.send(at.here.shared_inbox_url, activity, also={FIELD: field} if also is None else also)
    assert sent.status == 202, sent.body
    await at.settle()


async def follows(at: Instance) -> set[tuple[str, str, str]]:
    found = await rows(
        at,
        """
        SELECT follower.handle AS follower, followee.handle AS followee, follow.state
          FROM follow
          JOIN account follower ON follower.id = follow.follower_id
          JOIN account followee ON followee.id = follow.followee_id
        """,
    )
    return {(row["follower"], row["followee"], row["state"]) for row in found}


async def test_deliveries_to_followers_say_who_of_that_server_they_are(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe, eva = beta.add("rui"), beta.add("zoe"), gamma.add("eva")
        for reader in (rui, zoe, eva):
            await tell(alpha, reader, reader.does("Follow", ada.uri))
        for peer in (beta, gamma):
            peer.server.seen.clear()

        await wrote(alpha, ada, "Hello.")
        await wrote(alpha, ada, f"@{rui.handle} Hello.")

        for peer, readers in ((beta, (rui, zoe)), (gamma, (eva,))):
            assert len(peer.arrived()) == 2
            for seen in peer.arrived():
                said = read_agreement(seen.headers[FIELD.lower()])
                assert said.collection == ada.followers_url
                assert said.digest == digest_of(reader.id for reader in readers)
                assert FIELD.lower() in seen.headers["signature"]
                asked_back = await readers[0].get(said.url)
                assert asked_back.status == 200
                assert sorted(_items(asked_back.body)) == sorted(reader.id for reader in readers)


async def test_what_is_for_few_says_nothing_of_followers(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        async with alpha.client(await alpha.token(ada)) as http:
            form = {"status": f"@{rui.handle} Only for you.", "visibility": "direct"}
            assert (await http.post("/api/v1/statuses", json=form)).status_code == 200
        await alpha.settle()

        assert [seen.json()["type"] for seen in beta.arrived()] == ["Accept", "Create"]
        assert not [seen for seen in beta.arrived() if FIELD.lower() in seen.headers]


async def test_who_follows_is_told_to_their_own_server_and_to_nobody_else(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, eva = beta.add("rui"), gamma.add("eva")
        for followed_one in (ada, group):
            await tell(alpha, rui, rui.does("Follow", followed_one.uri))
            url = f"{followed_one.uri}/followers_synchronization"

            assert _items((await rui.get(url)).body) == [rui.id]
            assert _items((await eva.get(url)).body) == []
            assert (await rui.get(url, tamper=signing.Tamper(unsigned=True))).status == 401
            assert (await rui.get(url, tamper=signing.Tamper(flipped=True))).status == 401
            assert "no-store" in (await rui.get(url)).headers["cache-control"]


async def test_follows_that_the_other_server_does_not_know_end_here(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben, rui = await alpha.person(), await alpha.person("ben"), beta.add("rui")
        await followed(alpha, ada, rui)
        await followed(alpha, ben, rui)
        lists(beta, rui, ada.uri)

        await says(alpha, rui, ada.uri)

        assert await follows(alpha) == {("ada", "rui", "accepted")}
        (request,) = [seen for seen in beta.server.seen if seen.path == f"{rui.path}/followers_synchronization"]
        assert alpha.here.instance_actor_uri in request.headers["signature"]


async def test_whom_nobody_here_follows_is_taken_off_their_list_and_who_asked_is_let_in(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui = beta.add("rui")
        await asked(alpha, ben, rui)
        stranger = f"{alpha.url}/u/nobody"
        lists(beta, rui, ada.uri, ben.uri, stranger)

        await says(alpha, rui, ada.uri, ben.uri, stranger)

        assert await follows(alpha) == {("ben", "rui", "accepted")}
        (undo,) = await beta.got(1, type="Undo")
        assert (undo["actor"], undo["object"]["type"]) == (ada.uri, "Follow")
        assert (undo["object"]["actor"], undo["object"]["object"]) == (ada.uri, rui.id)


@pytest.mark.parametrize("wrong", ["url", "collection", "digest", "unsigned", "pages"])
async def test_nothing_changes_by_what_is_not_theirs_to_say_or_not_whole(
    database_url: MakeDatabase, wrong: str
) -> None:
    """Never across origins: the list lies with who is followed, and is the one that was meant."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, rui, eva = await alpha.person(), beta.add("rui"), gamma.add("eva")
        await followed(alpha, ada, rui)
        await followed(alpha, ada, eva)
        lists(
            beta,
            rui,
            **({"next": partial(rui) + "?page=2", "type": "OrderedCollectionPage"} if wrong == "pages" else {}),
        )
        lists(gamma, eva)
        match wrong:
            case "url":
                await says(alpha, rui, url=partial(eva))
            case "collection":
                await says(alpha, rui, collection=f"{eva.id}/followers", url=partial(eva))
            case "digest":
                await says(alpha, rui, digest="ab" * 32)
            case "unsigned":
                field = str(Agreement(f"{rui.id}/followers", partial(rui), NOBODY))
                await says(alpha, rui, also={})
                activity = rui.does("Create", rui.writes("Hello", to=[f"{rui.id}/followers"]))
                spoiled = signing.Tamper(fields=((FIELD, field),))
                assert (await rui.send(alpha.here.shared_inbox_url, activity, tamper=spoiled)).status == 202
                await alpha.settle()
            case _:
                await says(alpha, rui)

        assert await follows(alpha) == {("ada", "rui", "accepted"), ("ada", "eva", "accepted")}
        was_asked = bool([seen for seen in beta.server.seen if seen.path.endswith("synchronization")])
        assert was_asked == (wrong in ("digest", "pages"))
        assert not [seen for seen in gamma.server.seen if seen.path.endswith("synchronization")]


async def test_another_server_is_asked_once_in_ten_minutes_whatever_it_says(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await followed(alpha, ada, rui)

        lists(beta, rui, ada.uri)
        for _ in range(3):
            await says(alpha, rui)  # its list says otherwise, and counts for nothing
        requests = [seen for seen in beta.server.seen if seen.path.endswith("synchronization")]
        assert len(requests) == 1

        clock.pass_by(minutes=11)
        lists(beta, rui)
        activity = rui.does("Create", rui.writes("Hello", to=[f"{rui.id}/followers"]))
        field = str(Agreement(f"{rui.id}/followers", partial(rui), NOBODY))
        late = signing.Tamper(age=-clock.ahead)
        assert (await rui.send(alpha.here.shared_inbox_url, activity, tamper=late, also={FIELD: field})).status == 202
        await alpha.settle()
        assert await follows(alpha) == set()


async def test_r044_lists_that_have_drifted_apart_are_the_same_after_one_delivery(database_url: MakeDatabase) -> None:
    """R044: of forty follows across two instances some were lost on the one side, some on the other."""
    chance = random.Random(44)
    async with running.instances(database_url, 2) as (alpha, beta):
        ada = await alpha.person("ada")
        people = [await beta.person(f"person{n}") for n in range(40)]
        there = await _known_at(beta, ada)
        for person in people:
            async with beta.client(await beta.token(person)) as http:
                assert (await http.post(f"/api/v1/accounts/{there.id}/follow")).status_code == 200
        await running.settle(alpha, beta)
        assert len(await _followers(alpha, ada)) == len(await _followers(beta, ada)) == 40
        lost = chance.sample(people, 4)
        await _lose(alpha, [person.uri for person in lost[:2]])
        await _lose(beta, [person.uri for person in lost[2:]])

        await wrote(alpha, ada, "Hello.")
        await running.settle(alpha, beta)

        wanted = {person.uri for person in people if person not in lost}
        assert await _followers(alpha, ada) == await _followers(beta, ada) == wanted


def _items(body: bytes) -> list[str]:
    found: list[str] = json.loads(body)["orderedItems"]
    return found


async def _known_at(at: Instance, account: Account) -> Account:
    async with at.client(await at.token(await at.person("finder"))) as http:
        found = await http.get("/api/v2/search", params={"q": account.uri, "resolve": "true"})
    assert len(found.json()["accounts"]) == 1
    return await at.find(account.uri)


async def _followers(at: Instance, account: Account) -> set[str]:
    found = await rows(
        at,
        """
        SELECT follower.uri
          FROM follow
          JOIN account follower ON follower.id = follow.follower_id
          JOIN account followee ON followee.id = follow.followee_id
         WHERE followee.uri = $1 AND follow.state = 'accepted'
        """,
        account.uri,
    )
    return {row["uri"] for row in found}


async def _lose(at: Instance, uris: list[str]) -> None:
    async with at.db() as db:
        await db.execute(
            "DELETE FROM follow USING account WHERE account.id = follow.follower_id AND account.uri = ANY($1)", uris
        )
