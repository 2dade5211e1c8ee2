"""Quoting: with consent, shown to those who may read what is quoted, and to nobody else (FEP-044f)."""

from typing import Any

import pytest

from tests.api.callers import Caller, caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUSES = "/api/v1/statuses"


async def _as_seen(who: Caller, status: Any) -> Any:
    return await who.get(f"{STATUSES}/{status['id']}")


async def _told(who: Caller) -> list[tuple[str, str]]:
    return [(each["type"], each["status"]["id"]) for each in await who.get("/api/v1/notifications")]


async def test_a_quote_shows_what_it_quotes_and_its_author_is_told(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        said = await ada.write("The red oven is best.")
        assert said["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
        quote = await ben.write("So it is.", quoted_status_id=said["id"])
        await house.settle()

        assert quote["quote"]["state"] == "accepted"
        assert quote["quote"]["quoted_status"]["id"] == said["id"]
        assert (await _as_seen(ada, said))["quotes_count"] == 1
        assert await _told(ada) == [("quote", quote["id"])]
        assert [each["id"] for each in await ada.get(f"{STATUSES}/{said['id']}/quotes")] == [quote["id"]]
        again = await ada.write("Quoting a quote", quoted_status_id=quote["id"])
        inner = again["quote"]["quoted_status"]["quote"]
        assert inner == {"state": "accepted", "quoted_status_id": said["id"]}

        await ada.ask("PUT", f"{STATUSES}/{said['id']}", json={"status": "The blue oven is best."})
        await house.settle()
        assert ("quoted_update", quote["id"]) in await _told(ben)
        assert (await _as_seen(ben, quote))["quote"]["quoted_status"]["content"] == "<p>The blue oven is best.</p>"


async def test_who_may_quote_is_the_authors_choice_and_can_be_changed(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        said = await ada.write("Only for friends.", quote_approval_policy="followers")
        path = f"{STATUSES}/{said['id']}/interaction_policy"

        assert (await _as_seen(ben, said))["quote_approval"]["current_user"] == "denied"
        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": said["id"]})
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        shown = await _as_seen(ben, said)
        assert shown["quote_approval"] == {"automatic": ["followers"], "manual": [], "current_user": "automatic"}
        quote = await ben.write("Mine too.", quoted_status_id=said["id"])

        closed = await ada.ask("PUT", path, json={"quote_approval_policy": "nobody"})
        assert closed["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}
        assert closed["edited_at"] is None
        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": said["id"]})
        assert (await _as_seen(ben, quote))["quote"]["state"] == "accepted", "what was allowed stays so"
        assert (await ada.write("I may.", quoted_status_id=said["id"]))["quote"]["state"] == "accepted"
        await ben.refused(404, "PUT", path, json={"quote_approval_policy": "public"})
        await ada.refused(422, "PUT", path, json={})


async def test_what_one_writes_may_be_quoted_by_whom_one_chose_for_all(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        chosen = {"source[quote_policy]": "nobody"}
        mine = await ada.ask("PATCH", "/api/v1/accounts/update_credentials", data=chosen)
        assert mine["source"]["quote_policy"] == "nobody"
        assert (await ada.get("/api/v1/preferences"))["posting:default:quote_policy"] == "nobody"
        closed = await ada.write("As always.")
        open_ = await ada.write("But this one.", quote_approval_policy="public")

        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": closed["id"]})
        assert (await ben.write("Look.", quoted_status_id=open_["id"]))["quote"]["state"] == "accepted"
        wrong = {"source[quote_policy]": "friends"}
        await ada.refused(422, "PATCH", "/api/v1/accounts/update_credentials", data=wrong)


async def test_consent_can_be_taken_back_by_the_quoted_author_alone(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        said = await ada.write("I did not mean it.")
        quote = await ben.write("They said it.", quoted_status_id=said["id"])
        await house.settle()
        path = f"{STATUSES}/{said['id']}/quotes/{quote['id']}/revoke"

        await ben.refused(403, "POST", path)
        revoked = await ada.post(path)
        await house.settle()
        assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
        assert (await _as_seen(ada, said))["quotes_count"] == 0
        assert await ada.get(f"{STATUSES}/{said['id']}/quotes") == []
        assert await _told(ada) == []
        assert (await ada.post(path))["quote"]["state"] == "revoked"
        await ada.refused(404, "POST", f"{STATUSES}/{said['id']}/quotes/{said['id']}/revoke")


async def test_what_is_quoted_is_shown_only_to_who_may_read_it(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        closed = await ada.write("For my followers only: canary", visibility="private")
        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": closed["id"]})
        await cleo.refused(404, "POST", STATUSES, json={"status": "x", "quoted_status_id": closed["id"]})
        wide = {"status": "x", "quoted_status_id": closed["id"], "visibility": "public"}
        await ada.refused(422, "POST", STATUSES, json=wide)
        quote = await ada.write("As I said.", quoted_status_id=closed["id"], visibility="private")
        assert (await _as_seen(ben, quote))["quote"]["quoted_status"]["id"] == closed["id"]

        open_ = await ada.write("Anybody may read this.")
        other = await ben.write("Look.", quoted_status_id=open_["id"])
        await ada.post(f"/api/v1/accounts/{cleo.id}/block")
        hidden = (await _as_seen(cleo, other))["quote"]
        assert hidden == {"state": "blocked_account", "quoted_status": None}
        await cleo.post(f"/api/v1/accounts/{ben.id}/mute")
        await ada.ask("DELETE", f"{STATUSES}/{open_['id']}")
        assert (await _as_seen(ben, other))["quote"] == {"state": "deleted", "quoted_status": None}


async def test_who_blocks_is_not_quoted_and_a_direct_word_never(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        said = await ada.write("Hello")
        word = await ada.write(f"@{ben.account.handle} psst", visibility="direct")
        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": word["id"]})
        await ada.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": word["id"]})
        await ben.post(f"/api/v1/accounts/{ada.id}/block")
        await ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": said["id"]})


async def test_a_thread_of_a_group_is_quoted_and_a_deleted_quote_is_not_counted(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ada)
        thread = await ada.write(f"@{group.handle} Which oven?\nOurs broke.")
        (wrapper,) = [
            each for each in await ada.get(f"/api/v1/accounts/{group.id}/statuses") if each["reblog"] is not None
        ]
        quote = await ben.write("", quoted_status_id=wrapper["id"])
        assert quote["quote"]["quoted_status"]["id"] == thread["id"]
        assert (await _as_seen(ada, thread))["quotes_count"] == 1
        await ben.ask("DELETE", f"{STATUSES}/{quote['id']}")
        await house.settle()
        assert (await _as_seen(ada, thread))["quotes_count"] == 0
        async with house.site.read() as db:
            kept = await db.fetchval("SELECT state FROM quote WHERE post_id = $1", int(quote["id"]))
        assert kept == "revoked"
