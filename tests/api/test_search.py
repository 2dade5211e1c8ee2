"""Searching in client apps, here and, with `resolve`, where things live."""

import pytest

from tests.api.callers import caller, new_group
from tests.conftest import MakeDatabase
from tests.running import Instance, instances

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_all_three_lists_are_there_and_each_kind_alone(house: Instance) -> None:
    async with caller(house, "walter") as walter:
        post = await walter.write("About #Walters bread")

        found = await walter.get("/api/v2/search", q="walter")
        assert [who["id"] for who in found["accounts"]] == [walter.id]
        assert [tag["name"] for tag in found["hashtags"]] == ["Walters"]
        assert [each["id"] for each in found["statuses"]] == [post["id"]]
        only = await walter.get("/api/v2/search", q="walter", type="hashtags")
        assert only == {**found, "accounts": [], "statuses": []}
        assert (await walter.get("/api/v1/tags/walters"))["following"] is False


async def test_a_post_is_found_by_its_page_and_by_its_id(house: Instance) -> None:
    """mastodon-clients.md trap 17."""
    async with caller(house) as ada:
        post = await ada.write("Text")
        for address in (post["url"], post["uri"]):
            found = await ada.get("/api/v2/search", q=address, resolve="true")
            assert [each["id"] for each in found["statuses"]] == [post["id"]]


async def test_people_and_groups_are_found_by_page_id_and_whole_handle(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        for text in (group.url, group.uri, f"@{group.handle}@{house.domain}", group.handle.upper()):
            found = await ada.get("/api/v2/search", q=text, resolve="true")
            assert [who["id"] for who in found["accounts"]] == [str(group.id)], text


async def test_s092_what_is_hidden_is_not_found_by_address_tag_or_word(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        hidden = await ada.write("psst #canarytag", visibility="private")
        for text in (hidden["url"], hidden["uri"], "canarytag", "#canarytag"):
            found = await ben.get("/api/v2/search", q=text, resolve="true")
            assert found == {"accounts": [], "statuses": [], "hashtags": []}
        assert await ben.get("/api/v1/timelines/tag/canarytag") == []


@pytest.mark.parametrize(
    "asked", [{"q": ""}, {}, {"q": "x", "type": "groups"}, {"q": "x" * 2_001}, {"q": "x", "offset": "x"}]
)
async def test_a_question_that_is_none_is_refused(house: Instance, asked: dict[str, str]) -> None:
    async with caller(house) as ada:
        await ada.refused(422, "GET", "/api/v2/search", params=asked)


async def test_phanpys_probe_finds_what_one_wrote(house: Instance) -> None:
    """mastodon-clients.md section 1: only then does Phanpy offer to search an account's posts."""
    async with caller(house) as ada, caller(house, "ben") as ben:
        first = await ada.write("One")
        second = await ada.write("Two")
        found = await ada.get("/api/v2/search", q="from:me", type="statuses", limit=1)
        assert [each["id"] for each in found["statuses"]] == [second["id"]]
        rest = await ada.get("/api/v2/search", q="from:me", type="statuses", max_id=second["id"])
        assert [each["id"] for each in rest["statuses"]] == [first["id"]]
        rest = await ada.get("/api/v2/search", q="from:me", type="statuses", offset=1)
        assert [each["id"] for each in rest["statuses"]] == [first["id"]]
        of_ada = await ben.get("/api/v2/search", q="one", type="statuses", account_id=ada.id)
        assert [each["id"] for each in of_ada["statuses"]] == [first["id"]]
        assert (await ben.get("/api/v2/search", q="one", type="statuses", account_id=ben.id))["statuses"] == []


async def test_words_find_threads_and_their_replies_for_members_only(house: Instance) -> None:
    async with caller(house) as ada, house.client() as nobody:
        group = await new_group(house, ada)
        thread = await ada.write(f"@{group.handle} Which zymase?\n\nOurs gave up.")
        reply = await ada.write("A quiet zymase.", in_reply_to_id=thread["id"])

        found = await ada.get("/api/v2/search", q=f"zymase in:{group.handle}")
        assert [each["id"] for each in found["statuses"]] == [reply["id"], thread["id"]]
        assert (await nobody.get("/api/v2/search", params={"q": "zymase"})).json()["statuses"] == []


async def test_a_wrong_operator_is_refused_with_a_sentence(house: Instance) -> None:
    async with caller(house) as ada:
        said = await ada.refused(422, "GET", "/api/v2/search", params={"q": "before:soon", "type": "statuses"})
        assert "2026-11-21" in said


@pytest.mark.asyncio(loop_scope="function")
async def test_a_group_elsewhere_is_found_joined_and_written_to(database_url: MakeDatabase) -> None:
    """By `@group@host`, by its address, and by naming it in a post before anybody here knew it."""
    async with instances(database_url, 2) as (alpha, beta), caller(alpha) as ada, caller(beta, "ben") as ben:
        bakers = await new_group(beta, ben)
        millers = await new_group(beta, ben, "millers")

        handle = f"@{bakers.handle}@{beta.domain}"
        (found,) = (await ada.get("/api/v2/search", q=handle, resolve="true", type="accounts"))["accounts"]
        assert (found["group"], found["acct"]) == (True, handle[1:])
        by_page = await ada.get("/api/v2/search", q=bakers.url, resolve="true")
        assert [who["id"] for who in by_page["accounts"]] == [found["id"]]
        asked = await ada.post(f"/api/v1/accounts/{found['id']}/follow")
        assert asked["requested"] is True

        post = await ada.write(f"@{millers.handle}@{beta.domain} Which mill?\nOurs broke.")
        assert post["fedcomm"]["group"]["acct"] == f"{millers.handle}@{beta.domain}"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_post_elsewhere_is_fetched_for_members_who_ask_for_it(
    database_url: MakeDatabase,
) -> None:
    async with instances(database_url, 2) as (alpha, beta), caller(alpha) as ada, caller(beta, "ben") as ben:
        post = await ben.write("Text")
        async with alpha.client() as nobody:
            answer = await nobody.get("/api/v2/search", params={"q": post["uri"], "resolve": "true"})
            assert answer.json()["statuses"] == []
        assert (await ada.get("/api/v2/search", q=post["uri"]))["statuses"] == []

        for address in (post["uri"], post["url"]):
            (found,) = (await ada.get("/api/v2/search", q=address, resolve="true"))["statuses"]
            assert (found["uri"], found["account"]["acct"]) == (post["uri"], f"{ben.account.handle}@{beta.domain}")


@pytest.mark.asyncio(loop_scope="function")
async def test_a_server_that_does_not_answer_is_nothing_found(database_url: MakeDatabase) -> None:
    async with instances(database_url, 1) as (alpha,), caller(alpha) as ada:
        for text in ("@ben@localhost:9", "http://localhost:9/@ben/1"):
            found = await ada.get("/api/v2/search", q=text, resolve="true")
            assert found == {"accounts": [], "statuses": [], "hashtags": []}
        assert (await ada.write("@ben@localhost:9 Hello"))["mentions"] == []
