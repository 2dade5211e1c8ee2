"""Each level of Mastodon's client API that is announced keeps what it promises: one proof for each promise.

A level without its proofs here fails, so that the number cannot be raised by itself.
"""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import postgres
from fedcomm.api import instance, levels
from tests.api import clients
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.kit.push_services import PushService
from tests.running import Instance
from tests.running import instance as run
from tests.security import apps

pytestmark = pytest.mark.asyncio(loop_scope="module")

Proof = Callable[[Instance, Caller, Caller], Awaitable[None]]
"""What a client does that goes by the level, with the two people who need it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A running instance that keeps files and secrets."""
    async with run(await new_database(cluster), tmp_path_factory.mktemp("levels")) as at:
        yield at


async def _instance(_at: Instance, ada: Caller, _ben: Caller) -> None:
    shown = await ada.get("/api/v2/instance")
    assert shown["api_versions"]["mastodon"] == levels.HIGHEST
    assert shown["configuration"]["vapid"]["public_key"]
    assert (await ada.http.get(shown["icon"][0]["src"])).status_code == 200


async def _policy(at: Instance, ada: Caller, ben: Caller) -> None:
    await ada.ask("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    await ben.write(f"@{ada.account.handle} hello")
    await at.settle()
    assert await ada.get("/api/v1/notifications") == []
    (asked,) = await ada.get("/api/v1/notifications/requests")
    await ada.post(f"/api/v1/notifications/requests/{asked['id']}/accept")
    await at.settle()
    assert [each["type"] for each in await ada.get("/api/v1/notifications")] == ["mention"]


async def _pkce(at: Instance, ada: Caller, _ben: Caller) -> None:
    app, secret = await apps.register(at)
    code = await apps.code_for(at, app, ada.account, challenge=apps.CHALLENGE)
    assert (await apps.exchange(at, app, secret, code, code_verifier=apps.VERIFIER)).status_code == 200
    other = await apps.code_for(at, app, ada.account, challenge=apps.CHALLENGE)
    assert (await apps.exchange(at, app, secret, other, code_verifier="w" * 43)).status_code == 400
    async with clients.client(at, await at.token(ada.account, "profile")) as http:
        assert (await http.get("/api/v1/accounts/verify_credentials")).json()["id"] == ada.id
        assert (await http.get("/api/v1/timelines/home")).status_code == 403


async def _liked(at: Instance, ada: Caller, *others: Caller) -> Any:
    post = await ada.write("Fresh bread")
    for each in others:
        await each.post(f"/api/v1/statuses/{post['id']}/favourite")
        await at.settle()
    return post


async def _groups(at: Instance, ada: Caller, ben: Caller) -> None:
    async with caller(at, "cleo") as cleo:
        post = await _liked(at, ada, ben, cleo)
        found = await ada.get("/api/v2/notifications")
        (group,) = found["notification_groups"]
        assert (group["type"], group["notifications_count"], group["status_id"]) == ("favourite", 2, post["id"])
        assert [each["id"] for each in found["statuses"]] == [post["id"]]
        assert {each["id"] for each in found["accounts"]} == {ben.id, cleo.id}
        key = group["group_key"]
        people = await ada.get(f"/api/v2/notifications/{key}/accounts")
        assert {each["id"] for each in people} == {ben.id, cleo.id}
        assert (await ada.get(f"/api/v2/notifications/{key}"))["notification_groups"] == [group]
        await ada.post(f"/api/v2/notifications/{key}/dismiss")
        assert (await ada.get("/api/v2/notifications"))["notification_groups"] == []


async def _unread(at: Instance, ada: Caller, ben: Caller) -> None:
    await _liked(at, ada, ben)
    assert await ada.get("/api/v2/notifications/unread_count") == {"count": 1}
    (group,) = (await ada.get("/api/v2/notifications"))["notification_groups"]
    await ada.post("/api/v1/markers", notifications={"last_read_id": group["page_max_id"]})
    assert await ada.get("/api/v2/notifications/unread_count") == {"count": 0}


async def _attribution(_at: Instance, ada: Caller, _ben: Caller) -> None:
    changed = await ada.ask(
        "PATCH", "/api/v1/accounts/update_credentials", data={"attribution_domains[]": ["a.example", "b.example"]}
    )
    assert changed["source"]["attribution_domains"] == ["a.example", "b.example"]


async def _uploaded(who: Caller) -> Any:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (23, 97, 79)).save(out, "PNG")
    return await who.ask("POST", "/api/v1/media", files={"file": ("a.png", out.getvalue(), "image/png")})


async def _delete_media(at: Instance, ada: Caller, ben: Caller) -> None:
    loose = await _uploaded(ada)
    await ben.refused(404, "DELETE", f"/api/v1/media/{loose['id']}")
    await ada.ask("DELETE", f"/api/v1/media/{loose['id']}")
    await ada.refused(404, "GET", f"/api/v1/media/{loose['id']}")
    for how in ({"delete_media": "true"}, {}):
        kept = await _uploaded(ada)
        post = await ada.write("", media_ids=[kept["id"]])
        assert (await ada.http.get(kept["url"])).status_code == 200
        await ada.ask("DELETE", f"/api/v1/statuses/{post['id']}", params=how)
        await at.settle()
        assert (await ada.http.get(kept["url"])).status_code == 404


async def _standard_push(at: Instance, ada: Caller, ben: Caller) -> None:
    async with PushService() as service:
        made = await ada.post(
            "/api/v1/push/subscription",
            subscription=service.subscription(standard=True),
            data={"alerts": {"mention": True}},
        )
        assert made["standard"] is True
        await ben.write(f"@{ada.account.handle} hello")
        await at.settle()
        (came,) = service.server.seen
        assert came.headers["content-encoding"] == "aes128gcm"


async def _blur(_at: Instance, ada: Caller, ben: Caller) -> None:
    made = await ada.post(
        "/api/v2/filters",
        title="Spiders",
        context=["public", "thread"],
        filter_action="blur",
        keywords_attributes=[{"keyword": "spider"}],
    )
    assert made["filter_action"] == "blur"
    post = await ben.write("Look, a spider!")
    (hit,) = (await ada.get(f"/api/v1/statuses/{post['id']}"))["filtered"]
    assert hit["filter"]["filter_action"] == "blur"


async def _endorsements(_at: Instance, ada: Caller, ben: Caller) -> None:
    await ada.post(f"/api/v1/accounts/{ben.id}/follow")
    assert (await ada.post(f"/api/v1/accounts/{ben.id}/endorse"))["endorsed"]
    path = f"/api/v1/accounts/{ada.id}/endorsements"
    assert [each["id"] for each in await ben.get(path)] == [ben.id]
    assert not (await ada.post(f"/api/v1/accounts/{ben.id}/unendorse"))["endorsed"]
    assert await ben.get(path) == []


async def _featured_tags(_at: Instance, ada: Caller, ben: Caller) -> None:
    await ada.write("#ovens")
    assert (await ada.post("/api/v1/tags/ovens/feature"))["featuring"] is True
    assert [each["name"] for each in await ben.get(f"/api/v1/accounts/{ada.id}/featured_tags")] == ["ovens"]
    assert (await ada.post("/api/v1/tags/ovens/unfeature"))["featuring"] is False


async def _userinfo(at: Instance, ada: Caller, _ben: Caller) -> None:
    named = (await ada.get("/.well-known/oauth-authorization-server"))["userinfo_endpoint"]
    assert named == f"{at.url}/oauth/userinfo"
    assert (await ada.get(named))["preferred_username"] == ada.account.handle


async def _quoting(_at: Instance, ada: Caller, ben: Caller) -> None:
    said = await ada.write("The red oven is best.")
    quote = await ben.write("So it is.", quoted_status_id=said["id"])
    assert (quote["quote"]["state"], quote["quote"]["quoted_status"]["id"]) == ("accepted", said["id"])
    assert (await ada.get(f"/api/v1/statuses/{said['id']}"))["quotes_count"] == 1
    assert [each["id"] for each in await ada.get(f"/api/v1/statuses/{said['id']}/quotes")] == [quote["id"]]


async def _approval(_at: Instance, ada: Caller, ben: Caller) -> None:
    mine = await ada.ask("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"quote_policy": "nobody"}})
    assert mine["source"]["quote_policy"] == "nobody"
    assert (await ada.get("/api/v1/preferences"))["posting:default:quote_policy"] == "nobody"
    closed, open_ = await ada.write("As always"), await ada.write("This one", quote_approval_policy="public")
    for post, state in ((closed, "denied"), (open_, "automatic")):
        assert (await ben.get(f"/api/v1/statuses/{post['id']}"))["quote_approval"]["current_user"] == state
    path = f"/api/v1/statuses/{closed['id']}/interaction_policy"
    changed = await ada.ask("PUT", path, json={"quote_approval_policy": "public"})
    assert changed["quote_approval"]["automatic"] == ["public"]


async def _revoking(_at: Instance, ada: Caller, ben: Caller) -> None:
    said = await ada.write("I did not mean it.")
    quote = await ben.write("They said it.", quoted_status_id=said["id"])
    revoked = await ada.post(f"/api/v1/statuses/{said['id']}/quotes/{quote['id']}/revoke")
    assert revoked["quote"]["state"] == "revoked"


async def _quote_notifications(at: Instance, ada: Caller, ben: Caller) -> None:
    async with PushService() as service:
        await ada.post(
            "/api/v1/push/subscription",
            subscription=service.subscription(standard=True),
            data={"alerts": {"quote": True, "quoted_update": True}},
        )
        said = await ada.write("The red oven is best.")
        quote = await ben.write("So it is.", quoted_status_id=said["id"])
        await at.settle()
        (told,) = await ada.get("/api/v1/notifications")
        assert (told["type"], told["status"]["id"]) == ("quote", quote["id"])
        assert len(service.server.seen) == 1
    await ada.ask("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "The blue one."})
    await at.settle()
    (told,) = await ben.get("/api/v1/notifications")
    assert (told["type"], told["status"]["id"]) == ("quoted_update", quote["id"])


async def _profile(_at: Instance, ada: Caller, _ben: Caller) -> None:
    fields = [{"name": "Town", "value": "Ulm"}]
    changed = await ada.ask(
        "PATCH", "/api/v1/profile", json={"note": "I **bake**", "fields_attributes": fields, "show_media": False}
    )
    assert (changed["note"], changed["show_media"]) == ("I **bake**", False)
    assert [(each["name"], each["value"]) for each in changed["fields"]] == [("Town", "Ulm")]
    assert await ada.get("/api/v1/profile") == changed


async def _annual_reports(_at: Instance, ada: Caller, _ben: Caller) -> None:
    assert (await ada.get("/api/v1/annual_reports"))["annual_reports"] == []
    assert await ada.get("/api/v1/annual_reports/2026/state") == {"state": "ineligible"}
    assert await ada.post("/api/v1/annual_reports/2026/generate") == {}
    await ada.refused(404, "POST", "/api/v1/annual_reports/2026/read")
    await ada.refused(404, "GET", "/api/v1/annual_reports/2026")
    assert (await ada.get("/api/v2/instance"))["wrapstodon"] is None


async def _descriptions(_at: Instance, ada: Caller, ben: Caller) -> None:
    said = {"avatar_description": "A red oven", "header_description": "A shop"}
    assert said.items() <= (await ada.ask("PATCH", "/api/v1/profile", json=said)).items()
    assert said.items() <= (await ben.get(f"/api/v1/accounts/{ada.id}")).items()
    limits = (await ada.get("/api/v2/instance"))["configuration"]["accounts"]
    too_much = {"avatar_description": "x" * (limits["max_avatar_description_length"] + 1)}
    await ada.refused(422, "PATCH", "/api/v1/profile", json=too_much)


async def _collection(owner: Caller, *inside: Caller, **said: object) -> Any:
    fields = {"name": "Bakers", "account_ids": [each.id for each in inside]} | said
    return (await owner.post("/api/v1/collections", **fields))["collection"]


async def _collections(_at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada, ben, description="Good bread", tag_name="#bread", language="en")
    assert (made["item_count"], made["items"][0]["account_id"], made["tag"]["name"]) == (1, ben.id, "bread")
    path = f"/api/v1/collections/{made['id']}"
    whole = await ben.get(path)
    assert [each["id"] for each in whole["accounts"]] == [ada.id, ben.id]
    assert whole["collection"] == made
    changed = (await ada.ask("PATCH", path, json={"name": "The best bakers"}))["collection"]
    assert (changed["name"], changed["description"]) == ("The best bakers", "Good bread")
    assert (await ben.get(f"/api/v1/accounts/{ada.id}/collections"))["collections"] == [changed]
    assert (await ben.get(f"/api/v1/accounts/{ben.id}/in_collections"))["collections"] == [changed]
    assert await ada.ask("DELETE", f"{path}/items/{made['items'][0]['id']}") == {}
    assert (await ada.get(path))["collection"]["items"] == []
    item = (await ada.post(f"{path}/items", account_id=ben.id))["collection_item"]
    assert (item["account_id"], item["state"]) == (ben.id, "accepted")
    assert await ada.ask("DELETE", path) == {}
    await ada.refused(404, "GET", path)


async def _consent(_at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada)
    path = f"/api/v1/collections/{made['id']}/items"
    await ben.ask("PATCH", "/api/v1/profile", json={"discoverable": False})
    assert (await ada.get(f"/api/v1/accounts/{ben.id}"))["feature_approval"]["current_user"] == "denied"
    await ada.refused(422, "POST", path, json={"account_id": ben.id})
    await ben.ask("PATCH", "/api/v1/profile", json={"discoverable": True})
    assert (await ada.get(f"/api/v1/accounts/{ben.id}"))["feature_approval"]["current_user"] == "automatic"
    item = (await ada.post(path, account_id=ben.id))["collection_item"]
    assert await ben.post(f"{path}/{item['id']}/revoke") == {}
    assert (await ada.get(f"/api/v1/collections/{made['id']}"))["collection"]["item_count"] == 0


async def _sharing(_at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada, ben)
    post = await ada.write(f"Whom I like to read: {made['url']}")
    (shown,) = (await ben.get(f"/api/v1/statuses/{post['id']}"))["tagged_collections"]
    assert (shown["id"], shown["name"]) == (made["id"], "Bakers")


async def _reporting(_at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada)
    filed = await ben.post("/api/v1/reports", account_id=ada.id, collection_ids=[made["id"]], comment="Rude")
    assert filed["collection_ids"] == [made["id"]]


async def _collection_notifications(at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada, ben)
    await at.settle()
    (told,) = await ben.get("/api/v1/notifications")
    assert (told["type"], told["collection"]["id"]) == ("added_to_collection", made["id"])
    await ada.ask("PATCH", f"/api/v1/collections/{made['id']}", json={"name": "The best"})
    await at.settle()
    told = (await ben.get("/api/v2/notifications"))["notification_groups"][0]
    assert (told["type"], told["collection"]["name"]) == ("collection_update", "The best")


async def _fallback(at: Instance, ada: Caller, ben: Caller) -> None:
    made = await _collection(ada, ben)
    await at.settle()
    for path, key in (("/api/v1/notifications", None), ("/api/v2/notifications", "notification_groups")):
        plain = await ben.get(path)
        asking = await ben.get(path, **{"supported_types[]": "mention"})
        knowing = await ben.get(path, **{"supported_types[]": ["mention", "added_to_collection"]})
        (without,), (with_one,), (known,) = [each if key is None else each[key] for each in (plain, asking, knowing)]
        assert "fallback" not in without
        assert "fallback" not in known
        assert made["url"] in with_one["fallback"]["details"]


PROOFS: dict[tuple[int, str], Proof] = {
    (1, "instance"): _instance,
    (1, "policy"): _policy,
    (1, "pkce"): _pkce,
    (2, "groups"): _groups,
    (2, "unread"): _unread,
    (3, "attribution"): _attribution,
    (4, "delete_media"): _delete_media,
    (4, "standard_push"): _standard_push,
    (5, "blur"): _blur,
    (6, "endorsements"): _endorsements,
    (6, "featured_tags"): _featured_tags,
    (6, "userinfo"): _userinfo,
    (7, "quoting"): _quoting,
    (7, "approval"): _approval,
    (7, "revoking"): _revoking,
    (7, "notifications"): _quote_notifications,
    (8, "profile"): _profile,
    (8, "annual_reports"): _annual_reports,
    (9, "descriptions"): _descriptions,
    (10, "collections"): _collections,
    (10, "consent"): _consent,
    (10, "sharing"): _sharing,
    (10, "reporting"): _reporting,
    (10, "notifications"): _collection_notifications,
    (10, "fallback"): _fallback,
}


@pytest.mark.parametrize(
    ("level", "promise"), [(level.number, name) for level in levels.LEVELS for name in level.promises]
)
async def test_what_is_announced_is_kept(office: Instance, level: int, promise: str) -> None:
    async with AsyncExitStack() as stack:
        ada, ben = [await stack.enter_async_context(caller(office, name)) for name in ("ada", "ben")]
        await PROOFS[level, promise](office, ada, ben)


@pytest.mark.asyncio(loop_scope="function")
async def test_levels_go_up_one_by_one_and_each_promises_something() -> None:
    assert [level.number for level in levels.LEVELS] == list(range(1, levels.HIGHEST + 1))
    assert all(level.promises for level in levels.LEVELS)
    assert {(level.number, name) for level in levels.LEVELS for name in level.promises} == set(PROOFS)
    assert instance.API_VERSIONS["mastodon"] == levels.HIGHEST
