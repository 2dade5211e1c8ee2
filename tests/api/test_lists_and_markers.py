"""The automatic list of each joined group, and how far somebody has read."""

import pytest

from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_joined_group_is_a_list_with_the_groups_id(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        assert await ada.get("/api/v1/lists") == []
        await ada.post(f"/api/v1/accounts/{group.id}/follow")

        (shown,) = await ada.get("/api/v1/lists")
        assert (shown["id"], shown["title"], shown["exclusive"]) == (str(group.id), f"Group: {group.name}", False)
        assert await ada.get(f"/api/v1/lists/{group.id}") == shown
        assert await ada.get(f"/api/v1/accounts/{group.id}/lists") == [shown]
        assert [who["id"] for who in await ada.get(f"/api/v1/lists/{group.id}/accounts", limit=0)] == [str(group.id)]

        await ada.post(f"/api/v1/accounts/{group.id}/unfollow")
        assert await ada.get("/api/v1/lists") == []


async def test_an_exclusive_list_is_kept_out_of_home_and_only_there(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        thread = await ben.write(f"@{group.handle} Which oven?\nOurs broke.")
        path = f"/api/v1/lists/{group.id}"

        changed = await ada.ask("PUT", path, json={"title": f"Group: {group.name}", "exclusive": True})
        assert changed["exclusive"] is True
        assert await ada.get("/api/v1/timelines/home") == []
        assert [post["id"] for post in await ada.get(f"/api/v1/timelines/list/{group.id}")] == [thread["id"]]

        await ada.ask("PUT", path, data={"exclusive": "false"})
        assert len(await ada.get("/api/v1/timelines/home")) == 1


async def test_what_a_group_decides_about_its_list_is_refused_in_a_sentence(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        path = f"/api/v1/lists/{group.id}"

        assert "called like the group" in await ada.refused(422, "PUT", path, json={"title": "Mine"})
        assert "single replies" in await ada.refused(422, "PUT", path, json={"replies_policy": "none"})
        assert "join or leave" in await ada.refused(422, "DELETE", path)
        for method in ("POST", "DELETE"):
            said = await ada.refused(422, method, f"{path}/accounts", json={"account_ids": ["1"]})
            assert "join or leave" in said


async def test_s097_the_list_of_a_group_one_has_not_joined_is_not_found(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        for method, path in (
            ("GET", ""),
            ("PUT", ""),
            ("DELETE", ""),
            ("GET", "/accounts"),
            ("POST", "/accounts"),
            ("DELETE", "/accounts"),
        ):
            await ada.refused(404, method, f"/api/v1/lists/{group.id}{path}", params={"exclusive": "true"})


async def test_s148_a_title_of_a_mebibyte_is_refused(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.refused(413, "POST", "/api/v1/lists", json={"title": "x" * 2**20})
        await ada.refused(422, "POST", "/api/v1/lists", json={"title": "x" * 2**19})


async def test_markers_are_shared_and_grow_by_one(house: Instance) -> None:
    async with caller(house) as ada:
        assert await ada.get("/api/v1/markers", **{"timeline[]": ["home", "notifications"]}) == {}

        first = await ada.ask("POST", "/api/v1/markers", json={"home": {"last_read_id": "17"}})
        second = await ada.ask("POST", "/api/v1/markers", data={"home[last_read_id]": "18"})
        third = await ada.ask("POST", "/api/v1/markers", params={"notifications[last_read_id]": "5"})

        assert (first["home"]["last_read_id"], first["home"]["version"]) == ("17", 1)
        assert (second["home"]["last_read_id"], second["home"]["version"]) == ("18", 2)
        assert set(third) == {"notifications"}
        assert await ada.get("/api/v1/markers", **{"timeline[]": "home"}) == second
        assert set(await ada.get("/api/v1/markers")) == {"home", "notifications"}


@pytest.mark.parametrize("given", [{"home": "17"}, {"home": {}}, {"home": {"last_read_id": "x"}}, {"home": None}])
async def test_a_marker_that_is_none_is_refused(house: Instance, given: object) -> None:
    async with caller(house) as ada:
        await ada.refused(422, "POST", "/api/v1/markers", json=given)
        assert await ada.get("/api/v1/markers") == {}
