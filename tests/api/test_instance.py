"""What an instance says of itself, and what it does not have yet."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fedcomm import postgres, settings
from fedcomm.api import instance, levels
from fedcomm.text import limits
from tests.api import clients
from tests.api.callers import caller
from tests.conftest import MakeDatabase, new_database
from tests.running import Instance
from tests.running import instance as run

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """An instance with an owner and rules."""
    async with run(await new_database(cluster), FEDCOMM_REGISTRATIONS="approval") as at:
        await at.person("olga", role="owner")
        async with at.db() as db:
            changes: settings.Changes = {
                "name": "Bakers of the north",
                "purpose": "Talk among bakers",
                "description": "First.\n\nSecond <b>.",
                "rules": [{"text": "Be kind", "hint": "Always"}],
                "contact_email": "office@bakers.example",
            }
            await settings.save(db, None, changes, now=at.site.now())
        await at.site.reload_settings()
        yield at


async def test_the_second_version_announces_only_what_works(house: Instance) -> None:
    async with clients.client(house) as nobody:
        shown = (await nobody.get("/api/v2/instance")).json()

        picture = await nobody.get(shown["thumbnail"]["url"])
        icons = [await nobody.get(each["src"]) for each in shown["icon"]]
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert [(icon.status_code, icon.headers["content-type"]) for icon in icons] == [(200, "image/png")] * 3
    assert (shown["domain"], shown["title"], shown["description"]) == (
        house.domain,
        "Bakers of the north",
        "Talk among bakers",
    )
    assert shown["version"] == f"{levels.COMPATIBLE_WITH} (compatible; fedcomm 0.1.0)"
    assert shown["api_versions"] == {"mastodon": levels.HIGHEST, "fedcomm": 1}
    assert shown["source_url"] == f"{house.url}/source"
    assert shown["configuration"]["statuses"]["max_characters"] == limits.BODY
    assert shown["configuration"]["statuses"]["max_media_attachments"] == limits.MEDIA
    assert shown["configuration"]["accounts"]["max_profile_fields"] == limits.PROFILE_FIELDS
    assert shown["configuration"]["urls"]["streaming"] == house.url.replace("http", "ws")
    assert shown["registrations"] == {
        "enabled": True,
        "approval_required": True,
        "reason_required": False,
        "message": None,
        "min_age": None,
        "url": None,
    }
    assert shown["contact"]["email"] == "office@bakers.example"
    assert shown["contact"]["account"]["acct"] == "olga"
    assert [(rule["id"], rule["text"]) for rule in shown["rules"]] == [("1", "Be kind")]


async def test_the_first_version_is_a_bare_host_for_older_clients_and_mastodon_py(house: Instance) -> None:
    async with clients.client(house) as nobody:
        shown = (await nobody.get("/api/v1/instance/")).json()

    assert (shown["uri"], shown["version"]) == (house.domain, instance.VERSION)
    assert (shown["registrations"], shown["approval_required"]) == (True, True)
    assert shown["stats"] == {"user_count": 1, "status_count": 0, "domain_count": 0}
    assert shown["description"] == "<p>First.</p><p>Second &lt;b&gt;.</p>"
    assert shown["contact_account"]["acct"] == "olga"


async def test_its_texts_and_lists(house: Instance) -> None:
    async with caller(house) as ada:
        assert [rule["text"] for rule in await ada.get("/api/v1/instance/rules")] == ["Be kind"]
        assert (await ada.get("/api/v1/instance/extended_description"))["content"].startswith("<p>First.</p>")
        assert {"code": "de", "name": "German"} in await ada.get("/api/v1/instance/languages")
        assert await ada.get("/api/v1/instance/translation_languages") == {}
        for text in ("privacy_policy", "terms_of_service"):
            await ada.refused(404, "GET", f"/api/v1/instance/{text}")


async def test_the_version_is_read_as_a_number_by_clients(house: Instance) -> None:
    """IceCubes reads the first three characters as a number, megalodon and Mastodon.py the whole."""
    assert float(instance.VERSION[:3]) == float(levels.COMPATIBLE_WITH[:3])


async def test_clients_hear_that_there_is_no_subscription(house: Instance) -> None:
    async with caller(house) as ada:
        await ada.refused(404, "GET", "/api/v1/push/subscription")
        assert len((await ada.get("/api/v2/instance"))["configuration"]["vapid"]["public_key"]) == 87
        assert await ada.get("/api/v2/filters") == []
        assert await ada.get("/api/v1/custom_emojis") == []


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v9/statuses", "/api/v1/statuses/abc", "/api/v1/polls/1"])
async def test_an_unknown_path_is_not_found_in_json_even_for_a_browser(house: Instance, path: str) -> None:
    async with house.client() as browser:
        answer = await browser.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == {"error": "Record not found"}


async def test_the_health_of_streaming_is_the_health_of_the_process(house: Instance) -> None:
    async with house.client() as nobody:
        assert (await nobody.get("/api/v1/streaming/health")).text == "OK"


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize(("registrations", "enabled"), [("open", True), ("invite", False), ("closed", False)])
async def test_whether_one_can_sign_up_is_told(database_url: MakeDatabase, registrations: str, enabled: bool) -> None:
    async with run(await database_url(), FEDCOMM_REGISTRATIONS=registrations) as at, at.client() as nobody:
        shown = (await nobody.get("/api/v2/instance")).json()["registrations"]
        assert (shown["enabled"], shown["approval_required"]) == (enabled, False)
