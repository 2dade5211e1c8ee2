"""What those who are not signed in see gathered: as those who run the place say, for apps and pages alike."""

import pytest

from fedcomm import settings
from tests import running
from tests.api import clients
from tests.running import MakeDatabase
from tests.web.reader import reader

FEEDS = {
    "/api/v1/timelines/public?local=true": "ours",
    "/api/v1/timelines/public?remote=true": "others",
    "/api/v1/timelines/public": "both",
    "/api/v1/timelines/tag/oven?local=true": "ours",
    "/api/v1/timelines/tag/oven": "both",
    "/api/v1/trends/statuses": "both",
    "/api/v1/directory": "directory",
}


@pytest.mark.asyncio
async def test_strangers_see_gathered_what_is_chosen_and_members_everything(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("olga", role="admin", password=running.PASSWORD)
        ben = await home.person("ben", password=running.PASSWORD)
        bakers = await home.group(ben, "bakers")
        token = await home.token(ben)

        async def answers(bearer: str | None) -> dict[str, int]:
            async with clients.client(home, bearer) as app:
                return {path: (await app.get(path)).status_code for path in FEEDS}

        async with reader(home, "ben") as at:
            await at.open(f"/compose?group={bakers.handle}")
        everything = await answers(None)
        async with reader(home, "olga") as at:
            await at.open("/admin/settings")
            await at.press("/admin/settings", **{"strangers_see[]": ["ours"]})
            saved = at.note
        chosen = await answers(None)
        members = await answers(token)
        async with reader(home) as at:
            tag_page = (await at.open("/tags/oven")).path
            told = (await at.http.get("/api/v2/instance")).json()["configuration"]["timelines_access"]
            group_page = (await at.open("/@bakers")).status

    assert set(everything.values()) == {200}
    assert saved == "Saved."
    assert {path: status for path, status in chosen.items() if status != 422} == {
        path: 200 for path, what in FEEDS.items() if what == "ours"
    }
    assert set(members.values()) == {200}
    assert tag_page.startswith("/sign_in")
    assert told["live_feeds"] == told["hashtag_feeds"] == {"local": "public", "remote": "authenticated"}
    assert group_page == 200


@pytest.mark.asyncio
async def test_the_front_page_shows_no_threads_to_strangers_who_shall_not_see_them(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        ben = await home.person("ben", password=running.PASSWORD)
        bakers = await home.group(ben, "bakers")
        async with reader(home, "ben") as at:
            await at.open(f"/compose?group={bakers.id}")
            await at.press("/compose", title="Which oven?", text="Ours is old.", **{"groups[]": [str(bakers.id)]})
        async with reader(home) as at:
            before = (await at.open("/")).text
            async with home.db() as db:
                await settings.save(db, None, {"strangers_see": ()}, now=home.site.now())
            await home.site.reload_settings()
            after = (await at.open("/")).text

    assert "Which oven?" in before
    assert "Which oven?" not in after
    assert "bakers" in after.lower()


@pytest.mark.asyncio
async def test_languages_and_who_to_turn_to_are_set_on_the_page_and_told_to_apps(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("olga", role="admin", password=running.PASSWORD)
        await home.person("ben")
        async with reader(home, "olga") as at:
            await at.open("/admin/settings")
            await at.press("/admin/settings", languages="de, klingon", contact_account="@nobody")
            refused = (at.status, at.all(".wrong"))
            await at.press("/admin/settings", languages="FR, de", contact_account="@Ben")
            told = (await at.http.get("/api/v2/instance")).json()

    assert refused == (422, ["Nobody here has this handle.", "Please write codes of languages, as in: de, en"])
    assert told["languages"] == ["fr", "de"]
    assert told["contact"]["account"]["acct"] == "ben"
