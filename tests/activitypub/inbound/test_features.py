"""Collections on other servers that would feature accounts of ours, with the word of each (FEP-7aa9; Mastodon 4.6)."""

from typing import Any

import pytest

from fedcomm.accounts import blocks, featured_elsewhere
from tests.activitypub.inbound.world import drops, tell, world
from tests.kit.peers import FakeActor
from tests.running import MakeDatabase


def _ask(by: FakeActor, whom: str, collection: str) -> dict[str, Any]:
    return by.does("FeatureRequest", whom, instrument=collection, to=[whom])


async def test_who_wants_to_be_found_is_featured_elsewhere_until_they_take_it_back(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada, "sales")
        rui, collection = beta.add("rui"), beta.server.url("/collections/1")
        for account in (ada, group):
            await tell(alpha, rui, _ask(rui, account.uri, collection))
        (accept, of_group) = await beta.got(2, type="Accept")
        async with alpha.client() as http:
            as_document = {"Accept": "application/activity+json"}
            actor = (await http.get(ada.uri, headers=as_document)).json()
            stamp = (await http.get(accept["result"], headers=as_document)).json()

            assert actor["interactionPolicy"]["canFeature"]["automaticApproval"] == [
                "https://www.w3.org/ns/activitystreams#Public"
            ]
            assert (accept["actor"], accept["object"]["type"], of_group["actor"]) == (
                ada.uri,
                "FeatureRequest",
                group.uri,
            )
            assert (stamp["id"], stamp["type"]) == (accept["result"], "FeatureAuthorization")
            assert (stamp["interactingObject"], stamp["interactionTarget"]) == (collection, ada.uri)

            async with alpha.db() as db:
                (given,) = await featured_elsewhere.of(db, ada.id, limit=5)
                await featured_elsewhere.revoke(db, ada, given.id, now=alpha.site.now())
            await alpha.settle()
            (delete,) = await beta.got(1, type="Delete")
            assert (delete["actor"], delete["object"]) == (ada.uri, accept["result"])
            assert (await http.get(accept["result"], headers=as_document)).status_code == 410
            assert (await http.get(of_group["result"], headers=as_document)).status_code == 200
        await tell(alpha, rui, _ask(rui, ada.uri, collection))
        (reject,) = await beta.got(1, type="Reject")
        assert reject["actor"] == ada.uri


@pytest.mark.parametrize("why", ["hidden", "blocked"])
async def test_who_does_not_want_to_be_found_or_blocks_the_owner_is_not_featured(
    database_url: MakeDatabase, why: str
) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await tell(alpha, rui, _ask(rui, ada.uri, beta.server.url("/collections/1")))
        (accept,) = await beta.got(1, type="Accept")
        known = await alpha.find(rui.id)
        async with alpha.db() as db:
            if why == "blocked":
                await blocks.put_block(db, ada.id, known.id, now=alpha.site.now())
            else:
                await db.execute("UPDATE account SET is_discoverable = false WHERE id = $1", ada.id)

        await tell(alpha, rui, _ask(rui, ada.uri, beta.server.url("/collections/2")))

        (reject,) = await beta.got(1, type="Reject")
        assert reject["object"]["instrument"] == beta.server.url("/collections/2")
        async with alpha.client() as http:
            gone = await http.get(accept["result"], headers={"Accept": "application/activity+json"})
            assert gone.status_code == 404
            if why == "hidden":
                actor = (await http.get(ada.uri, headers={"Accept": "application/activity+json"})).json()
                assert actor["interactionPolicy"]["canFeature"]["automaticApproval"] == [ada.uri]


async def test_s038_nobody_asks_for_the_collection_of_another_server(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")

        await tell(alpha, rui, _ask(rui, ada.uri, "https://elsewhere.example/collections/1"))
        await tell(alpha, rui, _ask(rui, rui.id, beta.server.url("/collections/1")))

        assert await drops(alpha) == ["a FeatureRequest about nobody here, or for somebody else's collection"] * 2
        async with alpha.db() as db:
            assert await featured_elsewhere.of(db, ada.id, limit=5) == []
