"""Tags on one's page: counted by what everybody may read."""

import pytest

from tests.api.callers import caller
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tag_on_ones_page_counts_ones_public_posts(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.write("First #Ovens")
        await ada.write("Second #ovens")
        await ada.write("Narrow #ovens", visibility="private")
        await ben.write("Theirs #ovens")
        assert [each["name"] for each in await ada.get("/api/v1/featured_tags/suggestions")] == ["ovens"]

        made = await ada.post("/api/v1/featured_tags", name="#Ovens")

        assert (made["name"], made["statuses_count"]) == ("Ovens", "2")
        assert made["last_status_at"]
        assert (await ada.post("/api/v1/featured_tags", name="ovens"))["id"] == made["id"]
        assert await ben.get(f"/api/v1/accounts/{ada.id}/featured_tags") == [made]
        assert await ada.get("/api/v1/featured_tags") == [made]
        assert await ben.get("/api/v1/featured_tags") == []
        assert await ada.get("/api/v1/featured_tags/suggestions") == []
        await ben.refused(404, "DELETE", f"/api/v1/featured_tags/{made['id']}")
        await ada.ask("DELETE", f"/api/v1/featured_tags/{made['id']}")
        assert await ada.get("/api/v1/featured_tags") == []


async def test_a_tag_is_used_before_it_is_shown_and_ten_are_enough(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.refused(422, "POST", "/api/v1/featured_tags", json={"name": "never"})
        assert await ada.get("/api/v1/featured_tags") == []
        once = await ada.write("Only #once")
        await ada.post("/api/v1/featured_tags", name="once")
        await ada.ask("DELETE", f"/api/v1/statuses/{once['id']}")
        assert await ada.get(f"/api/v1/accounts/{ada.id}/featured_tags") == []
        for first in (0, 4, 8):
            await ada.write(" ".join(f"#tag{number}" for number in range(first, first + 4)))
        for number in range(10):
            await ada.post("/api/v1/featured_tags", name=f"tag{number}")
        await ada.refused(422, "POST", "/api/v1/featured_tags", json={"name": "tag10"})
        for wrong in ("", "#", "two words", "a/b", "x" * 1_000):
            await ada.refused(422, "POST", "/api/v1/featured_tags", json={"name": wrong})
