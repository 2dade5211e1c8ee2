"""Posts, as client apps write, read, change and delete them."""

import asyncio

import pytest

from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_personal_post_is_shown_as_it_was_typed(house: Instance) -> None:
    async with caller(house) as ada:
        post = await ada.write("Hello *there*\nsecond line #Ovens", language="de", spoiler_text="Food")

        assert post["content"].startswith("<p>Hello <em>there</em><br>second line ")
        assert post["account"]["id"] == ada.id
        assert post["url"] == f"{house.url}/@{ada.account.handle}/{post['id']}"
        assert post["uri"] == f"{house.url}/p/{post['id']}"
        assert (post["language"], post["spoiler_text"], post["sensitive"]) == ("de", "Food", True)
        assert post["application"] == {"name": "Test client", "website": "https://client.example"}
        assert [tag["name"] for tag in post["tags"]] == ["ovens"]
        assert post["fedcomm"]["group"] is None
        assert await ada.get(f"/api/v1/statuses/{post['id']}") == post


async def test_naming_a_group_starts_a_thread_there_with_the_first_line_as_title(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        post = await ada.write(f"@{group.handle} Which oven?\nOurs broke.")

        assert post["content"] == "<p><strong>Which oven?</strong></p><p>Ours broke.</p>"
        assert post["fedcomm"]["title"] == "Which oven?"
        assert post["fedcomm"]["kind"] == "question"
        assert post["fedcomm"]["group"]["acct"] == group.handle
        assert [who["acct"] for who in post["mentions"]] == [group.handle]


async def test_private_naming_a_group_is_refused_with_a_sentence_and_nothing_is_written(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        said = await ada.refused(
            422, "POST", "/api/v1/statuses", json={"status": f"@{group.handle} Psst", "visibility": "private"}
        )

        assert said == ("This group cannot have posts for its members only yet. Choose public, or leave the group out.")
        assert await ada.get(f"/api/v1/accounts/{ada.id}/statuses") == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": ""}, "Write something first."),
        ({"status": "x" * 10_001}, "A post may have at most 10,000 characters."),
        ({"status": "x", "visibility": "secret"}, "This visibility does not exist."),
        ({"status": "x", "media_ids": ["1"]}, "There is no such file, or it is in another post."),
        ({"status": "x", "scheduled_at": "2020-01-01T00:00:00Z"}, "Choose a time at least 5 minutes from now."),
        (
            {"status": "x", "poll": {"options": ["a", "a"], "expires_in": 300}},
            "Each answer of a poll must be different.",
        ),
        ({"status": "x", "poll": {"options": ["a", "b"]}}, "Say how long the poll is open."),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": "soon"}}, "expires_in is not valid."),
        ({"status": "x", "quoted_status_id": "no"}, "This is not a valid id."),
        ({"status": "x", "in_reply_to_id": "no"}, "This is not a valid id."),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(house: Instance, fields: dict[str, object], said: str) -> None:
    async with caller(house) as ada:
        assert (await ada.refused(422, "POST", "/api/v1/statuses", json=fields)).startswith(said)


async def test_answering_what_is_not_there_is_not_found(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.refused(404, "POST", "/api/v1/statuses", json={"status": "x", "in_reply_to_id": "12345"})


async def test_without_a_visibility_a_post_takes_the_default_of_its_author(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.ask("PATCH", "/api/v1/accounts/update_credentials", data={"source[privacy]": "unlisted"})
        assert (await ada.write("x"))["visibility"] == "unlisted"
        assert (await ada.write("x", visibility="public"))["visibility"] == "public"


async def test_r003_the_same_key_within_the_hour_makes_one_post(house: Instance) -> None:
    """Also when both requests are under way at once (D78)."""
    async with caller(house) as ada, caller(house, "ben") as ben:
        key = {"Idempotency-Key": "7f6a"}

        async def write(who: object, text: str) -> str:
            assert who in (ada, ben)
            api = ada if who is ada else ben
            return (await api.ask("POST", "/api/v1/statuses", json={"status": text}, headers=key))["id"]

        first, second = await asyncio.gather(write(ada, "Once"), write(ada, "Once"))
        third = await write(ada, "Once")
        others = await write(ben, "Mine")

        assert first == second == third != others
        assert [post["id"] for post in await ada.get(f"/api/v1/accounts/{ada.id}/statuses")] == [first]


async def test_a_key_longer_than_any_is_a_key_all_the_same(house: Instance) -> None:
    async with caller(house) as ada:
        key = {"Idempotency-Key": "k" * 4_000}
        ids = [(await ada.ask("POST", "/api/v1/statuses", json={"status": "x"}, headers=key))["id"] for _ in range(2)]
        assert ids[0] == ids[1]


async def test_a_reply_stands_in_the_context_of_what_it_answers(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        root = await ada.write("Root")
        reply = await ben.write(f"@{ada.account.handle} Reply", in_reply_to_id=root["id"])
        deeper = await ada.write("Deeper", in_reply_to_id=reply["id"])

        assert (reply["in_reply_to_id"], reply["in_reply_to_account_id"]) == (root["id"], ada.id)
        above_and_below = await ben.get(f"/api/v1/statuses/{reply['id']}/context")
        assert [post["id"] for post in above_and_below["ancestors"]] == [root["id"]]
        assert [post["id"] for post in above_and_below["descendants"]] == [deeper["id"]]
        assert (await ada.get(f"/api/v1/statuses/{root['id']}"))["replies_count"] == 2


async def test_s091_a_private_reply_is_not_in_the_context_for_others(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        root = await ada.write("Root")
        await ben.write(f"@{ada.account.handle} canary", in_reply_to_id=root["id"], visibility="direct")

        path = f"/api/v1/statuses/{root['id']}/context"
        assert [post["content"] for post in (await ada.get(path))["descendants"]] != []
        assert (await cleo.get(path))["descendants"] == []
        async with house.client() as nobody:
            assert "canary" not in (await nobody.get(path)).text


async def test_a_wrapper_is_shown_as_such_and_acting_on_it_means_the_post_in_it(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        post = await ada.write(f"@{group.handle} Which oven?\nOurs broke.")
        (wrapper,) = await ada.get(f"/api/v1/accounts/{group.id}/statuses")

        assert wrapper["id"] != post["id"] == wrapper["reblog"]["id"]
        assert wrapper["account"]["group"] is True
        assert await ada.get(f"/api/v1/statuses/{wrapper['id']}") == wrapper
        assert (await ada.post(f"/api/v1/statuses/{wrapper['id']}/favourite"))["id"] == post["id"]
        assert (await ada.post(f"/api/v1/statuses/{wrapper['id']}/bookmark"))["bookmarked"] is True
        assert (await ada.write("Red", in_reply_to_id=wrapper["id"]))["in_reply_to_id"] == post["id"]
        assert len((await ada.get(f"/api/v1/statuses/{wrapper['id']}/context"))["descendants"]) == 1
        assert (await ada.get(f"/api/v1/statuses/{wrapper['id']}/source"))["id"] == post["id"]
        many = await ada.get("/api/v1/statuses", **{"id[]": [wrapper["id"], post["id"], "12345"]})
        assert [each["id"] for each in many] == [wrapper["id"], post["id"]]


async def test_what_an_author_edits_goes_round_unchanged(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        post = await ada.write(f"@{group.handle} Which oven?\nOurs *broke*.")
        source = await ada.get(f"/api/v1/statuses/{post['id']}/source")
        again = await ada.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": source["text"]})

        assert source["text"] == "Which oven?\n\nOurs *broke*."
        assert again["content"] == post["content"]
        assert again["edited_at"] is None

        changed = await ada.ask("PUT", f"/api/v1/statuses/{post['id']}", data={"status": "Which mixer?\n\nOurs broke."})
        assert changed["fedcomm"]["title"] == "Which mixer?"
        assert changed["edited_at"] is not None
        history = await ada.get(f"/api/v1/statuses/{post['id']}/history")
        assert [version["content"] for version in history] == [post["content"], changed["content"]]


async def test_an_edit_changes_only_what_it_names(house: Instance) -> None:
    async with caller(house) as ada:
        post = await ada.write("Text", spoiler_text="Warning", language="de")
        changed = await ada.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"spoiler_text": "Other"})

        assert (changed["content"], changed["language"]) == (post["content"], "de")
        assert changed["spoiler_text"] == "Other"


async def test_s097_others_posts_can_be_neither_changed_nor_deleted_nor_their_source_read(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Mine")
        path = f"/api/v1/statuses/{post['id']}"

        await ben.refused(404, "PUT", path, json={"status": "Yours"})
        await ben.refused(404, "DELETE", path)
        await ben.refused(404, "GET", f"{path}/source")
        assert await ada.get(path) == post


async def test_deleting_gives_the_text_back_and_takes_the_post_away(house: Instance) -> None:
    async with caller(house) as ada:
        post = await ada.write("Text with *form*")
        deleted = await ada.ask("DELETE", f"/api/v1/statuses/{post['id']}")

        assert deleted["text"] == "Text with *form*"
        await ada.refused(404, "GET", f"/api/v1/statuses/{post['id']}")
        await ada.refused(404, "DELETE", f"/api/v1/statuses/{post['id']}")
        assert await ada.get(f"/api/v1/accounts/{ada.id}/statuses") == []


async def test_reactions_count_once_and_can_be_taken_back(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Text")
        path = f"/api/v1/statuses/{post['id']}"
        await ben.post(f"{path}/favourite")
        favourited = await ben.post(f"{path}/favourite")
        assert (favourited["favourited"], favourited["favourites_count"]) == (True, 1)
        assert [who["id"] for who in await ada.get(f"{path}/favourited_by")] == [ben.id]
        assert (await ada.get(path))["favourited"] is False

        wrapper = await ben.post(f"{path}/reblog")
        assert (wrapper["reblog"]["id"], wrapper["account"]["id"]) == (post["id"], ben.id)
        assert [who["id"] for who in await ada.get(f"{path}/reblogged_by")] == [ben.id]
        assert (await ben.get(path))["reblogged"] is True

        assert (await ben.post(f"{path}/unfavourite"))["favourites_count"] == 0
        assert (await ben.post(f"{path}/unreblog"))["reblogs_count"] == 0
        assert (await ben.post(f"{path}/bookmark"))["bookmarked"] is True
        assert [each["id"] for each in await ben.get("/api/v1/bookmarks")] == [post["id"]]
        assert (await ben.post(f"{path}/unbookmark"))["bookmarked"] is False
        assert await ben.get("/api/v1/bookmarks") == []


async def test_deleting_ones_own_wrapper_takes_the_boost_back(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post = await ada.write("Text")
        wrapper = await ben.post(f"/api/v1/statuses/{post['id']}/reblog")
        await ben.ask("DELETE", f"/api/v1/statuses/{wrapper['id']}")

        assert (await ada.get(f"/api/v1/statuses/{post['id']}"))["reblogs_count"] == 0


async def test_s095_s099_what_one_may_not_see_can_be_neither_touched_nor_boosted(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        post = await ada.write(f"@{ben.account.handle} psst", visibility="direct")
        for verb in ("favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark"):
            await cleo.refused(404, "POST", f"/api/v1/statuses/{post['id']}/{verb}")
        for part in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by"):
            await cleo.refused(404, "GET", f"/api/v1/statuses/{post['id']}{part}")
        assert await cleo.get("/api/v1/statuses", **{"id[]": post["id"]}) == []

        assert "public" in await ben.refused(422, "POST", f"/api/v1/statuses/{post['id']}/reblog")
        assert (await ben.get(f"/api/v1/statuses/{post['id']}"))["visibility"] == "direct"


async def test_s094_hidden_and_missing_look_alike(house: Instance) -> None:
    """Body and headers, apart from date and request id."""
    async with caller(house) as ada, caller(house, "cleo") as cleo:
        hidden = await ada.write("psst", visibility="private")
        for part in ("", "/context", "/history", "/favourited_by", "/source"):
            answers = [
                await cleo.http.get(f"/api/v1/statuses/{post_id}{part}") for post_id in (hidden["id"], "123456789")
            ]
            shown = [
                (answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k not in VARYING})
                for answer in answers
            ]
            assert shown[0] == shown[1]
            assert shown[0][0] == 404


VARYING = ("date", "x-request-id")
