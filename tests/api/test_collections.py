"""Collections of accounts: whose they are, who is in them and who sees that, here and on their page."""

from typing import Any

import pytest

from fedcomm.portability import leaving
from tests.api import clients
from tests.api.callers import Caller, caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/collections"


async def made_by(owner: Caller, *inside: Caller, **said: object) -> Any:
    fields = {"name": "Bakers", "account_ids": [each.id for each in inside]} | said
    return (await owner.post(PATH, **fields))["collection"]


async def inside(who: Caller, collection: Any) -> list[str]:
    """Who is in it, as somebody sees it."""
    shown = (await who.get(f"{PATH}/{collection['id']}"))["collection"]
    assert shown["item_count"] == len(shown["items"])
    return [each["account_id"] for each in shown["items"]]


async def test_only_its_owner_changes_a_collection(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await made_by(ada, ben)
        path, item = f"{PATH}/{made['id']}", made["items"][0]["id"]
        await ben.refused(403, "PATCH", path, json={"name": "Mine"})
        await ben.refused(403, "DELETE", path)
        await ben.refused(403, "POST", f"{path}/items", json={"account_id": ben.id})
        await ben.refused(403, "DELETE", f"{path}/items/{item}")
        await ada.refused(403, "POST", f"{path}/items/{item}/revoke")
        await ben.refused(404, "POST", f"{path}/items/{ben.id}/revoke")
        await ben.refused(403, "GET", f"/api/v1/accounts/{ada.id}/in_collections")
        assert await ada.get(path) == await ben.get(path)


async def test_what_is_wrong_is_refused_and_nothing_is_kept(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        for wrong in (
            {},
            {"name": " "},
            {"name": "x" * 41},
            {"name": "x", "description": "x" * 101},
            {"name": "x", "language": "??"},
            {"name": "x", "tag_name": "two words"},
            {"name": "x", "account_ids": [ben.id, "1"]},
            {"name": "x", "account_ids": [str(number) for number in range(1, 27)]},
        ):
            await ada.refused(422, "POST", PATH, json=wrong)
        assert (await ada.get(f"/api/v1/accounts/{ada.id}/collections"))["collections"] == []
        made = await made_by(ada)
        await ada.refused(422, "PATCH", f"{PATH}/{made['id']}", json={"name": ""})
        await ada.refused(422, "POST", f"{PATH}/{made['id']}/items", json={})
        for _ in range(9):
            await made_by(ada)
        assert "10" in await ada.refused(422, "POST", PATH, json={"name": "One more"})


async def test_what_stands_on_no_page_is_still_there_for_who_has_its_address(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        path = f"/api/v1/accounts/{ada.id}/collections"
        hidden = await made_by(ada, name="Hidden", discoverable=False, tag_name="#bread", language="de")
        first, second = await made_by(ada, name="One"), await made_by(ada, name="Two")
        assert [each["name"] for each in (await ben.get(path))["collections"]] == ["Two", "One"]
        assert [each["name"] for each in (await ada.get(path))["collections"]] == ["Two", "One", "Hidden"]
        async with clients.client(house) as visitor:
            assert (await visitor.get(f"{PATH}/{hidden['id']}")).json()["collection"] == hidden
            page = await visitor.get(path, params={"limit": 1})
            assert page.json()["collections"] == [second]
            following = page.headers["link"].partition(">")[0].removeprefix("<")
            rest = await visitor.get(following)
            assert rest.json()["collections"] == [first]
            assert 'rel="next"' not in rest.headers["link"]
        changed = await ada.ask("PATCH", f"{PATH}/{hidden['id']}", json={"tag_name": "", "language": ""})
        assert (changed["collection"]["tag"], changed["collection"]["language"]) == (None, None)


async def test_who_left_a_collection_is_not_put_into_it_again(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await made_by(ada, ben)
        await house.settle()
        items = f"{PATH}/{made['id']}/items"
        await ben.post(f"{items}/{made['items'][0]['id']}/revoke")
        await ada.refused(422, "POST", items, json={"account_id": ben.id})
        assert await inside(ada, made) == []
        assert await ben.get("/api/v1/notifications") == []
        assert (await ben.get(f"/api/v1/accounts/{ben.id}/in_collections"))["collections"] == []


async def test_those_who_block_each_other_meet_in_no_collection(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        made = await made_by(ada, ben, cleo)
        await cleo.post(f"/api/v1/accounts/{ben.id}/block")
        assert await inside(cleo, made) == [cleo.id]
        assert await inside(ben, made) == [ben.id]
        assert await inside(ada, made) == [ben.id, cleo.id]
        await ben.post(f"/api/v1/accounts/{ada.id}/block")
        assert await inside(ada, made) == [cleo.id]
        await ada.refused(422, "POST", PATH, json={"name": "x", "account_ids": [ben.id]})
        await ada.post(f"/api/v1/accounts/{cleo.id}/block")
        await cleo.refused(404, "GET", f"{PATH}/{made['id']}")
        assert (await cleo.get(f"/api/v1/accounts/{ada.id}/collections"))["collections"] == []
        assert await cleo.get("/api/v1/notifications") == []


async def test_groups_can_be_recommended_and_a_deleted_collection_is_forgotten(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        made = await made_by(ada, ben, account_ids=[str(group.id), ben.id])
        await house.settle()
        assert await inside(ben, made) == [str(group.id), ben.id]
        assert len(await ben.get("/api/v1/notifications")) == 1
        post = await ada.write(f"Read them: {made['url']} and {house.url}/@nobody/collections/1")
        assert len((await ben.get(f"/api/v1/statuses/{post['id']}"))["tagged_collections"]) == 1

        await ada.ask("DELETE", f"{PATH}/{made['id']}")
        await house.settle()
        assert await ben.get("/api/v1/notifications") == []
        assert (await ben.get(f"/api/v1/statuses/{post['id']}"))["tagged_collections"] == []


async def test_a_report_names_only_collections_of_whom_it_is_about(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        mine, theirs = await made_by(ada), await made_by(ben)
        about = {"account_id": ada.id, "collection_ids": [mine["id"], theirs["id"]]}
        await ben.refused(404, "POST", "/api/v1/reports", json=about)
        filed = await ben.post("/api/v1/reports", **(about | {"collection_ids": [mine["id"]]}))
        assert filed["collection_ids"] == [mine["id"]]


async def test_who_leaves_for_good_takes_their_collections_along(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        theirs, other = await made_by(ada, ben), await made_by(ben, ada, cleo)
        await house.settle()
        async with house.db() as db:
            await leaving.leave_for_good(db, house.here, ada.account, now=house.site.now())
        await house.settle()
        await ben.refused(404, "GET", f"{PATH}/{theirs['id']}")
        assert await inside(ben, other) == [cleo.id]
        async with house.site.read() as db:
            assert (
                await db.fetchval("SELECT count(*) FROM notification WHERE collection_id = $1", int(theirs["id"])) == 0
            )
            left = await db.fetchval("SELECT count(*) FROM collection_item WHERE account_id = $1", ada.account.id)
        assert left == 0
