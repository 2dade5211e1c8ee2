"""Tags in client apps: following and showing them."""

import re

import pytest

from tests.api import clients
from tests.api.callers import caller
from tests.api.listening import listening
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tag_is_followed_and_says_so_wherever_it_is_shown(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ben.write("Fresh #Kilns")
        assert (await ada.get("/api/v1/tags/kilns"))["following"] is False

        followed = await ada.ask("POST", "/api/v1/tags/Kilns/follow")
        assert (followed["name"], followed["following"]) == ("Kilns", True)
        assert await ada.get("/api/v1/followed_tags") == [followed]
        assert (await ada.get("/api/v1/tags/kilns/"))["following"]
        (found,) = (await ada.get("/api/v2/search", q="kilns", type="hashtags"))["hashtags"]
        assert found["following"]
        assert (await ben.get("/api/v1/tags/kilns"))["following"] is False
        async with clients.client(house) as visitor:
            assert "following" not in (await visitor.get("/api/v1/tags/kilns")).json()

        assert (await ada.post("/api/v1/tags/KILNS/unfollow"))["following"] is False
        assert await ada.get("/api/v1/followed_tags") == []


async def test_what_is_no_tag_cannot_be_followed(house: Instance) -> None:
    async with caller(house) as ada:
        for wrong in ("123", "two%20words", "a-b"):
            await ada.refused(404, "POST", f"/api/v1/tags/{wrong}/follow")


async def test_followed_tags_come_in_pages(house: Instance) -> None:
    async with caller(house) as ada:
        for name in ("one", "two", "three"):
            await ada.post(f"/api/v1/tags/{name}/follow")

        first = await ada.http.get("/api/v1/followed_tags", params={"limit": 2})
        (older,) = re.findall(r'<([^>]+)>; rel="next"', first.headers["link"])

        assert [each["name"] for each in first.json()] == ["three", "two"]
        assert [each["name"] for each in await ada.ask("GET", older)] == ["one"]


async def test_a_tag_is_shown_on_ones_page_by_its_name(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.write("Fresh #Bread")

        assert (await ada.post("/api/v1/tags/bread/feature"))["featuring"]
        assert [each["name"] for each in await ada.get("/api/v1/featured_tags")] == ["bread"]
        assert (await ada.post("/api/v1/tags/Bread/unfeature"))["featuring"] is False
        assert await ada.get("/api/v1/featured_tags") == []


async def test_posts_with_a_followed_tag_come_to_home_and_its_stream(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.post("/api/v1/tags/ovens/follow")
        async with listening(house, ada.token, stream="user") as ear:
            await ben.write("About #kilns")
            await ben.write("CANARY #ovens", visibility="unlisted")
            post = await ben.write("About #Ovens")
            await house.settle()

            heard = await ear.event("update", "user")
            assert heard["id"] == post["id"]
            assert await ada.get("/api/v1/timelines/home") == [heard]
