"""Handles and ids by WebFinger: what actors name themselves (FEP-2c59), and what ids of ours lead to (FEP-4adb)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.activitypub.inbound.world import tell, world, wrote
from tests.kit import answers
from tests.kit.servers import FakeServer
from tests.running import Instance, MakeDatabase

WEBFINGER = "/.well-known/webfinger"
AS_JSON = "application/activity+json"


def _leads(subject: str, uri: str) -> answers.Script:
    link = {"rel": "self", "type": AS_JSON, "href": uri}
    return answers.document({"subject": f"acct:{subject}", "links": [link]}, content_type=answers.JRD_JSON)


async def test_the_handle_that_an_actor_names_counts_once_it_leads_back(database_url: MakeDatabase) -> None:
    """Its own host answers for another name: the handle is neither made of its id nor of `preferredUsername`."""
    async with world(database_url) as (alpha, beta), FakeServer() as domain:
        ada = await alpha.person()
        rui = beta.add("rui", webfinger=f"sales@{domain.authority}")
        domain.on(WEBFINGER, _leads(f"sales@{domain.authority}", rui.id))

        await tell(alpha, rui, rui.does("Follow", ada.uri))

        known = await alpha.find(rui.id)
        assert (known.handle, known.handle_domain) == ("sales", domain.authority)
        assert [seen.query for seen in domain.seen] == [{"resource": f"acct:sales@{domain.authority}"}]


@pytest.mark.parametrize("lie", ["somebody else", "another name", "nobody", "no handle", "one of ours"])
async def test_s047_a_handle_that_does_not_lead_back_is_not_believed(database_url: MakeDatabase, lie: str) -> None:
    async with world(database_url) as (alpha, beta), FakeServer() as domain:
        ada = await alpha.person()
        claimed = {"no handle": "<b>boss", "one of ours": f"ada@{alpha.domain}"}.get(lie, f"boss@{domain.authority}")
        rui = beta.add("rui", webfinger=claimed)
        if lie == "somebody else":
            domain.on(WEBFINGER, _leads(f"boss@{domain.authority}", domain.url("/u/boss")))
        elif lie == "another name":
            domain.on(WEBFINGER, _leads(f"rui@{domain.authority}", rui.id))

        await tell(alpha, rui, rui.does("Follow", ada.uri))

        known = await alpha.find(rui.id)
        assert (known.handle, known.handle_domain) == ("rui", beta.server.authority)


async def _json(at: Instance, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
    async with at.client() as http:
        answer = await http.get(path, params=params, headers={"Accept": AS_JSON})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_actor_of_ours_names_a_handle_that_leads_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, _):
        ada = await alpha.person()
        group = await alpha.group(ada)
        for uri in (ada.uri, group.uri, alpha.here.instance_actor_uri):
            handle = (await _json(alpha, uri))["webfinger"]
            found = [await _json(alpha, WEBFINGER, {"resource": asked}) for asked in (f"acct:{handle}", uri)]

            assert found[0] == found[1]
            assert found[0]["subject"] == f"acct:{handle}"
            assert [link["href"] for link in found[0]["links"] if link["rel"] == "self"] == [uri, uri]


async def test_ids_of_posts_lead_to_their_documents_as_far_as_anybody_may_read_them(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, _):
        ada = await alpha.person()
        post = await wrote(alpha, ada, "Which oven?")

        found = await _json(alpha, WEBFINGER, {"resource": post.uri})
        (uri,) = {link["href"] for link in found["links"] if link["rel"] == "self"}
        assert (found["subject"], found["aliases"], uri) == (post.uri, [post.url], post.uri)
        assert (await _json(alpha, uri))["id"] == post.uri

        async with alpha.client(await alpha.token(ada)) as http:
            form = {"status": "Psst.", "visibility": "private"}
            private = (await http.post("/api/v1/statuses", json=form)).json()["uri"]
            await http.delete(f"/api/v1/statuses/{post.id}")
            asked = [private, alpha.here.post_uri(7), f"{alpha.here.base_url}/p/x", post.uri]
            answered = [(await http.get(WEBFINGER, params={"resource": each})).status_code for each in asked]
        assert answered == [404, 404, 404, 410]


async def test_where_fetches_must_be_signed_webfinger_tells_nothing_of_posts(database_url: MakeDatabase) -> None:
    async with world(database_url, FEDCOMM_AUTHORIZED_FETCH="on") as (alpha, _):
        ada = await alpha.person()
        post = await wrote(alpha, ada, "Which oven?")
        async with alpha.client() as http:
            asked = [(await http.get(WEBFINGER, params={"resource": uri})).status_code for uri in (ada.uri, post.uri)]
        assert asked == [200, 404]
