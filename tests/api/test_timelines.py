"""Timelines in client apps: home, groups as lists, everybody's posts, tags; and how one pages through them."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.callers import Caller, caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


def links(headers: Mapping[str, str]) -> dict[str, str]:
    """The addresses in a Link header, by what they lead to."""
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="([a-z]+)"', headers.get("link", ""))}


async def all_pages(who: Caller, path: str) -> list[list[str]]:
    """The ids of every page from the newest on, as a client walks by `rel="next"`."""
    pages: list[list[str]] = []
    url: str | None = path
    while url is not None:
        answer = await who.http.get(url)
        assert answer.status_code == 200
        pages.append([each["id"] for each in answer.json()])
        url = links(answer.headers).get("next")
        assert len(pages) < 50
    return pages


async def test_home_has_each_thread_once_though_two_groups_and_its_author_lead_to_it(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        bakers, millers = await new_group(house, ben), await new_group(house, ben, "millers")
        for account_id in (bakers.id, millers.id, ben.id):
            await ada.post(f"/api/v1/accounts/{account_id}/follow")
        thread = await ben.write(f"@{bakers.handle} @{millers.handle} Which oven?\nOurs broke.")
        reply = await ben.write("Nobody?", in_reply_to_id=thread["id"])

        (entry,) = await ada.get("/api/v1/timelines/home")
        shown = entry["reblog"] or entry
        assert shown["id"] == thread["id"]
        assert reply["id"] not in str(entry)


async def test_a_groups_thread_reaches_its_members_wrapped_by_the_group(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.post(f"/api/v1/accounts/{group.id}/follow")
        thread = await ben.write(f"@{group.handle} Which oven?\nOurs broke.")

        (wrapper,) = await ada.get("/api/v1/timelines/home")
        assert (wrapper["account"]["id"], wrapper["reblog"]["id"]) == (str(group.id), thread["id"])
        assert wrapper["reblog"]["content"] == "<p><strong>Which oven?</strong></p><p>Ours broke.</p>"
        (bare,) = await ada.get(f"/api/v1/timelines/list/{group.id}")
        assert (bare["id"], bare["reblog"]) == (thread["id"], None)


async def test_the_list_of_a_group_one_has_not_joined_is_not_found(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.refused(404, "GET", f"/api/v1/timelines/list/{group.id}")


async def test_everybodys_posts_are_read_without_a_token_and_hold_no_replies(house: Instance) -> None:
    async with caller(house) as ada, house.client() as nobody:
        post = await ada.write("Out in the open")
        await ada.write("Reply", in_reply_to_id=post["id"])
        await ada.write("psst", visibility="unlisted")

        newest = (await nobody.get("/api/v1/timelines/public?limit=1&local=true")).json()[0]
        assert newest["id"] == post["id"]
        assert "favourited" not in newest
        assert (await nobody.get("/api/v1/timelines/public?remote=true")).json() == []


async def test_a_tag_finds_public_posts_however_it_is_spelt(house: Instance) -> None:
    async with caller(house) as ada:
        both = await ada.write("One #Rüben #Beets")
        one = await ada.write("Two #rüben")
        await ada.write("psst #rüben", visibility="unlisted")

        path = "/api/v1/timelines/tag/RÜBEN"
        assert [post["id"] for post in await ada.get(path)] == [one["id"], both["id"]]
        assert [post["id"] for post in await ada.get(path, **{"all[]": "beets"})] == [both["id"]]
        assert [post["id"] for post in await ada.get(path, **{"none[]": "beets"})] == [one["id"]]
        either = await ada.get("/api/v1/timelines/tag/beets", **{"any[]": "rüben"})
        assert [post["id"] for post in either] == [one["id"], both["id"]]


async def test_walking_down_meets_every_entry_once_and_ends(house: Instance) -> None:
    async with caller(house) as ada:
        ids = [(await ada.write(f"Post {n}"))["id"] for n in range(7)]
        pages = await all_pages(ada, "/api/v1/timelines/home?limit=3")

        assert [post_id for page in pages for post_id in page] == ids[::-1]
        assert [len(page) for page in pages] == [3, 3, 1, 0]


async def test_links_keep_the_other_parameters_and_are_whole_addresses(house: Instance) -> None:
    async with caller(house) as ada:
        for n in range(3):
            await ada.write(f"Post {n}")
        answer = await ada.http.get(f"/api/v1/accounts/{ada.id}/statuses?limit=2&exclude_replies=true")
        found = links(answer.headers)

        assert set(found) == {"next", "prev"}
        assert found["next"].startswith(f"{house.url}/api/v1/accounts/{ada.id}/statuses?")
        assert parse_qs(urlsplit(found["next"]).query) == {
            "limit": ["2"],
            "exclude_replies": ["true"],
            "max_id": [answer.json()[-1]["id"]],
        }


async def test_an_empty_page_has_no_link_at_all(house: Instance) -> None:
    """Elk asked the last page over 1,600 times in 30 s (mastodon-clients.md trap 2)."""
    async with caller(house) as ada:
        answer = await ada.http.get("/api/v1/timelines/home")
        assert answer.json() == []
        assert "link" not in answer.headers


async def test_min_id_gives_the_page_just_above_newest_first_and_since_id_the_newest(house: Instance) -> None:
    async with caller(house) as ada:
        ids = [(await ada.write(f"Post {n}"))["id"] for n in range(5)]

        async def asked(**cursor: str) -> list[str]:
            return [post["id"] for post in await ada.get("/api/v1/timelines/home", limit=2, **cursor)]

        assert await asked(min_id=ids[0]) == [ids[2], ids[1]]
        assert await asked(since_id=ids[0]) == [ids[4], ids[3]]
        assert await asked(max_id=ids[2]) == [ids[1], ids[0]]
        assert await asked(max_id=ids[3], min_id=ids[1]) == [ids[2]]


async def test_s157_a_limit_out_of_range_is_clamped(house: Instance) -> None:
    async with caller(house) as ada:
        for n in range(42):
            await ada.write(f"Post {n}")

        assert len(await ada.get("/api/v1/timelines/home", limit=100_000)) == 40
        assert len(await ada.get("/api/v1/timelines/home")) == 20
        assert len(await ada.get("/api/v1/timelines/home", limit=-3)) == 3
        assert len(await ada.get("/api/v1/timelines/home", limit=0)) == 1
        await ada.refused(422, "GET", "/api/v1/timelines/home?limit=many")
        await ada.refused(422, "GET", "/api/v1/timelines/home?max_id=9223372036854775808")


async def test_a_trailing_slash_is_the_same_address(house: Instance) -> None:
    async with caller(house) as ada:
        post = await ada.write("Text")
        assert [each["id"] for each in await ada.get("/api/v1/timelines/home/")] == [post["id"]]
        assert (await ada.get(f"/api/v1/statuses/{post['id']}/"))["id"] == post["id"]


async def test_s101_nothing_of_the_client_api_is_kept_by_caches(house: Instance) -> None:
    async with caller(house) as ada:
        hidden = await ada.write("psst", visibility="private")
        path = f"/api/v1/statuses/{hidden['id']}"
        answer = await ada.http.get(path)

        assert answer.headers["cache-control"] == "private, no-store"
        assert "Authorization" in answer.headers["vary"]
        async with house.client() as nobody:
            assert (await nobody.get(path)).status_code == 404
