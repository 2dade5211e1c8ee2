"""Activities that nobody elsewhere had to get: their ids resolve all the same (D47, T2)."""

import httpx2 as httpx
import pytest

from fedcomm.accounts.model import Account
from tests.activitypub.inbound.world import join, world
from tests.running import Instance, MakeDatabase


async def write(alpha: Instance, by: Account, text: str, visibility: str = "public") -> int:
    """The id of a new post by somebody, when all that follows from it is done."""
    async with alpha.client(await alpha.token(by)) as http:
        made = (await http.post("/api/v1/statuses", json={"status": text, "visibility": visibility})).json()
    await alpha.settle()
    return int(made["id"])


async def document(alpha: Instance, path: str) -> httpx.Response:
    async with alpha.client() as http:
        return await http.get(path, headers={"accept": "application/activity+json"})


async def test_the_create_of_a_post_that_went_nowhere_is_written_when_it_is_asked_for(alpha: Instance) -> None:
    ada = await alpha.person()
    post_id = await write(alpha, ada, "Which oven?")

    create = (await document(alpha, f"/a/{post_id}")).json()
    outbox = (await document(alpha, f"/u/{ada.handle}/outbox?page=true")).json()

    async with alpha.db() as db:
        assert await db.fetchval("SELECT count(*) FROM activity") == 0
    assert (create["type"], create["actor"]) == ("Create", ada.uri)
    assert create["id"] == alpha.here.activity_uri(post_id)
    assert create["object"]["id"] == alpha.here.post_uri(post_id)
    assert create["proof"]["type"] == "DataIntegrityProof"
    assert [each["id"] for each in outbox["orderedItems"]] == [create["id"]]


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_what_is_not_for_everybody_has_no_create_for_strangers(alpha: Instance, visibility: str) -> None:
    post_id = await write(alpha, await alpha.person(), "Between us.", visibility)

    assert (await document(alpha, f"/a/{post_id}")).status_code == 404
    assert (await document(alpha, f"/a/{post_id + 1}")).status_code == 404


async def test_when_somebody_elsewhere_follows_the_create_is_sent_and_kept(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui")
        await join(alpha, rui, ada)
        post_id = await write(alpha, ada, "Now you hear me.")

        (create,) = [seen.json() for seen in beta.arrived() if seen.json()["type"] == "Create"]
        assert (await document(alpha, f"/a/{post_id}")).json() == create
