"""Notifications in groups: favourites and boosts of one post are one, mentions stay apart."""

from typing import Any

import pytest

from tests.api.callers import Caller, caller
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v2/notifications"


async def _groups(who: Caller, **params: object) -> list[tuple[str, int]]:
    found = await who.get(PATH, **params)
    return [(each["type"], each["notifications_count"]) for each in found["notification_groups"]]


async def _one_evening(house: Instance, ada: Caller, ben: Caller, cleo: Caller) -> Any:
    """Two favourites and a boost of one post, two follows, two answers."""
    post = await ada.write("Fresh bread")
    for who in (ben, cleo):
        await who.post(f"/api/v1/statuses/{post['id']}/favourite")
        await house.settle()
    await ben.post(f"/api/v1/statuses/{post['id']}/reblog")
    await house.settle()
    for who in (ben, cleo):
        await who.post(f"/api/v1/accounts/{ada.id}/follow")
        await house.settle()
        await who.write("Yes!", in_reply_to_id=post["id"])
        await house.settle()
    return post


async def test_what_is_alike_is_one_group_with_its_people(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        post = await _one_evening(house, ada, ben, cleo)
        found = await ada.get(PATH)

        assert await _groups(ada) == [("mention", 1), ("follow", 2), ("mention", 1), ("reblog", 1), ("favourite", 2)]
        liked = found["notification_groups"][-1]
        assert (liked["status_id"], liked["sample_account_ids"]) == (post["id"], [cleo.id, ben.id])
        assert {each["id"] for each in found["accounts"]} == {ben.id, cleo.id}
        assert len(found["statuses"]) == 3
        ungrouped = await _groups(ada, **{"grouped_types[]": "reblog", "types[]": ["favourite", "reblog"]})
        assert ungrouped == [("reblog", 1), ("favourite", 1), ("favourite", 1)]
        assert await _groups(ada, account_id=cleo.id) == [("mention", 1), ("follow", 1), ("favourite", 1)]
        assert (await ada.get(f"{PATH}/unread_count"))["count"] == 5
        assert (await ada.get(f"{PATH}/unread_count", limit=3))["count"] == 3
        await ada.post("/api/v1/markers", notifications={"last_read_id": liked["page_max_id"]})
        assert (await ada.get(f"{PATH}/unread_count"))["count"] == 4


async def test_a_group_stands_on_one_page(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await _one_evening(house, ada, ben, cleo)
        seen: list[str] = []
        answer = await ada.http.get(f"{PATH}?limit=2")
        while answer.json()["notification_groups"]:
            seen += [each["group_key"] for each in answer.json()["notification_groups"]]
            answer = await ada.http.get(answer.links["next"]["url"])
        assert len(seen) == len(set(seen)) == 5
        oldest = (await ada.get(PATH))["notification_groups"][-1]["page_max_id"]
        assert await _groups(ada, min_id=oldest, limit=2) == [("mention", 1), ("reblog", 1)]


async def test_a_group_is_shown_opened_and_dismissed_alone(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await _one_evening(house, ada, ben, cleo)
        for group in (await ada.get(PATH))["notification_groups"]:
            one = await ada.get(f"{PATH}/{group['group_key']}")
            assert one["notification_groups"] == [group]
            people = await ada.get(f"{PATH}/{group['group_key']}/accounts")
            assert [each["id"] for each in people] == group["sample_account_ids"]
            await ben.refused(404, "GET", f"{PATH}/{group['group_key']}")
            await ben.refused(404, "POST", f"{PATH}/{group['group_key']}/dismiss")
        liked = (await ada.get(PATH))["notification_groups"][-1]["group_key"]
        await ada.post(f"{PATH}/{liked}/dismiss")
        assert await _groups(ada) == [("mention", 1), ("follow", 2), ("mention", 1), ("reblog", 1)]
        await ada.refused(404, "GET", f"{PATH}/{liked}")
        for key in ("nothing", "favourite-1", "ungrouped-", "follow-99999999999", "reblog-1-1"):
            await ada.refused(404, "GET", f"{PATH}/{key}")
            await ada.refused(404, "GET", f"{PATH}/{key}/accounts")
        await ada.post(f"{PATH}/clear")
        assert await _groups(ada) == []
