"""People and groups as accounts of client apps: finding them, following and joining, one's own profile."""

import pytest

from fedcomm.network import peers
from tests import factories
from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_and_a_group_are_accounts(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        person = await ada.get(f"/api/v1/accounts/{ada.id}")
        shown = await ada.get(f"/api/v1/accounts/{group.id}")

        assert (person["acct"], person["group"], person["url"]) == (
            ada.account.handle,
            False,
            f"{house.url}/@{ada.account.handle}",
        )
        assert (shown["group"], shown["bot"], shown["note"]) == (True, False, f"<p>Talk among {group.handle}.</p>")
        many = await ada.get("/api/v1/accounts", **{"id[]": [ada.id, str(group.id), "12345"]})
        assert [each["id"] for each in many] == [ada.id, str(group.id)]
        await ada.refused(404, "GET", "/api/v1/accounts/12345")


async def test_a_handle_is_looked_up_in_every_spelling(house: Instance) -> None:
    async with caller(house) as ada:
        handle = ada.account.handle
        for typed in (handle, handle.upper(), f"@{handle}", f"{handle}@{house.domain}"):
            assert (await ada.get("/api/v1/accounts/lookup", acct=typed))["id"] == ada.id
        for typed in ("nobody_here", "", f"{handle}@elsewhere.example"):
            await ada.refused(404, "GET", "/api/v1/accounts/lookup", params={"acct": typed})


async def test_searching_finds_by_the_beginning_of_the_handle_and_anything_in_the_name(house: Instance) -> None:
    async with caller(house, "zora") as zora, caller(house, "ben") as ben:
        await zora.ask("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Dr Zora Quill"})

        async def found(**asked: object) -> list[str]:
            return [who["id"] for who in await ben.get("/api/v1/accounts/search", **asked)]

        assert await found(q="zora") == [zora.id]
        assert await found(q="quill") == [zora.id]
        assert await found(q=f"@{zora.account.handle}@{house.domain}") == [zora.id]
        assert await found(q="zora", following="true") == []
        await ben.post(f"/api/v1/accounts/{zora.id}/follow")
        assert await found(q="zora", following="true") == [zora.id]
        assert await found(q="zora", offset=1) == []
        assert await found(q="%") == []
        assert await found(q="z_r") == []


async def test_who_does_not_want_to_be_discovered_is_found_by_the_whole_handle_only(house: Instance) -> None:
    async with caller(house, "hidden") as hidden, caller(house, "ben") as ben:
        await hidden.ask("PATCH", "/api/v1/accounts/update_credentials", data={"discoverable": "false"})

        assert await ben.get("/api/v1/accounts/search", q="hidde") == []
        assert len(await ben.get("/api/v1/accounts/search", q=hidden.account.handle)) == 1


async def test_following_a_person_and_changing_how(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        path = f"/api/v1/accounts/{ben.id}"
        first = await ada.ask("POST", f"{path}/follow", params={"reblogs": "false"})
        second = await ada.post(f"{path}/follow", notify=True, languages=["de"])

        assert (first["following"], first["showing_reblogs"], first["notifying"]) == (True, False, False)
        assert (second["showing_reblogs"], second["notifying"], second["languages"]) == (False, True, ["de"])
        assert [who["id"] for who in await ben.get(f"{path}/followers")] == [ada.id]
        assert [who["id"] for who in await ben.get(f"/api/v1/accounts/{ada.id}/following")] == [ben.id]
        assert (await ben.get("/api/v1/accounts/relationships", **{"id[]": ada.id}))[0]["followed_by"] is True
        assert (await ada.get(path))["followers_count"] == 1

        assert (await ada.post(f"{path}/unfollow"))["following"] is False
        assert (await ada.post(f"{path}/unfollow"))["following"] is False
        assert await ben.get(f"{path}/followers") == []
        await ada.refused(422, "POST", f"/api/v1/accounts/{ada.id}/follow")


async def test_following_a_group_is_joining_it_and_its_last_facilitator_stays(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ben)
        await ada.refused(403, "POST", "/api/v1/statuses", json={"status": f"@{group.handle} Hello\nall"})
        assert (await ada.post(f"/api/v1/accounts/{group.id}/follow"))["following"] is True
        await ada.write(f"@{group.handle} Hello\nall")

        said = await ben.refused(422, "POST", f"/api/v1/accounts/{group.id}/unfollow")
        assert "last facilitator" in said


async def test_a_locked_account_is_asked_and_decides(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await ben.ask("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
        for who in (ada, cleo):
            asked = await who.post(f"/api/v1/accounts/{ben.id}/follow")
            assert (asked["following"], asked["requested"]) == (False, True)

        assert [who["id"] for who in await ben.get("/api/v1/follow_requests")] == [cleo.id, ada.id]
        credentials = await ben.get("/api/v1/accounts/verify_credentials")
        assert credentials["source"]["follow_requests_count"] == 2
        assert (await ben.post(f"/api/v1/follow_requests/{ada.id}/authorize"))["followed_by"] is True
        assert (await ben.post(f"/api/v1/follow_requests/{cleo.id}/reject"))["requested_by"] is False
        assert await ben.get("/api/v1/follow_requests") == []
        await ben.refused(404, "POST", f"/api/v1/follow_requests/{cleo.id}/authorize")
        await ben.refused(404, "POST", f"/api/v1/follow_requests/{ada.id}/reject")
        assert (await ben.post(f"/api/v1/accounts/{ada.id}/remove_from_followers"))["followed_by"] is False


async def test_relationships_are_told_in_the_order_asked_without_strangers(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        asked = [cleo.id, "12345", ben.id, cleo.id]
        found = await ada.get("/api/v1/accounts/relationships", **{"id[]": asked})

        assert [each["id"] for each in found] == [cleo.id, ben.id]
        assert [each["id"] for each in await ada.get("/api/v1/accounts/relationships", id=ben.id)] == [ben.id]


async def test_the_default_tab_of_a_group_has_its_threads_and_the_other_one_replies_too(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        thread = await ada.write(f"@{group.handle} Which oven?\nOurs #broke.")
        reply = await ada.write("The red one.", in_reply_to_id=thread["id"])
        path = f"/api/v1/accounts/{group.id}/statuses"

        (wrapper,) = await ada.get(path, exclude_replies="true")
        assert wrapper["reblog"]["id"] == thread["id"]
        assert [post["id"] for post in await ada.get(path)] == [reply["id"], wrapper["id"]]
        assert await ada.get(path, pinned="true") == []
        assert await ada.get(path, only_media="true") == []
        assert [post["id"] for post in await ada.get(path, tagged="Broke")] == [wrapper["id"]]
        assert await ada.get(path, exclude_reblogs="true", exclude_replies="true") == []


async def test_a_profile_is_changed_by_form_json_and_query_alike(house: Instance) -> None:
    async with caller(house) as ada:
        path = "/api/v1/accounts/update_credentials"
        by_form = await ada.ask(
            "PATCH",
            path,
            data={
                "display_name": " Ada L ",
                "note": f"Hi @{ada.account.handle}, see https://ada.example",
                "fields_attributes[0][name]": "Web",
                "fields_attributes[0][value]": "https://ada.example",
                "fields_attributes[1][name]": "",
                "fields_attributes[1][value]": "",
                "source[privacy]": "private",
                "source[sensitive]": "true",
                "source[language]": "de",
            },
        )
        by_json = await ada.ask(
            "PUT", path, json={"fields_attributes": [{"name": "Town", "value": "Ulm"}], "indexable": False}
        )
        by_query = await ada.ask("PATCH", path, params={"bot": "1"})
        by_parts = await ada.ask("PATCH", path, files={"locked": (None, "on")})

        assert by_form["display_name"] == "Ada L"
        assert 'class="u-url mention"' in by_form["note"]
        assert by_form["source"]["note"] == f"Hi @{ada.account.handle}, see https://ada.example"
        assert [(each["name"], each["value"]) for each in by_form["source"]["fields"]] == [
            ("Web", "https://ada.example")
        ]
        assert 'href="https://ada.example"' in by_form["fields"][0]["value"]
        assert (by_form["source"]["privacy"], by_form["source"]["sensitive"]) == ("private", True)
        assert [each["name"] for each in by_json["fields"]] == ["Town"]
        assert (by_json["indexable"], by_json["display_name"]) == (False, "Ada L")
        assert (by_query["bot"], by_parts["bot"], by_parts["locked"]) == (True, True, True)
        preferences = await ada.get("/api/v1/preferences")
        assert preferences["posting:default:visibility"] == "private"
        assert preferences["posting:default:language"] == "de"
        assert (await ada.write("Hallo"))["account"]["display_name"] == "Ada L"


@pytest.mark.parametrize(
    "given",
    [
        {"display_name": "x" * 61},
        {"note": "x" * 1_001},
        {"fields_attributes": [{"name": str(n), "value": "x"} for n in range(5)]},
        {"fields_attributes": [{"name": "x", "value": "y" * 256}]},
        {"fields_attributes": "none"},
        {"fields_attributes": [{"name": 1}, "x"]},
        {"source": "none"},
        {"source": {"privacy": "secret"}},
        {"source": {"language": "not a language"}},
        {"locked": "perhaps"},
    ],
)
async def test_s148_a_profile_beyond_its_limits_is_refused_and_unchanged(house: Instance, given: object) -> None:
    async with caller(house) as ada:
        before = await ada.get("/api/v1/accounts/verify_credentials")
        await ada.refused(422, "PATCH", "/api/v1/accounts/update_credentials", json=given)
        assert await ada.get("/api/v1/accounts/verify_credentials") == before


async def test_a_picture_is_refused_in_a_sentence(house: Instance) -> None:
    async with caller(house) as ada:
        picture = {"avatar": ("a.png", b"\x89PNG", "image/png")}
        said = await ada.refused(422, "PATCH", "/api/v1/accounts/update_credentials", files=picture)
        assert said == "This is not a file of a kind that can be uploaded here."


async def test_a_suspended_server_and_its_people_are_not_found(house: Instance) -> None:
    async with caller(house) as ada:
        async with house.db() as db:
            rui = await factories.make_remote_account(db, host="gamma.example")
        path = f"/api/v1/accounts/{rui.id}"
        await ada.post(f"{path}/follow")
        assert (await ada.get(path))["acct"] == f"{rui.handle}@gamma.example"
        assert "gamma.example" in await ada.get("/api/v1/instance/peers")

        async with house.db() as db:
            await peers.suspend(db, None, "gamma.example", "spam", now=house.site.now())
        for method, part in (("GET", ""), ("GET", "/statuses"), ("GET", "/followers"), ("POST", "/follow")):
            await ada.refused(404, method, path + part)
        await ada.refused(404, "GET", "/api/v1/accounts/lookup", params={"acct": f"{rui.handle}@gamma.example"})
        assert await ada.get("/api/v1/accounts/search", q=rui.handle) == []
        assert await ada.get("/api/v1/accounts", **{"id[]": str(rui.id)}) == []
        assert "gamma.example" not in await ada.get("/api/v1/instance/peers")


async def test_followers_are_paged_by_the_link_header_alone(house: Instance) -> None:
    async with caller(house) as ada:
        async with house.db() as db:
            for _ in range(5):
                await factories.make_follow(db, await factories.make_remote_account(db), ada.account, here=house.here)
        answer = await ada.http.get(f"/api/v1/accounts/{ada.id}/followers?limit=2")
        seen = [who["id"] for who in answer.json()]
        while "next" in answer.links:
            answer = await ada.http.get(answer.links["next"]["url"])
            seen += [who["id"] for who in answer.json()]

        assert len(seen) == len(set(seen)) == 5
