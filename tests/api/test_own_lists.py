"""Lists that somebody makes in their app."""

import re

import pytest

from tests.api.callers import Caller, caller, new_group
from tests.api.listening import listening
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/lists"


async def following(who: Caller, *others: Caller) -> None:
    for each in others:
        await who.post(f"/api/v1/accounts/{each.id}/follow")


async def test_a_list_is_made_changed_and_removed(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        made = await ada.post(PATH, title="Ovens")
        assert made == {"id": made["id"], "title": "Ovens", "replies_policy": "list", "exclusive": False}

        changed = await ada.ask("PUT", f"{PATH}/{made['id']}", params={"title": "Kilns", "exclusive": "true"})
        assert changed == made | {"title": "Kilns", "exclusive": True}
        assert await ada.get(f"{PATH}/{made['id']}") == changed
        assert [each["id"] for each in await ada.get(PATH)] == [made["id"], str(group.id)]

        assert await ada.ask("DELETE", f"{PATH}/{made['id']}") == {}
        assert [each["id"] for each in await ada.get(PATH)] == [str(group.id)]
        await ada.refused(404, "GET", f"{PATH}/{made['id']}")


async def test_what_cannot_be_a_list_is_refused(house: Instance) -> None:
    async with caller(house) as ada:
        assert "blank" in await ada.refused(422, "POST", PATH, json={"title": " "})
        assert "256" in await ada.refused(422, "POST", PATH, json={"title": "x" * 257})
        assert "followed" in await ada.refused(422, "POST", PATH, json={"title": "x", "replies_policy": "all"})
        for number in range(50):
            await ada.post(PATH, title=f"Number {number}")
        assert "50" in await ada.refused(422, "POST", PATH, json={"title": "One more"})


async def test_only_whom_one_follows_is_put_in_and_once(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await following(ada, ben)
        made = await ada.post(PATH, title="Ovens")
        path = f"{PATH}/{made['id']}/accounts"

        said = await ada.refused(404, "POST", path, json={"account_ids": [ben.id, cleo.id]})
        assert said == "Record not found"
        assert await ada.get(path) == []
        assert await ada.ask("POST", path, params={"account_ids[]": ben.id}) == {}
        said = await ada.refused(422, "POST", path, json={"account_ids": [ben.id]})
        assert said == "Validation failed: Account has already been taken"

        assert [each["id"] for each in await ada.get(path)] == [ben.id]
        assert await ada.get(f"/api/v1/accounts/{ben.id}/lists") == [made]
        assert await ada.ask("DELETE", path, json={"account_ids": [ben.id, cleo.id]}) == {}
        assert await ada.get(path) == []


async def test_members_come_in_pages_and_all_of_them_without_a_limit(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await following(ada, ben, cleo)
        made = await ada.post(PATH, title="Ovens")
        path = f"{PATH}/{made['id']}/accounts"
        for each in (ben, cleo):
            await ada.post(path, account_ids=[each.id])

        first = await ada.http.get(path, params={"limit": 1})
        (older,) = re.findall(r'<([^>]+)>; rel="next"', first.headers["link"])
        assert [each["id"] for each in first.json()] == [cleo.id]
        assert [each["id"] for each in await ada.ask("GET", older)] == [ben.id]
        assert [each["id"] for each in await ada.get(path, limit=0)] == [cleo.id, ben.id]


async def test_s097_nobody_sees_or_changes_the_list_of_another(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await ada.post(PATH, title="CANARY")
        path = f"{PATH}/{made['id']}"

        for method, rest, fields in (
            ("GET", "", {}),
            ("PUT", "", {"title": "Mine"}),
            ("DELETE", "", {}),
            ("GET", "/accounts", {}),
            ("POST", "/accounts", {"account_ids[]": ben.id}),
            ("DELETE", "/accounts", {"account_ids[]": ben.id}),
        ):
            assert await ben.refused(404, method, path + rest, params=fields) == "Record not found"
        await ben.refused(404, "GET", f"/api/v1/timelines/list/{made['id']}")
        assert await ada.get(path) == made


async def test_the_timeline_of_a_list_and_its_stream_say_the_same(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await following(ada, ben)
        await following(cleo, ben)
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        mine = await ada.post(PATH, title="Ovens", exclusive=True)
        await ada.post(f"{PATH}/{mine['id']}/accounts", account_ids=[ben.id, str(group.id)])
        hers = await cleo.post(PATH, title="Ovens")
        await house.settle()
        async with (
            listening(house, ada.token, stream="list", list=mine["id"]) as ear,
            listening(house, cleo.token, stream="list", list=hers["id"]) as other,
            listening(house, ada.token, stream="user") as at_home,
        ):
            post = await ben.write("For those who follow me", visibility="private")
            await house.settle()
            heard = await ear.event("update", "list")
            assert [heard] == await ada.get(f"/api/v1/timelines/list/{mine['id']}")

            thread = await ben.write(f"@{group.handle} Which oven?\nOurs broke.")
            await house.settle()
            assert (await ear.event("update", "list"))["id"] == thread["id"]
            shown = await ada.get(f"/api/v1/timelines/list/{mine['id']}")
            assert [each["id"] for each in shown] == [thread["id"], post["id"]]

            await ben.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Changed"})
            await house.settle()
            assert (await ear.event("status.update", "list"))["id"] == post["id"]
            await ben.ask("DELETE", f"/api/v1/statuses/{post['id']}")
            await house.settle()
            assert await ear.event("delete", "list") == post["id"]

            await cleo.post(f"{PATH}/{hers['id']}/accounts", account_ids=[ben.id])
            last = await ben.write("For everybody")
            own = await ada.write("Mine")
            await house.settle()
            assert (await other.event("update", "list"))["id"] == last["id"]
            assert await at_home.event("delete", "user") == post["id"]  # known to have been there, for all we know
            assert (await at_home.event("update", "user"))["id"] == own["id"]


async def test_s103_the_stream_of_another_ones_list_is_refused(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, listening(house, ben.token) as ear:
        mine = await ada.post(PATH, title="Ovens")
        await ear.say(type="subscribe", stream="list", list=mine["id"])

        assert (await ear.next())["status"] == 404
