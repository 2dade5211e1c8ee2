"""One's profile in one piece, as newer apps edit it."""

import io

import pytest
from PIL import Image

from tests.api.callers import caller
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (23, 97, 79)).save(out, "PNG")
    return out.getvalue()


async def test_a_profile_is_read_and_changed_in_raw_and_in_finished_form(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.write("#ovens")
        await ada.post("/api/v1/featured_tags", name="ovens")
        before = await ada.get("/api/v1/profile")
        assert (before["avatar"], before["header"]) == (None, None), "generated pictures are not one's own"

        changed = await ada.ask(
            "PATCH",
            "/api/v1/profile",
            json={
                "display_name": "Ada L.",
                "note": "I **bake**",
                "fields_attributes": [{"name": "Town", "value": "Ulm"}],
            },
        )
        assert (changed["display_name"], changed["note"]) == ("Ada L.", "I **bake**")
        assert "<strong>bake</strong>" in changed["formatted_note"]
        assert [(each["name"], each["value"]) for each in changed["fields"]] == [("Town", "Ulm")]
        assert [each["name"] for each in changed["featured_tags"]] == ["ovens"]
        assert await ada.get("/api/v1/profile") == changed


async def test_what_a_profile_shows_is_kept_and_counts(house: Instance) -> None:
    wanted: dict[str, object] = {
        "avatar_description": "A red oven",
        "header_description": "A bakery at night",
        "hide_collections": True,
        "show_media": False,
        "show_media_replies": False,
        "show_featured": False,
        "attribution_domains": ["news.example.org"],
    }
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cem") as cem:
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        await cem.post(f"/api/v1/accounts/{ben.id}/follow")
        near = await cem.get("/api/v1/accounts/familiar_followers", id=ada.id)
        assert [each["id"] for each in near[0]["accounts"]] == [ben.id]

        changed = await ada.ask(
            "PATCH", "/api/v1/profile", json=wanted | {"attribution_domains": ["https://News.example.org/press"]}
        )
        assert {name: changed[name] for name in wanted} == wanted
        seen = await ben.get(f"/api/v1/accounts/{ada.id}")
        assert {name: seen[name] for name in wanted if name in seen} == {
            name: value for name, value in wanted.items() if name != "attribution_domains"
        }
        assert (await ada.get("/api/v1/accounts/verify_credentials"))["source"]["attribution_domains"] == [
            "news.example.org"
        ]

        path = f"/api/v1/accounts/{ada.id}/followers"
        assert (await ben.get(path), len(await ada.get(path))) == ([], 1)
        assert (await cem.get("/api/v1/accounts/familiar_followers", id=ada.id))[0]["accounts"] == []
        document = (await ben.http.get(ada.account.uri, headers={"Accept": "application/activity+json"})).json()
        assert document["icon"]["name"] == document["icon"]["summary"] == "A red oven"
        assert (document["showMedia"], document["showRepliesInMedia"], document["showFeatured"]) == (False,) * 3
        assert document["attributionDomains"] == ["news.example.org"]

        await ada.refused(422, "PATCH", "/api/v1/profile", json={"attribution_domains": ["not a site"]})
        await ada.refused(422, "PATCH", "/api/v1/profile", json={"avatar_description": "x" * 151})
        many = [f"site{n}.example" for n in range(11)]
        await ada.refused(422, "PATCH", "/api/v1/profile", json={"attribution_domains": many})
        assert {name: (await ada.get("/api/v1/profile"))[name] for name in wanted} == wanted


async def test_pictures_of_ones_own_can_be_taken_away_again(house: Instance) -> None:
    async with caller(house) as ada:
        files = {"avatar": ("a.png", picture(), "image/png"), "header": ("h.png", picture(), "image/png")}
        said = {"avatar_description": "An oven", "header_description": "A shop"}
        assert (await ada.ask("PATCH", "/api/v1/profile", data=said, files=files))["avatar"]
        own = (await ada.get("/api/v1/accounts/verify_credentials"))["avatar"]
        first = (await ada.http.get(own)).content

        shown = await ada.ask("DELETE", "/api/v1/profile/avatar")
        assert (await ada.http.get(shown["avatar"])).content != first
        profile = await ada.get("/api/v1/profile")
        assert (profile["avatar"], profile["avatar_description"]) == (None, "")
        assert (bool(profile["header"]), profile["header_description"]) == (True, "A shop")
        await ada.ask("DELETE", "/api/v1/profile/header")
        assert (await ada.get("/api/v1/profile"))["header"] is None


async def test_what_is_not_there_says_so(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        post, hidden = await ada.write("Hallo", language="de"), await ada.write("psst", visibility="private")
        said = await ben.refused(503, "POST", f"/api/v1/statuses/{post['id']}/translate", json={"lang": "en"})
        assert said == "Posts are not translated here."
        await ben.refused(404, "POST", f"/api/v1/statuses/{hidden['id']}/translate")
        assert (await ada.get("/api/v1/annual_reports"))["annual_reports"] == []
        assert await ada.get("/api/v1/annual_reports/2026/state") == {"state": "ineligible"}
        assert await ada.get("/api/v1/emails/check_confirmation") is True
        assert "email_subscriptions" not in await ada.get(f"/api/v1/accounts/{ben.id}"), "else apps offer it"
        await ada.refused(404, "POST", f"/api/v1/accounts/{ben.id}/email_subscriptions", json={"email": "a@b.example"})
