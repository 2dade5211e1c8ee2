"""What people are told in their client apps."""

import pytest

from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_kind_is_told_with_who_and_what(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Text")
        path = f"/api/v1/statuses/{post['id']}"
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        await ben.post(f"{path}/favourite")
        await ben.post(f"{path}/reblog")
        reply = await ben.write(f"@{ada.account.handle} Reply", in_reply_to_id=post["id"])
        await house.settle()

        told = await ada.get("/api/v1/notifications")
        assert {each["account"]["id"] for each in told} == {ben.id}
        assert {each["type"]: each.get("status", {}).get("id") for each in told} == {
            "follow": None,
            "favourite": post["id"],
            "reblog": post["id"],
            "mention": reply["id"],
        }
        assert await ada.get("/api/v1/notifications/unread_count") == {"count": 4}


async def test_the_bell_of_a_group_tells_of_new_threads(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow", notify=True)
        thread = await ben.write(f"@{group.handle} Which oven?\nOurs broke.")
        await house.settle()

        (told,) = await ada.get("/api/v1/notifications")
        assert (told["type"], told["account"]["id"], told["status"]["id"]) == ("status", str(group.id), thread["id"])


async def test_kinds_are_chosen_left_out_and_unknown_ones_are_none(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        await ben.write(f"@{ada.account.handle} Hello")
        await house.settle()

        async def kinds(**asked: object) -> list[str]:
            return [each["type"] for each in await ada.get("/api/v1/notifications", **asked)]

        assert await kinds(**{"types[]": "mention"}) == ["mention"]
        assert await kinds(**{"exclude_types[]": ["mention", "poll"]}) == ["follow"]
        assert await kinds(**{"types[]": "fedcomm.accepted"}) == []
        assert await kinds(account_id=ada.id) == []
        assert len(await kinds(account_id=ben.id, limit=1)) == 1
        for sender, count in ((ada, 0), (ben, 2)):
            assert await ada.get("/api/v1/notifications/unread_count", account_id=sender.id) == {"count": count}


async def test_s097_only_ones_own_are_found_dismissed_and_cleared(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ben.write(f"@{ada.account.handle} One")
        await ben.write(f"@{ada.account.handle} Two")
        await house.settle()
        newest, oldest = await ada.get("/api/v1/notifications")

        path = f"/api/v1/notifications/{newest['id']}"
        await ben.refused(404, "GET", path)
        await ben.refused(404, "POST", f"{path}/dismiss")
        await ben.post("/api/v1/notifications/clear")
        assert await ada.get(path) == newest
        await ada.post(f"{path}/dismiss")
        await ada.refused(404, "GET", path)
        assert [each["id"] for each in await ada.get("/api/v1/notifications")] == [oldest["id"]]
        await ada.ask("DELETE", f"/api/v1/notifications/{oldest['id']}")
        assert await ada.get("/api/v1/notifications") == []


async def test_clearing_takes_all_away(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ben.write(f"@{ada.account.handle} One")
        await house.settle()
        await ada.post("/api/v1/notifications/clear")
        assert await ada.get("/api/v1/notifications") == []


async def test_several_are_taken_away_at_once_of_ones_own_alone(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        for number in range(3):
            await ben.write(f"@{ada.account.handle} {number}")
        await ada.write(f"@{ben.account.handle} hello")
        await house.settle()
        (theirs,) = await ben.get("/api/v1/notifications")
        first, *others = await ada.get("/api/v1/notifications")

        path = "/api/v1/notifications/destroy_multiple"
        ids = [each["id"] for each in others]
        assert await ada.ask("DELETE", path, params={"ids[]": [*ids, theirs["id"]]}) == {}
        assert [each["id"] for each in await ada.get("/api/v1/notifications")] == [first["id"]]
        assert len(await ben.get("/api/v1/notifications")) == 1


async def test_what_was_deleted_is_told_no_more(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ben.write(f"@{ada.account.handle} One")
        await house.settle()
        await ben.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        assert await ada.get("/api/v1/notifications") == []
