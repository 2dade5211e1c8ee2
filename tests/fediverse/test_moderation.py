"""What the moderators of a group decide is heeded at the instances of its members."""

from fedcomm.groups import banning, moderators
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
