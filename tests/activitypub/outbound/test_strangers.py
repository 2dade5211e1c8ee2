"""Servers of which we do not know yet what they understand are asked, and keep nobody else waiting (D17, D56)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.groups import membership
from tests.activitypub.inbound.world import QUICK, join, world, wrote
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers
from tests.running import Instance


async def _stranger_follows(at: Instance, group: Account, peer: FakePeer) -> None:
    """A follower of whose server nobody has asked what it is: as from a time when it did not answer."""
    follower = await at.site.service(Actors).account(peer.add("lem").id)
    async with at.db() as db:
        await membership.receive_follow(db, at.here, follower, group, f"{follower.uri}#follow", now=at.site.now())
        await db.execute("UPDATE fact SET expanded_at = created_at WHERE expanded_at IS NULL")


async def test_d56_who_does_not_say_what_it_is_keeps_nobody_waiting_and_gets_its_own_form_later(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        await join(alpha, beta.add("rui"), group)
        gate = asyncio.Event()
        gamma.server.on("/.well-known/nodeinfo", answers.when(gate, answers.document(_nodeinfo(gamma))))
        await _stranger_follows(alpha, group, gamma)
        async with alpha.working():
            async with alpha.client(await alpha.token(ada)) as http:
                said = {"status": f"@{group.handle} Which oven?\nOurs broke."}
                assert (await http.post("/api/v1/statuses", json=said)).status_code == 200
            (plain,) = await beta.got(1, type="Announce")
            assert gamma.arrived() == []

            gate.set()
            (wrapped,) = await gamma.got(1, type="Announce")

        assert isinstance(plain["object"], str)
        assert wrapped["object"]["type"] == "Create"
        assert len(gamma.arrived()) == len([seen for seen in beta.arrived() if seen.json()["type"] == "Announce"]) == 1


async def test_d56_who_never_says_it_gets_the_form_that_everybody_understands(database_url: MakeDatabase) -> None:
    durations = replace(QUICK, profile_wait=timedelta(seconds=0.2))
    async with world(database_url, durations=durations) as (alpha, beta), FakePeer(software="lemmy") as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        await join(alpha, beta.add("rui"), group)
        gamma.server.on("/.well-known/nodeinfo", answers.hang())
        await _stranger_follows(alpha, group, gamma)

        post = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)

        for peer in (beta, gamma):
            (announced,) = [seen.json() for seen in peer.arrived() if seen.json()["type"] == "Announce"]
            assert announced["object"] == post.uri
        assert (
            len({seen.json()["id"] for peer in (beta, gamma) for seen in peer.arrived() if _is_announce(seen.json())})
            == 1
        )


def _is_announce(activity: dict[str, object]) -> bool:
    return activity["type"] == "Announce"


def _nodeinfo(peer: FakePeer) -> dict[str, object]:
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {"links": [{"rel": rel, "href": peer.server.url("/nodeinfo/2.0")}]}
