"""What trends is looked through: what those decide who look after the instance is what everybody sees."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from fedcomm import audit, postgres, settings
from fedcomm.api.discovery import Trends
from fedcomm.permissions import InstanceRole
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.running import ALL_SCOPES, Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
TRENDS = "/api/v1/admin/trends"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """An instance of its own: what trends is seen by all."""
    async with instance(await new_database(cluster)) as at:
        yield at


async def promote(at: Instance, who: Caller, role: InstanceRole = "moderator") -> Caller:
    async with at.db() as db:
        await db.execute("UPDATE login SET role = $2 WHERE account_id = $1", who.account.id, role)
    return who


async def look_through_first(at: Instance, *, wanted: bool) -> None:
    async with at.db() as db:
        await settings.save(db, None, {"trends_need_approval": wanted}, now=at.site.now())
    await at.site.reload_settings()


async def seen(at: Instance, who: Caller, kind: str) -> list[Any]:
    at.site.service(Trends).forget()
    return await who.get(f"/api/v1/trends/{kind}")


async def both_write(at: Instance, text: str, *, reacting: int = 0) -> Any:
    """Two people write the same; others like the first. The first post."""
    async with caller(at) as ada, caller(at, "ben") as ben:
        first = await ada.write(text)
        await ben.write(text)
        for _ in range(reacting):
            async with caller(at, "cleo") as cleo:
                await cleo.post(f"/api/v1/statuses/{first['id']}/favourite")
        return first


def one(found: list[Any], part: str) -> Any:
    """The entry that says this somewhere."""
    (entry,) = [each for each in found if part in str(each).lower()]
    return entry


async def test_a_tag_trends_until_it_is_kept_out_and_again_when_it_is_let_through(office: Instance) -> None:
    await both_write(office, "#Sourdough rises")
    async with caller(office, "mia", allowed=ADMIN) as mia:
        await promote(office, mia)
        await seen(office, mia, "tags")
        tag = one(await mia.get(f"{TRENDS}/tags"), "sourdough")
        assert (tag["trendable"], tag["requires_review"], tag["history"][0]["accounts"]) == (True, True, "2")

        kept_out = await mia.post(f"{TRENDS}/tags/{tag['id']}/reject")

        assert (kept_out["trendable"], kept_out["requires_review"]) == (False, False)
        assert "sourdough" not in str(await seen(office, mia, "tags")).lower()
        assert one(await mia.get(f"{TRENDS}/tags"), "sourdough")["trendable"] is False
        await mia.post(f"{TRENDS}/tags/{tag['id']}/approve")
        assert "sourdough" in str(await seen(office, mia, "tags")).lower()
        async with office.site.read() as db:
            done = [each.action for each in await audit.page(db) if each.actor_id == mia.account.id]
        assert done == ["let trend", "keep from trending"]


async def test_where_all_is_looked_through_nothing_shows_before(office: Instance) -> None:
    post = await both_write(office, "#Levain https://mill.example/flour", reacting=2)
    await look_through_first(office, wanted=True)
    try:
        async with caller(office, "mia", allowed=ADMIN) as mia:
            await promote(office, mia)
            for kind in ("tags", "links", "statuses"):
                assert "levain" not in str(await seen(office, mia, kind)).lower()
            assert "mill.example" not in str(await seen(office, mia, "links"))
            link = one(await mia.get(f"{TRENDS}/links"), "mill.example")
            assert (link["trendable"], link["requires_review"]) == (False, True)
            await mia.refused(404, "GET", "/api/v1/timelines/link", params={"url": "https://mill.example/flour"})

            tag = one(await mia.get(f"{TRENDS}/tags"), "levain")
            await mia.post(f"{TRENDS}/tags/{tag['id']}/approve")
            await mia.post(f"{TRENDS}/links/{link['id']}/approve")
            assert (await mia.post(f"{TRENDS}/statuses/{post['id']}/approve"))["trendable"] is True

            assert one(await seen(office, mia, "tags"), "levain")["name"].lower() == "levain"
            assert "https://mill.example/flour" in [each["url"] for each in await seen(office, mia, "links")]
            assert post["id"] in [each["id"] for each in await seen(office, mia, "statuses")]
            await mia.get("/api/v1/timelines/link", url="https://mill.example/flour")
    finally:
        await look_through_first(office, wanted=False)


async def test_a_post_that_is_kept_out_trends_no_more_and_is_read_as_before(office: Instance) -> None:
    post = await both_write(office, "The loudest of all", reacting=3)
    async with caller(office, "mia", allowed=ADMIN) as mia:
        await promote(office, mia)
        assert post["id"] in [each["id"] for each in await seen(office, mia, "statuses")]
        await mia.post(f"{TRENDS}/statuses/{post['id']}/reject")
        assert post["id"] not in [each["id"] for each in await seen(office, mia, "statuses")]
        assert one(await mia.get(f"{TRENDS}/statuses"), "loudest")["trendable"] is False
        assert (await mia.get(f"/api/v1/statuses/{post['id']}"))["content"] == post["content"]


async def test_links_follow_what_is_decided_about_their_host(office: Instance) -> None:
    await both_write(office, "https://ads.example/one and https://ads.example/two")
    async with caller(office, "mia", allowed=ADMIN) as mia:
        await promote(office, mia)
        await seen(office, mia, "links")
        host = one(await mia.get(f"{TRENDS}/links/publishers"), "ads.example")
        assert (host["domain"], host["reviewed_at"], host["requires_review"]) == ("ads.example", None, True)

        assert (await mia.post(f"{TRENDS}/links/publishers/{host['id']}/reject"))["trendable"] is False

        assert "ads.example" not in str(await seen(office, mia, "links"))
        two = one([each for each in await mia.get(f"{TRENDS}/links") if each["url"].endswith("two")], "ads")
        await mia.post(f"{TRENDS}/links/{two['id']}/approve")
        assert [each["url"] for each in await seen(office, mia, "links") if "ads." in each["url"]] == [two["url"]]


async def test_a_rule_for_a_tag_holds_for_writing_finding_and_showing(office: Instance) -> None:
    await both_write(office, "#ryebread")
    async with caller(office, "mia", allowed=ADMIN) as mia:
        await promote(office, mia)
        tag = one(await mia.get("/api/v1/admin/tags"), "ryebread")
        path = f"/api/v1/admin/tags/{tag['id']}"
        assert (tag["usable"], tag["listable"]) == (True, True)
        await mia.refused(422, "PUT", path, json={"display_name": "SpeltBread"})

        named = await mia.ask("PUT", path, json={"display_name": "RyeBread"})
        assert (named["name"], (await mia.get(path))["name"]) == ("RyeBread", "RyeBread")
        assert "RyeBread" in [each["name"] for each in await seen(office, mia, "tags")]
        found = await mia.get("/api/v2/search", q="ryebr", type="hashtags")
        assert [each["name"] for each in found["hashtags"]] == ["RyeBread"]

        await mia.ask("PATCH", path, json={"listable": False, "usable": False, "trendable": False})
        assert (await mia.get("/api/v2/search", q="ryebr", type="hashtags"))["hashtags"] == []
        said = await mia.refused(422, "POST", "/api/v1/statuses", json={"status": "Good #RyeBread"})
        assert said == "The tag #ryebread is not used here."
        assert "RyeBread" not in [each["name"] for each in await seen(office, mia, "tags")]
        await mia.ask("PUT", path, json={"usable": True})
        await mia.write("Good #ryebread")


async def test_tags_are_listed_page_by_page(office: Instance) -> None:
    await both_write(office, "#wheat #barley #oats")
    async with caller(office, "mia", allowed=ADMIN) as mia:
        await promote(office, mia)
        every = [each["id"] for each in await mia.get("/api/v1/admin/tags", limit=200)]
        assert every == sorted(every, key=int, reverse=True)
        assert [each["id"] for each in await mia.get("/api/v1/admin/tags", limit=1, max_id=every[0])] == every[1:2]
        assert [each["id"] for each in await mia.get("/api/v1/admin/tags", limit=1, min_id=every[2])] == every[1:2]


async def test_s133_only_who_looks_after_the_instance_decides_what_trends(office: Instance) -> None:
    await both_write(office, "#brioche")
    async with caller(office, "mia", allowed=ADMIN) as mia, caller(office, allowed=ADMIN) as ada:
        await promote(office, mia)
        await seen(office, mia, "tags")
        tag = one(await mia.get(f"{TRENDS}/tags"), "brioche")
        for path in ("/api/v1/admin/tags", f"/api/v1/admin/tags/{tag['id']}", f"{TRENDS}/tags", f"{TRENDS}/links"):
            await ada.refused(403, "GET", path)
        await ada.refused(403, "POST", f"{TRENDS}/tags/{tag['id']}/reject")
        await ada.refused(403, "PUT", f"/api/v1/admin/tags/{tag['id']}", json={"usable": False})
        assert "brioche" in str(await seen(office, ada, "tags"))
        hidden = await ada.write("For myself", visibility="private")
        await mia.refused(404, "POST", f"{TRENDS}/statuses/{hidden['id']}/approve")
