"""What trends, and the directory, in client apps; each computed from what is here."""

from collections.abc import Sequence
from typing import Any

import pytest

from fedcomm.api.discovery import Trends
from fedcomm.network import peers
from tests.api.callers import Caller, caller, new_group
from tests.conftest import MakeDatabase
from tests.running import Instance, instances

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ids(of: Sequence[Any]) -> list[str]:
    return [each["id"] for each in of]


async def counted_anew(house: Instance, who: Caller, path: str, **params: Any) -> Any:
    house.site.service(Trends).forget()
    return await who.get(path, **params)


async def test_tags_that_two_people_use_trend_with_their_days(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ada.write("#lonely #lonely #Zymase")
        await ada.write("#zymase again #lonely")
        await ben.write("#zymase")

        found = await counted_anew(house, ada, "/api/v1/trends/tags")
        (zymase,) = [each for each in found if each["name"].lower() == "zymase"]
        assert "lonely" not in [each["name"] for each in found]
        assert (zymase["history"][0]["accounts"], zymase["history"][0]["uses"]) == ("2", "3")
        assert len(zymase["history"]) == 7
        assert await ada.get("/api/v1/trends") == found
        assert await ada.get("/api/v1/trends/tags", offset=len(found)) == []


async def test_s092_what_is_hidden_or_by_who_hides_does_not_trend(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await ben.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
        for who in (ada, ben):
            await who.write("#canarytrend https://canary.example/", visibility="unlisted")
            await who.write("#canarytrend https://canary.example/", visibility="private")
        await ada.write("#canarytrend https://canary.example/")
        await ben.write("#canarytrend https://canary.example/")

        for kind in ("tags", "links", "statuses"):
            assert "canary" not in str(await counted_anew(house, ada, f"/api/v1/trends/{kind}"))
        await ada.refused(404, "GET", "/api/v1/timelines/link", params={"url": "https://canary.example/"})


async def test_a_link_that_two_people_post_trends_and_has_a_timeline(house: Instance) -> None:
    url = "https://mills.example/a?b=1&c=2"
    async with caller(house) as ada, caller(house, "ben") as ben:
        first = await ada.write(f"Look at {url}")
        await ada.refused(404, "GET", "/api/v1/timelines/link", params={"url": url})
        second = await ben.write(f"{url} and {house.url}/about")

        (link,) = [each for each in await counted_anew(house, ada, "/api/v1/trends/links") if "mills" in each["url"]]
        assert (link["url"], link["title"], link["type"]) == (url, "mills.example/a?b=1&c=2", "link")
        assert link["history"][0]["accounts"] == "2"
        assert ids(await ada.get("/api/v1/timelines/link", url=url)) == [second["id"], first["id"]]
        assert ids(await ada.get("/api/v1/timelines/link", url=url, max_id=second["id"])) == [first["id"]]
        await ada.post(f"/api/v1/accounts/{ben.id}/mute")
        assert ids(await ada.get("/api/v1/timelines/link", url=url)) == [first["id"]]


async def test_posts_trend_by_reactions_of_others(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        liked, ignored, covered = (
            await ada.write("Good"),
            await ada.write("So so"),
            await ada.write("x", sensitive=True),
        )
        for who in (ben, cleo):
            for post in (liked, covered):
                await who.post(f"/api/v1/statuses/{post['id']}/favourite")
        await ben.post(f"/api/v1/statuses/{ignored['id']}/favourite")

        found = ids(await ben.get("/api/v1/trends/statuses"))
        assert liked["id"] in found
        assert {ignored["id"], covered["id"]} & set(found) == set()
        await ben.post(f"/api/v1/accounts/{ada.id}/mute")
        assert liked["id"] not in ids(await ben.get("/api/v1/trends/statuses"))


async def test_the_directory_shows_who_wants_to_be_found_groups_first(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "shy") as shy:
        group = await new_group(house, shy)
        hidden = await new_group(house, shy, "board")
        async with house.db() as db:
            await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", hidden.id)
        await shy.ask("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
        await ada.write("Here I am")

        newest = await ada.get("/api/v1/directory", order="new", local="true", limit=80)
        assert ids(newest)[0] == str(group.id)
        assert not {str(hidden.id), shy.id} & set(ids(newest))
        people = [each["id"] for each in await ada.get("/api/v1/directory", limit=80) if not each["group"]]
        assert people[0] == ada.id
        assert ids(await ada.get("/api/v1/directory", order="new", offset=1, limit=1)) == ids(newest)[1:2]
        await shy.post(f"/api/v1/accounts/{ada.id}/block")
        assert ada.id not in ids(await shy.get("/api/v1/directory", limit=80))


@pytest.mark.asyncio(loop_scope="function")
async def test_members_see_which_servers_are_shut_out_and_all_find_the_others(database_url: MakeDatabase) -> None:
    async with instances(database_url, 1) as (alpha,), caller(alpha) as ada, alpha.client() as nobody:
        async with alpha.db() as db:
            await peers.suspend(db, None, "spam.example", "told by a neighbour", now=alpha.site.now())
            await peers.limit(db, None, "loud.example", "", now=alpha.site.now())

        assert (await nobody.get("/api/v1/instance/domain_blocks")).status_code == 401
        shown = await ada.get("/api/v1/instance/domain_blocks")
        assert [(each["domain"], each["severity"]) for each in shown] == [
            ("loud.example", "silence"),
            ("spam.example", "suspend"),
        ]
        assert "neighbour" not in str(shown)
        assert await ada.get("/api/v1/peers/search", q="LOU") == ["loud.example"]
        assert await ada.get("/api/v1/peers/search", q="spam") == []
        assert await ada.get("/api/v1/peers/search") == []
