"""Custom emoji: made by admins, used in texts, shown to apps, pages and other servers."""

import io

import pytest
from PIL import Image

from fedcomm import emojis
from fedcomm.activitypub.resolving import Resolver
from tests import running
from tests.api.callers import caller
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.web.reader import reader


def picture(size: int = 8) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGBA", (size, size), (23, 97, 79, 128)).save(out, "PNG")
    return out.getvalue()


async def put(at: Instance, shortcode: str) -> str:
    """An admin adds an emoji on the page. What the page says then."""
    name = f"olga{at.domain.rpartition(':')[2]}"
    async with at.site.read() as db:
        known = await db.fetchval("SELECT true FROM account WHERE handle = $1", name)
    if not known:
        await at.person(name, role="admin", password=PASSWORD)
    async with reader(at, name) as page:
        await page.open("/admin/emojis")
        token = page.attribute("input[name=csrf_token]", "value") or ""
        answer = await page.http.post(
            "/admin/emojis",
            data={"csrf_token": token, "shortcode": shortcode, "category": "Tools"},
            files={"picture": ("x.png", picture(), "image/png")},
            headers={"Origin": at.url},
        )
        return f"{answer.status_code}"


@pytest.mark.asyncio
async def test_an_emoji_is_used_in_posts_and_profiles_here_and_on_another_server(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (here, there), caller(here) as ada, caller(there, "ben") as ben:
        assert await put(here, "oven") == "303"
        (listed,) = await ada.get("/api/v1/custom_emojis")
        assert (listed["shortcode"], listed["category"]) == ("oven", "Tools")
        served = await ada.http.get(listed["url"])
        assert (served.status_code, served.headers["content-type"].partition("/")[0]) == (200, "image")

        said = await ada.write("My :oven: is new, `:oven:` and 10:oven:20 are not", spoiler_text="About an :oven:")
        assert [each["shortcode"] for each in said["emojis"]] == ["oven"]
        named = await ada.ask("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Ada :oven:"})
        assert [each["url"] for each in named["emojis"]] == [listed["url"]]
        assert (await ada.write("No :stove: here"))["emojis"] == []

        known = await there.site.service(Resolver).post(said["uri"])
        seen = await ben.get(f"/api/v1/statuses/{known.id}")
        (their,) = seen["emojis"]
        assert their["shortcode"] == "oven"
        assert their["url"].startswith(there.url)
        assert (await ben.http.get(their["url"])).status_code == 200
        assert [each["shortcode"] for each in seen["account"]["emojis"]] == ["oven"]
        assert (await ben.write("My own :oven:"))["emojis"] == [], "what is theirs is not ours"

        async with reader(here) as visitor:
            await visitor.open(said["url"].removeprefix(here.url))
            assert visitor.attribute(".prose img.emoji", "alt") == ":oven:"
            await visitor.open(f"/@{ada.account.handle}")
            assert visitor.attribute("h1 img.emoji", "alt") == ":oven:"


@pytest.mark.asyncio
async def test_an_emoji_that_is_disabled_renamed_or_removed(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as here, caller(here) as ada:
        await put(here, "oven")
        assert await put(here, "oven") == "422"
        assert await put(here, "o v") == "422"
        said = await ada.write("My :oven:")
        (found,) = said["emojis"]
        async with here.site.read() as db:
            (ours,) = await emojis.ours(db)
        name = f"olga{here.domain.rpartition(':')[2]}"
        async with reader(here, name) as page:
            await page.open("/admin/emojis")
            await page.press("/admin/emojis/change", shortcode="oven", is_disabled="yes")
            assert await ada.get("/api/v1/custom_emojis") == []
            assert (await ada.get(f"/api/v1/statuses/{said['id']}"))["emojis"] == [found], "it stays where it is used"
            assert (await ada.write("Another :oven:"))["emojis"] == []

            await page.open("/admin/emojis")
            await page.press("/admin/emojis/change", shortcode="kiln", is_disabled="")
            assert (await ada.get(f"/api/v1/statuses/{said['id']}"))["emojis"] == []
            again = await ada.write("My :kiln:")
            assert [each["shortcode"] for each in again["emojis"]] == ["kiln"]
            await page.open("/admin/emojis")
            await page.press("/admin/emojis/remove", id=str(ours.id))
        assert (await ada.get(f"/api/v1/statuses/{again['id']}"))["emojis"] == []
        assert (await ada.http.get(found["url"])).status_code == 404


@pytest.mark.asyncio
async def test_only_who_runs_the_instance_may_change_its_emoji(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as here:
        await here.person("ada", password=PASSWORD)
        async with reader(here, "ada") as page:
            assert (await page.open("/admin/emojis")).status in (403, 404)
