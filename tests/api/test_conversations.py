"""Direct posts as client apps show them."""

import re

import pytest

from tests.api.callers import caller
from tests.api.listening import listening
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/conversations"


async def test_a_conversation_says_with_whom_what_came_last_and_whether_it_is_unread(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        note = await ada.write("To myself", visibility="direct")
        post = await ada.write(f"@{ben.account.handle} Between us", visibility="direct")

        to_ben, to_herself = await ada.get(PATH)
        (at_ben,) = await ben.get(PATH)

        assert [each["id"] for each in to_ben["accounts"]] == [ben.id]
        assert [each["id"] for each in to_herself["accounts"]] == [ada.id]
        assert (to_ben["last_status"]["id"], to_herself["last_status"]["id"]) == (post["id"], note["id"])
        assert ([each["id"] for each in at_ben["accounts"]], at_ben["unread"]) == ([ada.id], True)
        assert not to_ben["unread"]


async def test_it_is_read_unread_again_and_taken_off_the_list(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.write(f"@{ben.account.handle} Between us", visibility="direct")
        (found,) = await ben.get(PATH)

        assert (await ben.post(f"{PATH}/{found['id']}/read"))["unread"] is False
        assert (await ben.post(f"{PATH}/{found['id']}/unread"))["unread"] is True
        assert await ben.ask("DELETE", f"{PATH}/{found['id']}") == {}
        assert await ben.get(PATH) == []
        await ben.refused(404, "DELETE", f"{PATH}/{found['id']}")


async def test_s097_nobody_does_anything_with_the_conversation_of_others(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.write("CANARY", visibility="direct")
        (found,) = await ada.get(PATH)

        for method, verb in (("DELETE", ""), ("POST", "/read"), ("POST", "/unread")):
            assert "CANARY" not in await ben.refused(404, method, f"{PATH}/{found['id']}{verb}")
        assert len(await ada.get(PATH)) == 1


async def test_pages_follow_the_link_by_the_last_post(house: Instance) -> None:
    async with caller(house) as ada:
        written = [await ada.write(f"Note {number}", visibility="direct") for number in range(3)]

        first = await ada.http.get(PATH, params={"limit": 2})
        links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', first.headers["link"]))
        following = next(url for url, rel in links.items() if rel == "next")

        assert following.endswith(f"max_id={written[1]['id']}")
        assert [each["last_status"]["id"] for each in await ada.ask("GET", following)] == [written[0]["id"]]


async def test_who_listens_to_direct_posts_hears_of_conversations_that_are_theirs(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "eva") as eva,
        listening(house, ada.token, stream="direct") as at_ada,
        listening(house, ben.token, stream="direct") as at_ben,
        listening(house, eva.token, stream="direct") as at_eva,
    ):
        await ada.write(f"@{ben.account.handle} CANARY", visibility="direct")
        await ada.write("For all")
        await house.settle()
        heard = await at_ben.event("conversation", "direct")
        assert heard == (await ben.get(PATH))[0]
        assert (await at_ada.event("conversation", "direct"))["unread"] is False

        await ada.post(f"/api/v1/accounts/{ben.id}/block")
        await ben.write(f"@{ada.account.handle} CANARY", visibility="direct")
        for who, ear in ((ada, at_ada), (eva, at_eva)):
            mine = await who.write("To myself", visibility="direct")
            await house.settle()
            assert (await ear.event("conversation", "direct"))["last_status"]["id"] == mine["id"]


async def test_an_answer_in_the_app_goes_on_with_the_conversation(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write(f"@{ben.account.handle} Between us", visibility="direct")
        answer = await ben.write(f"@{ada.account.handle} Yes", visibility="direct", in_reply_to_id=post["id"])

        (found,) = await ada.get(PATH)

        assert (found["last_status"]["id"], found["unread"]) == (answer["id"], True)
