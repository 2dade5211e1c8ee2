"""Recommendations as another server reads them: the groups of an instance, and collections of members (FEP-7aa9)."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx2 as httpx
import pytest

from fedcomm.accounts import collections
from fedcomm.accounts.collections import Wording
from tests import running
from tests.api.callers import caller
from tests.running import Instance, MakeDatabase

COLLECTIONS = "/api/v1/collections"


@pytest.fixture
async def alpha(database_url: MakeDatabase) -> AsyncGenerator[Instance]:
    async with running.instances(database_url, 1) as (alpha,):
        yield alpha


async def read(uri: str, status: int = 200) -> Any:
    """The document under an id, as a server without a signature gets it."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(uri, headers={"Accept": "application/activity+json"})
    assert answer.status_code == status, (uri, answer.status_code, answer.text)
    if status != 200:
        return None
    assert answer.headers["content-type"] == "application/activity+json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    return answer.json()


async def featured(collection: Any) -> list[str]:
    """Who is in a collection: each says so, below their own id, of this collection."""
    assert (collection["type"], collection["totalItems"]) == ("FeaturedCollection", len(collection["orderedItems"]))
    for item in collection["orderedItems"]:
        assert item["type"] == "FeaturedItem"
        assert item["id"].startswith(collection["id"] + "#")
        assert item["featureAuthorization"].startswith(item["featuredObject"] + "/")
        stamp = await read(item["featureAuthorization"])
        assert (stamp["id"], stamp["type"]) == (item["featureAuthorization"], "FeatureAuthorization")
        assert stamp["interactingObject"] == collection["id"]
        assert stamp["interactionTarget"] == item["featuredObject"]
    return [item["featuredObject"] for item in collection["orderedItems"]]


async def test_the_instance_publishes_its_public_groups_and_no_hidden_one(alpha: Instance) -> None:
    ada = await alpha.person("ada")
    bakers, secret, shy = [await alpha.group(ada, name) for name in ("bakers", "secret", "shy")]
    actor = await read(alpha.here.instance_actor_uri)
    listed = await read(actor["featuredCollections"])
    (uri,) = listed["items"]
    found = await read(uri)
    assert (found["attributedTo"], found["name"]) == (actor["id"], alpha.site.settings.name)
    assert await featured(found) == [bakers.uri, secret.uri, shy.uri]

    stamps = {each["featuredObject"]: each["featureAuthorization"] for each in found["orderedItems"]}
    async with alpha.db() as db:
        await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", secret.id)
        await db.execute("UPDATE account SET is_discoverable = false WHERE id = $1", shy.id)
    assert await featured(await read(uri)) == [bakers.uri]
    await read(stamps[secret.uri], 404)
    await read(stamps[shy.uri], 404)
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(uri, headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, alpha.here.page_url("/groups"))


async def test_collections_of_a_member_are_read_elsewhere_with_the_word_of_each_in_them(alpha: Instance) -> None:
    async with caller(alpha, "ada") as ada, caller(alpha, "ben") as ben, caller(alpha, "cleo") as cleo:
        said = {"name": "Bakers", "description": "Bread < cake", "tag_name": "bread", "language": "en"}
        made = (await ada.post(COLLECTIONS, account_ids=[ben.id, cleo.id], **said))["collection"]
        unlisted = (await ada.post(COLLECTIONS, name="For friends", discoverable=False))["collection"]
        listed = await read((await read(ada.account.uri))["featuredCollections"])
        assert (listed["totalItems"], listed["items"]) == (1, [made["uri"]])

        found = await read(made["uri"])
        assert (found["id"], found["name"], found["attributedTo"]) == (made["uri"], "Bakers", ada.account.uri)
        assert (found["topic"]["type"], found["topic"]["name"]) == ("Hashtag", "#bread")
        assert (found["summary"], found["summaryMap"]) == ("Bread &lt; cake", {"en": "Bread &lt; cake"})
        assert (found["sensitive"], found["discoverable"], found["url"]) == (False, True, made["url"])
        assert await featured(found) == [ben.account.uri, cleo.account.uri]
        assert await read(found["url"]) == found
        assert (await read(unlisted["uri"]))["discoverable"] is False
        await read(made["uri"].replace(f"/u/{ada.account.handle}/", f"/u/{ben.account.handle}/"), 404)


async def test_who_leaves_a_collection_or_wants_to_be_found_no_more_is_gone_from_it(alpha: Instance) -> None:
    async with caller(alpha, "ada") as ada, caller(alpha, "ben") as ben, caller(alpha, "cleo") as cleo:
        made = (await ada.post(COLLECTIONS, name="Bakers", account_ids=[ben.id, cleo.id]))["collection"]
        of_ben, of_cleo = [each["featureAuthorization"] for each in (await read(made["uri"]))["orderedItems"]]
        await ben.post(f"{COLLECTIONS}/{made['id']}/items/{made['items'][0]['id']}/revoke")
        assert await featured(await read(made["uri"])) == [cleo.account.uri]
        await read(of_ben, 410)
        await cleo.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
        assert await featured(await read(made["uri"])) == []
        await read(of_cleo, 404)
        await ada.ask("DELETE", f"{COLLECTIONS}/{made['id']}")
        await read(made["uri"], 404)
        await read(of_ben, 404)


async def test_a_group_publishes_its_collections_too_and_is_featured_by_others(alpha: Instance) -> None:
    ada = await alpha.person("ada")
    bakers, millers = await alpha.group(ada, "bakers"), await alpha.group(ada, "millers")
    async with alpha.db() as db:
        made = await collections.make(db, bakers, Wording(name="Friends"), [ada, millers], now=alpha.site.now())
    listed = await read((await read(bakers.uri))["featuredCollections"])
    assert listed["items"] == [made.uri]
    found = await read(made.uri)
    assert found["attributedTo"] == bakers.uri
    assert await featured(found) == [ada.uri, millers.uri]
    assert await read(made.url) == found

    async with alpha.db() as db:
        await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", millers.id)
    assert await featured(await read(made.uri)) == [ada.uri]
