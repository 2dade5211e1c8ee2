"""Groups in apps that know them: our own endpoints (groups-in-clients.md section 4)."""

import re

import pytest

from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUPS = "/api/fedcomm/v1/groups"


async def test_a_group_is_founded_found_joined_and_left(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await ada.post(GROUPS, handle="kilns", name="Kilns", purpose="Firing clay.", for_whom="Potters")
        assert (made["purpose"], made["my_membership"]["role"]) == ("Firing clay.", "facilitator")
        path = f"{GROUPS}/{made['id']}"
        assert made["id"] in [each["id"] for each in await ben.get(GROUPS, q="clay")]
        assert await ben.get(GROUPS, scope="mine") == []

        assert (await ben.post(f"{path}/join"))["my_membership"]["state"] == "active"
        assert [each["id"] for each in await ben.get(GROUPS, scope="mine")] == [made["id"]]
        assert (await ben.post(f"{path}/leave"))["my_membership"]["state"] == "left"
        assert "facilitator" in await ada.refused(422, "POST", f"{path}/leave")
        await ada.refused(422, "POST", GROUPS, json={"handle": "kilns", "name": "x", "purpose": "y"})
        await ada.refused(404, "GET", f"{GROUPS}/{ada.id}")


async def test_a_groups_profile_says_where_its_rules_are_who_can_post_and_where_it_lives(house: Instance) -> None:
    """Decisions D39."""
    async with caller(house) as ada:
        made = await ada.post(GROUPS, handle="enamels", name="Enamels", purpose="Talk about enamel.")

        async def lines() -> list[tuple[str, str]]:
            shown = await ada.get(f"/api/v1/accounts/{made['id']}")
            return [(each["name"], re.sub("<[^>]*>", "", each["value"])) for each in shown["fields"]]

        assert await lines() == [("Rules", "1 rule"), ("Who can post", "Members"), ("Home", house.domain)]
        await ada.ask("PATCH", f"{GROUPS}/{made['id']}", json={"posting_rule": "anyone"})
        assert (await lines())[1] == ("Who can post", "Anyone")
        async with house.db() as db:
            own = [{"name": "Meets", "value": "Mondays", "value_html": "Mondays"}]
            await db.execute("UPDATE account SET fields = $2 WHERE id = $1", int(made["id"]), own)
        await ada.ask("PATCH", f"{GROUPS}/{made['id']}", json={"posting_rule": "members"})
        assert await lines() == [("Meets", "Mondays")]


async def test_those_who_look_after_a_group_let_people_in_give_roles_and_put_them_out(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        made = await ada.post(GROUPS, handle="glazers", name="Glazers", purpose="Glaze.", join_rule="request")
        path = f"{GROUPS}/{made['id']}"
        for who in (ben, cleo):
            assert (await who.post(f"{path}/join"))["my_membership"]["state"] == "requested"
        await ben.refused(403, "GET", f"{path}/requests")
        await ben.refused(403, "POST", f"{path}/requests/{ben.id}/approve")
        assert [each["account"]["id"] for each in await ada.get(f"{path}/requests")] == [ben.id, cleo.id]

        await ada.post(f"{path}/requests/{ben.id}/approve")
        await ada.post(f"{path}/requests/{cleo.id}/reject")
        assert [each["account"]["id"] for each in await ada.get(f"{path}/members")] == [ada.id, ben.id]
        made_one = await ada.ask("PATCH", f"{path}/members/{ben.id}", json={"role": "moderator"})
        assert made_one["role"] == "moderator"
        assert len(await ada.get(f"{path}/members", role="moderator")) == 1
        await ada.refused(404, "PATCH", f"{path}/members/{cleo.id}0", json={"role": "member"})
        await ada.ask("DELETE", f"{path}/members/{ben.id}")
        await ben.refused(403, "POST", f"{path}/join")


async def test_a_thread_is_carried_by_a_group_that_says_yes(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        home = await new_group(house, ada)
        other = await ben.post(GROUPS, handle="throwers", name="Throwers", purpose="x", carry_policy="ask facilitator")
        await ada.post(f"{GROUPS}/{other['id']}/join")
        post = await ada.write(f"@{home.handle} Which wheel?\n\nOurs wobbles.")

        (asked,) = await ada.post(f"/api/fedcomm/v1/statuses/{post['id']}/crosspost", group_ids=[other["id"]])
        assert asked["state"] == "requested"
        await ada.refused(403, "GET", f"{GROUPS}/{other['id']}/carries")
        (waiting,) = await ben.get(f"{GROUPS}/{other['id']}/carries")
        await ada.refused(404, "POST", f"{GROUPS}/{home.id}/carries/{waiting['id']}/accept")
        done = await ben.post(f"{GROUPS}/{other['id']}/carries/{waiting['id']}/accept")
        assert done["state"] == "carried"

        thread = await ben.get(f"/api/fedcomm/v1/threads/{post['id']}")
        assert (thread["title"], thread["carried_by"]) == ("Which wheel?", [other["id"]])
        assert thread["status"]["id"] == post["id"]
        for group_id in (other["id"], home.id):
            assert [each["id"] for each in await ben.get(f"{GROUPS}/{group_id}/threads")] == [post["id"]]


async def test_a_hidden_group_is_not_there_for_strangers(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ada, "board")
        async with house.db() as db:
            await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", group.id)
        for path in ("", "/threads", "/members", "/requests", "/carries"):
            await ben.refused(404, "GET", f"{GROUPS}/{group.id}{path}")
        await ben.refused(404, "POST", f"{GROUPS}/{group.id}/join")
        assert (await ada.get(f"{GROUPS}/{group.id}"))["visibility"] == "hidden"


async def test_moderators_put_people_out_and_let_them_back(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        group = await new_group(house, ada)
        path = f"{GROUPS}/{group.id}"
        await ben.post(f"{path}/join")
        await ben.refused(403, "GET", f"{path}/bans")
        await ben.refused(403, "POST", f"{path}/bans", json={"account_id": ada.id})

        put_out = {"account_id": ben.id, "reason": "Spam", "ends_at": "2100-01-01T00:00:00Z", "remove_posts": True}
        made = await ada.post(f"{path}/bans", **put_out)
        assert (made["account"]["id"], made["reason"], made["ends_at"]) == (ben.id, "Spam", "2100-01-01T00:00:00.000Z")
        assert await ada.get(f"{path}/bans") == [made]
        said = await ben.refused(403, "POST", "/api/v1/statuses", json={"status": f"@{group.handle} Which oven?"})
        assert said == f"You were removed from {group.shown_name}. Reason: Spam"
        await ben.refused(403, "POST", f"{path}/join")
        await ada.refused(422, "POST", f"{path}/bans", json={"account_id": ben.id, "ends_at": "2001-01-01T00:00:00Z"})
        await ada.refused(422, "POST", f"{path}/bans", json={"account_id": ada.id})

        await ada.ask("DELETE", f"{path}/bans/{ben.id}")
        await ada.refused(404, "DELETE", f"{path}/bans/{ben.id}")
        assert (await ben.post(f"{path}/join"))["my_membership"]["state"] == "active"
