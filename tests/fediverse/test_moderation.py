"""What the moderators of a group decide is heeded at the instances of its members."""

from fedcomm.groups import banning, membership, moderators
from fedcomm.threads import locking, pins, reading
from tests import running
from tests.api.callers import caller
from tests.fediverse.members import Member
from tests.running import MakeDatabase


async def test_a_members_instance_keeps_to_what_the_groups_moderators_decide(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta), caller(alpha) as ada:
        ben = await beta.person("ben")
        group = await beta.group(ben)
        await Member(alpha, ada.account).join(group)
        await running.settle(alpha, beta)
        known = await alpha.find(group.uri)
        status = await ada.write(f"Which oven?\nOurs broke. {group.full_handle}")
        await running.settle(alpha, beta)
        async with alpha.site.read() as db:
            assert [each.uri for each in await moderators.of(db, known.id)] == []  # nobody here has met Ben yet
            assert await moderators.is_listed(db, known.id, ben.uri)

        async with beta.db() as db:
            there = await reading.by_uri(db, status["uri"])
            assert there is not None
            await locking.lock(db, beta.here, ben, there.id, reason="answered", now=beta.site.now())
            await pins.pin_in_group(db, beta.here, ben, there.id, now=beta.site.now())
        await running.settle(alpha, beta)
        shown = await ada.get(f"/api/fedcomm/v1/threads/{status['id']}")
        assert (shown["locked"], shown["lock_reason"], shown["pinned"]) == (True, "answered", True)
        reply = {"status": "Thanks.", "in_reply_to_id": status["id"]}
        said = "This thread is closed: nobody answers in it any more. Reason: answered"
        assert await ada.refused(422, "POST", "/api/v1/statuses", json=reply) == said

        async with beta.db() as db:
            await locking.unlock(db, beta.here, ben, there.id, now=beta.site.now())
            who = await beta.find(ada.account.uri)
            await banning.ban(db, beta.here, ben, group, who, reason="Spam", removes_posts=True, now=beta.site.now())
        await running.settle(alpha, beta)
        again = {"status": f"Which mill? {group.full_handle}"}
        said = f"You were removed from {known.shown_name}. Reason: Spam"
        assert await ada.refused(403, "POST", "/api/v1/statuses", json=again) == said
        (stand,) = await ada.get("/api/v1/accounts/relationships", **{"id[]": str(known.id)})
        assert stand["following"] is False
        assert (await ada.get(f"/api/v1/statuses/{status['id']}"))["fedcomm"]["reception"]["state"] == "removed"

        async with beta.db() as db:
            await banning.lift(db, beta.here, ben, group, who.id, now=beta.site.now())
        await running.settle(alpha, beta)
        await Member(alpha, ada.account).join(group)
        await running.settle(alpha, beta)
        await ada.write(f"Which mill? {group.full_handle}")


async def test_moderators_of_a_group_elsewhere_decide_from_their_own_instance(database_url: MakeDatabase) -> None:
    """federation.md 4.4: they ask, the group's server decides, and what it announces holds everywhere."""
    async with (
        running.instances(database_url, 2) as (alpha, beta),
        caller(alpha) as mia,
        caller(alpha, "zoe") as zoe,
        caller(beta) as ada,
    ):
        ben = await beta.person("ben")
        group = await beta.group(ben, posting_rule="anyone")
        for who in (mia, zoe):
            await Member(alpha, who.account).join(group)
        await running.settle(alpha, beta)
        known = await alpha.find(group.uri)
        there = await ada.write(f"Which oven?\nOurs broke. {group.full_handle}")
        await running.settle(alpha, beta)
        (status,) = (await mia.get("/api/v2/search", q=there["uri"], resolve="true"))["statuses"]
        thread, bans = f"/api/fedcomm/v1/threads/{status['id']}", f"/api/fedcomm/v1/groups/{known.id}/bans"
        for path in (f"{thread}/lock", f"{thread}/pin", f"/api/fedcomm/v1/statuses/{status['id']}/remove"):
            await mia.refused(403, "POST", path)
        await mia.refused(403, "POST", bans, json={"account_id": zoe.id})

        async with beta.db() as db:
            hers = await beta.find(mia.account.uri)
            await membership.appoint(db, ben, group, hers.id, "moderator", now=beta.site.now())
        await running.settle(alpha, beta)

        async def stands() -> tuple[bool, bool]:
            shown = await ada.get(f"/api/fedcomm/v1/threads/{there['id']}")
            mine = await mia.get(thread)
            assert (mine["locked"], mine["pinned"]) == (shown["locked"], shown["pinned"])
            return shown["locked"], shown["pinned"]

        assert (await mia.post(f"{thread}/lock", reason="answered"))["locked"] is False, "the group decides"
        await mia.post(f"{thread}/pin")
        await running.settle(alpha, beta)
        assert await stands() == (True, True)
        assert (await mia.get(thread))["lock_reason"] == "answered"
        await mia.write("Which one was it?", in_reply_to_id=status["id"])
        await mia.post(f"{thread}/unlock")
        await mia.post(f"{thread}/unpin")
        await running.settle(alpha, beta)
        assert await stands() == (False, False)

        await mia.post(f"/api/fedcomm/v1/statuses/{status['id']}/remove", reason="Off topic")
        await running.settle(alpha, beta)
        assert (await ada.get(f"/api/v1/statuses/{there['id']}"))["fedcomm"]["reception"]["reason"] == "Off topic"
        await zoe.refused(404, "GET", f"/api/v1/statuses/{status['id']}")
        await zoe.refused(404, "POST", f"/api/fedcomm/v1/statuses/{status['id']}/restore")
        asked = await mia.http.post(f"/api/fedcomm/v1/statuses/{status['id']}/restore")
        assert (asked.status_code, asked.json()) == (202, {})
        await running.settle(alpha, beta)
        await zoe.get(f"/api/v1/statuses/{status['id']}")
        assert (await ada.get(f"/api/v1/statuses/{there['id']}"))["fedcomm"]["reception"]["state"] == "taken"

        asked = await mia.http.post(bans, json={"account_id": zoe.id, "reason": "Spam"})
        assert (asked.status_code, asked.json()) == (202, {})
        await running.settle(alpha, beta)
        said = f"You were removed from {known.shown_name}. Reason: Spam"
        again = {"status": f"Which mill? {group.full_handle}"}
        assert await zoe.refused(403, "POST", "/api/v1/statuses", json=again) == said
        assert [each["account"]["id"] for each in await mia.get(bans)] == [zoe.id]
        await mia.ask("DELETE", f"{bans}/{zoe.id}")
        await running.settle(alpha, beta)
        assert await mia.get(bans) == []
        async with beta.site.read() as db:
            assert await banning.find(db, group.id, (await beta.find(zoe.account.uri)).id) is None

        async with beta.db() as db:
            await membership.appoint(db, ben, group, hers.id, "member", now=beta.site.now())
        await running.settle(alpha, beta)
        await mia.refused(403, "POST", f"{thread}/lock")
