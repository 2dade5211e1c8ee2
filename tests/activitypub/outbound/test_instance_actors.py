"""What a whole server can do stands on the actor that stands for it (FEP-844e): that is found and heeded (D17)."""

import json
from typing import Any

import pytest

from tests.activitypub.inbound.world import join, rows, world, wrote
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers

UNWRAPS = {"href": "https://w3id.org/fep/1b12", "name": "FEP-1b12"}
NEWER = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC 9421"}
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.0"


def _by_nodeinfo(peer: FakePeer, actor: str) -> None:
    """FEP-2677."""
    links = [
        {"rel": NODEINFO, "href": peer.server.url("/nodeinfo/2.0")},
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": actor},
    ]
    peer.server.on("/.well-known/nodeinfo", answers.document({"links": links}, content_type="application/json"))


def _by_webfinger(peer: FakePeer, actor: str) -> None:
    """FEP-d556."""
    rel = "https://www.w3.org/ns/activitystreams#Service"
    link = {"rel": rel, "type": "application/activity+json", "href": actor}
    said = {"subject": peer.server.url("/"), "links": [link]}

    async def answer(exchange: Any) -> None:
        known = exchange.seen.query.get("resource") == peer.server.url("/")
        script = answers.document(said, content_type=answers.JRD_JSON) if known else answers.status(404)
        await script(exchange)

    peer.server.on("/.well-known/webfinger", answer)


@pytest.mark.parametrize("tell_where", [_by_nodeinfo, _by_webfinger], ids=["NodeInfo", "WebFinger"])
async def test_d17_a_server_of_unknown_software_gets_the_forms_that_its_own_actor_names(
    database_url: MakeDatabase, tell_where: Any
) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, _), FakePeer(software="streams") as gamma:
        standing = gamma.add("gamma", "Application", implements=[UNWRAPS, NEWER])
        tell_where(gamma, standing.id)
        ada = await alpha.person()
        group = await alpha.group(ada)
        await join(alpha, gamma.add("rui"), group)
        clock.pass_by(minutes=2)
        gamma.server.seen.clear()

        await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)

        (seen,) = gamma.arrived()
        assert json.loads(seen.body)["object"]["type"] == "Create"
        assert "signature-input" in seen.headers


async def test_an_actor_elsewhere_says_nothing_of_what_a_server_can_do(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer(software="streams") as gamma:
        elsewhere = beta.add("beta", "Application", implements=[UNWRAPS, NEWER])
        _by_nodeinfo(gamma, elsewhere.id)
        ada = await alpha.person()
        group = await alpha.group(ada)
        await join(alpha, gamma.add("rui"), group)

        await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)

        (announce,) = await gamma.got(1, type="Announce")
        assert isinstance(announce["object"], str)
        (row,) = await rows(
            alpha, "SELECT announce_form, capabilities FROM peer WHERE authority = $1", gamma.server.authority
        )
        assert (row["announce_form"], row["capabilities"]) == ("C", [])


async def test_software_that_is_known_by_its_name_is_not_asked_at_its_root(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()

        await join(alpha, beta.add("rui"), await alpha.group(ada))

        asked = [seen.query.get("resource") for seen in beta.server.seen if seen.path == "/.well-known/webfinger"]
        assert beta.server.url("/") not in asked
