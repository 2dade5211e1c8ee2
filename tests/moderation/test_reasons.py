"""No measure without its reasons, whatever the way; and who is struck learns them, also on other servers (C12)."""

import pytest

from fedcomm.accounts import measures, statements
from fedcomm.accounts.statements import Grounds
from fedcomm.cursor import Cursor
from fedcomm.database import connect
from fedcomm.errors import Invalid
from fedcomm.groups import banning
from fedcomm.threads import moderating, reading
from tests.api.callers import caller, new_group
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC
from tests.running import ALL_SCOPES, Instance, MakeDatabase
from tests.test_people_commands import Operator

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"


async def test_c12_no_measure_is_taken_without_a_reason_by_any_app(house: Instance) -> None:
    async with (
        caller(house, "olga", allowed=ADMIN) as olga,
        caller(house, "ben") as ben,
        caller(house, "fay") as fay,
    ):
        group = await new_group(house, fay)
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        post = await ben.write(f"@{group.handle} Cheap paint\nBuy it here.")
        async with house.db() as db:
            await db.execute("UPDATE login SET role = 'owner' WHERE account_id = $1", olga.account.id)
        for type_ in ("none", "sensitive", "disable", "silence", "suspend"):
            for text in ("", " \n"):
                said = await olga.refused(
                    422, "POST", f"/api/v1/admin/accounts/{ben.id}/action", json={"type": type_, "text": text}
                )
                assert "reason" in said
        bans, removal = f"/api/fedcomm/v1/groups/{group.id}/bans", f"/api/fedcomm/v1/statuses/{post['id']}/remove"
        await fay.refused(422, "POST", bans, json={"account_id": ben.id})
        await fay.refused(422, "POST", removal, json={"reason": " "})
        await fay.refused(422, "POST", removal, json={"reason": "Off topic", "rules": [99]})
        await fay.refused(422, "POST", removal, json={"reason": "Off topic", "category": "because"})
        async with house.db() as db:
            assert await db.fetchval("SELECT count(*) FROM statement WHERE account_id = $1", ben.account.id) == 0
            assert (kept := await reading.find(db, int(post["id"]))) is not None
            assert kept.state == "visible"
        await fay.post(removal, reason="Off topic", category="spam")
        async with house.db() as db:
            (said,) = await statements.of_account(db, ben.account.id, Cursor())
        assert (said.measure, said.code, said.reason) == ("remove post", "spam", "Off topic")


async def test_c12_no_restriction_is_saved_without_a_reason(house: Instance) -> None:
    """A rule that was broken is one."""
    async with caller(house, "ben") as ben:
        async with house.db() as db:
            for verb in (measures.warn, measures.cover, measures.limit, measures.disable, measures.suspend):
                with pytest.raises(Invalid, match="give a reason"):
                    async with db.transaction():
                        await verb(db, None, ben.account, "", now=house.site.now())
            grounds = Grounds(code="violation", rules=("Be of use.",))
            await measures.warn(db, None, ben.account, "", grounds, now=house.site.now())
            (said,) = await statements.of_account(db, ben.account.id, Cursor())
        assert (said.reason, said.by_id) == ("Be of use.", None)


async def test_c12_commands_take_measures_with_reasons_and_tell_whom_they_strike(database_url: MakeDatabase) -> None:
    url = await database_url()
    operator = Operator(url)
    operator.done("account", "create", "ada", "--email", "ada@x.example", "--password", "correct horse battery")
    assert operator.run("account", "limit", "ada").returncode != 0, "without a reason"
    assert operator.run("account", "limit", "ada", "--reason", "x", "--rule", "3").returncode != 0, "no such rule"
    assert (
        operator.done("account", "limit", "@ada", "--reason", "Advertises", "--category", "spam") == "@ada is limited"
    )
    operator.done("account", "disable", "ada", "--reason", "Again")
    operator.done("account", "enable", "ada")
    db = await connect(url)
    try:
        ada = await db.fetchval("SELECT id FROM account WHERE handle = 'ada'")
        limited, disabled = sorted(await statements.of_account(db, ada, Cursor()), key=lambda each: each.id)
        told = await db.fetchval("SELECT count(*) FROM fact WHERE type = 'StatementIssued'")
    finally:
        await db.close()
    assert (limited.code, limited.reason, limited.by_id, limited.ended_at) == ("spam", "Advertises", None, None)
    assert disabled.ended_at is not None
    assert told == 2


async def test_c12_people_elsewhere_get_a_message_with_the_reasons(house: Instance) -> None:
    """Of the group, or of the instance; who acted is not named (S111)."""
    async with caller(house, "fay") as fay, FakePeer(software="mastodon") as peer:
        zoe = peer.add("zoe")
        group = await new_group(house, fay)
        note = zoe.writes(f"<p>{group.full_handle} Cheap paint</p>", to=[PUBLIC], cc=[group.uri])
        async with house.db() as db:
            now = house.site.now()
            await db.execute("UPDATE group_profile SET posting_rule = 'anyone' WHERE account_id = $1", group.id)
        await zoe.send(house.url + "/inbox", zoe.does("Create", note))
        await house.settle()
        async with house.db() as db:
            post = await reading.by_uri(db, note["id"])
            assert post is not None
            await moderating.remove(db, house.here, fay.account, post.id, "No selling", now=now)
        known = await house.find(zoe.id)
        await house.settle()
        async with house.db() as db:
            await banning.ban(db, house.here, fay.account, group, known, reason="Selling again", now=now)
            await measures.limit(db, None, known, "Sells everywhere", now=now)
        await house.settle()
        told = await peer.got(3, type="Create")

    reasons = ("No selling", "Selling again", "Sells everywhere")
    texts = {
        reason: each["object"]["content"] for each in told for reason in reasons if reason in each["object"]["content"]
    }
    by = {reason: each["actor"] for each in told for reason in reasons if reason in each["object"]["content"]}
    assert by == dict(zip(reasons, (group.uri, group.uri, house.here.instance_actor_uri), strict=True))
    assert note["id"] in texts["No selling"]
    assert "answer this message" in texts["No selling"]
    assert all(fay.account.handle not in text for text in texts.values())
    assert all((each["object"]["to"], each["object"].get("cc", [])) == ([zoe.id], []) for each in told)
