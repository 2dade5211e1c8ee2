"""What was decided about somebody: they are told why, may appeal once, and never meet the same person (C12, C14)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from fedcomm import audit, postgres
from fedcomm.accounts import passwords
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.groups import banning, membership
from fedcomm.moderation import appeals
from fedcomm.permissions import InstanceRole
from fedcomm.threads import moderating, reading
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.factories import HERE, NOON, make_account, make_group, make_thread
from tests.running import ALL_SCOPES, PASSWORD, Instance, instance
from tests.web.reader import reader

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
ACCOUNTS = "/api/v1/admin/accounts"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    async with instance(await new_database(cluster)) as at:
        yield at


async def promote(at: Instance, who: Caller, role: InstanceRole) -> None:
    async with at.db() as db:
        await db.execute("UPDATE login SET role = $2 WHERE account_id = $1", who.account.id, role)


async def statement_about(db: Connection, who: Account) -> int:
    return await db.fetchval("SELECT max(id) FROM statement WHERE account_id = $1", who.id)


async def deciding(db: Connection, about: Account) -> set[int]:
    return set(await appeals.deciders(db, await statement_about(db, about)))


async def test_c14_a_group_s_decision_is_decided_anew_by_another_who_looks_after_it(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    admin = await make_account(db, "olga", role="admin")
    group = await make_group(db, members=[ben, cleo], facilitator=ada)
    await membership.appoint(db, ada, group, cleo.id, "moderator", now=NOON)
    post = await make_thread(db, ben, group)

    await moderating.remove(db, HERE, ada, post.id, "Rule 1", now=NOON)
    assert await deciding(db, ben) == {cleo.id}
    await membership.appoint(db, ada, group, cleo.id, "member", now=NOON)

    assert await deciding(db, ben) == {admin.id}, "where nobody else looks after the group, who runs the instance"


async def test_c14_what_was_done_as_the_group_itself_nobody_of_the_group_decides_anew(db: Connection) -> None:
    """Which of them acted is not known there."""
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    admin = await make_account(db, "olga", role="admin")
    group = await make_group(db, members=[ben, cleo, admin], facilitator=ada)
    await membership.appoint(db, ada, group, cleo.id, "moderator", now=NOON)
    await banning.ban(db, HERE, group, group, ben, reason="Spam", now=NOON)
    assert await deciding(db, ben) == {admin.id}

    await membership.appoint(db, ada, group, admin.id, "moderator", now=NOON)

    assert await deciding(db, ben) == set()


async def test_c14_who_reported_somebody_does_not_decide_their_appeal(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    group = await make_group(db, members=[ben, cleo], facilitator=ada)
    await membership.appoint(db, ada, group, cleo.id, "moderator", now=NOON)
    await banning.ban(db, HERE, ada, group, ben, reason="Spam", now=NOON)
    statement_id = await statement_about(db, ben)
    await appeals.file(db, ben, statement_id, "Why?", now=NOON)
    await db.execute(
        """
        INSERT INTO report (id, reporter_id, target_id, category, comment, created_at, updated_at)
        VALUES (1, $1, $2, 'spam', '', $3, $3)
        """,
        cleo.id,
        ben.id,
        NOON,
    )
    await appeals.to_decide(db, cleo.id, statement_id)

    await db.execute("UPDATE statement SET report_id = 1")

    for conflicted in (cleo, ada, ben):
        with pytest.raises(NotFound):
            await appeals.decide(db, HERE, conflicted, statement_id, grants=True, answer="Mine", now=NOON)


async def test_a_granted_appeal_undoes_the_measure(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    group = await make_group(db, members=[ben, cleo], facilitator=ada)
    await membership.appoint(db, ada, group, cleo.id, "moderator", now=NOON)
    post = await make_thread(db, ben, group)
    await moderating.remove(db, HERE, ada, post.id, "Off topic", now=NOON)
    removed = await statement_about(db, ben)
    await banning.ban(db, HERE, ada, group, ben, reason="Spam", now=NOON)
    banned = await statement_about(db, ben)

    for number in (removed, banned):
        await appeals.file(db, ben, number, "It was on topic.", now=NOON)
        await appeals.decide(db, HERE, cleo, number, grants=True, answer="So it was.", now=NOON)

    found = await reading.find(db, post.id)
    assert found is not None
    assert found.state == "visible"
    assert await banning.find(db, group.id, ben.id) is None
    assert [row["ended_at"] for row in await db.fetch("SELECT ended_at FROM statement")] == [NOON, NOON]
    told = [each for each in await audit.page(db) if each.actor_id == cleo.id]
    assert [(each.action, each.reason) for each in told] == [("grant appeal", "So it was.")] * 2


async def test_a_turned_down_appeal_leaves_it_and_nobody_decides_twice(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    group = await make_group(db, members=[ben, cleo], facilitator=ada)
    await membership.appoint(db, ada, group, cleo.id, "moderator", now=NOON)
    await banning.ban(db, HERE, ada, group, ben, reason="Spam", now=NOON)
    number = await statement_about(db, ben)
    await appeals.file(db, ben, number, "Why?", now=NOON)

    with pytest.raises(Invalid, match="Please give a reason"):
        await appeals.decide(db, HERE, cleo, number, grants=False, answer=" ", now=NOON)
    await appeals.decide(db, HERE, cleo, number, grants=False, answer="It was spam.", now=NOON)

    with pytest.raises(Conflict, match="decided already"):
        await appeals.decide(db, HERE, cleo, number, grants=True, answer="No", now=NOON)
    assert await banning.find(db, group.id, ben.id) is not None


async def test_s169_one_appeal_for_each_decision_and_of_one_s_own_only(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    group = await make_group(db, members=[ben, cleo], facilitator=ada)
    await banning.ban(db, HERE, ada, group, ben, reason="Spam", now=NOON)
    number = await statement_about(db, ben)

    with pytest.raises(NotFound):
        await appeals.file(db, cleo, number, "For a friend", now=NOON)
    for wrong in (" ", "x" * 2_001):
        with pytest.raises(Invalid, match="Please say in at most"):
            await appeals.file(db, ben, number, wrong, now=NOON)
    await appeals.file(db, ben, number, "Why?", now=NOON)
    with pytest.raises(Conflict, match="appealed against this already"):
        await appeals.file(db, ben, number, "Again", now=NOON)
    await banning.lift(db, HERE, ada, group, ben.id, now=NOON)
    await banning.ban(db, HERE, ada, group, ben, reason="Again", now=NOON)
    again = await statement_about(db, ben)
    await banning.lift(db, HERE, ada, group, ben.id, now=NOON)
    with pytest.raises(Conflict, match="no longer holds"):
        await appeals.file(db, ben, again, "Over", now=NOON)


async def give_passwords(at: Instance, *people: Caller) -> None:
    """They may sign in in a browser, too."""
    stored = await passwords.hashed(PASSWORD)
    async with at.db() as db:
        for who in people:
            await db.execute("UPDATE login SET password_hash = $2 WHERE account_id = $1", who.account.id, stored)


@pytest.mark.asyncio(loop_scope="module")
async def test_c12_who_is_suspended_reads_why_appeals_and_can_do_nothing_else(office: Instance) -> None:
    async with (
        caller(office, "olga", allowed=ADMIN) as olga,
        caller(office, "otto", allowed=ADMIN) as otto,
        caller(office, "ben") as ben,
        caller(office, "cleo") as cleo,
    ):
        await promote(office, olga, "owner")
        await promote(office, otto, "admin")
        await give_passwords(office, olga, otto, ben)
        post = await ben.write("Cheap paint canary-17")
        filed = await cleo.post("/api/v1/reports", account_id=ben.id, status_ids=[post["id"]], category="spam")
        await olga.post(f"{ACCOUNTS}/{ben.id}/action", type="suspend", text="You advertise.", report_id=filed["id"])
        await office.settle()

        async with reader(office) as at:
            await at.sign_in(ben.account.handle, PASSWORD)
            assert at.path == "/decisions"
            assert "Your account is suspended: you can read this page and appeal, and nothing else." in at.text
            link = at.attribute(".entries a", "href") or ""
            await at.open(link)
            assert "Advertising or spam" in at.text
            assert "You advertise." in at.text
            assert "Somebody reported it. A person decided it, no machine." in at.text
            assert cleo.account.handle not in at.answer.text
            assert olga.account.handle not in at.answer.text
            for path in ("/home", "/notifications", "/settings", "/compose", "/you", "/reports", "/appeals"):
                assert (await at.open(path)).path.startswith("/sign_in"), path
            await at.open(link)
            await at.press(f"{link}/appeal", text=" ")
            assert at.status == 422
            await at.press(f"{link}/appeal", text="It was a present.")
            assert "Your appeal is there." in at.note
            await office.settle()

            async with reader(office, olga.account.handle) as at_olga, reader(office, otto.account.handle) as at_otto:
                assert (await at_olga.open("/appeals")).text.count("Suspended") == 0, "who decided it is not asked"
                number = link.rpartition("/")[2]
                assert (await at_olga.open(f"/appeals/{number}")).status == 404
                await at_otto.open("/notifications")
                assert "Somebody appeals against a decision" in at_otto.text
                await at_otto.open(f"/appeals/{number}")
                assert "It was a present." in at_otto.text
                assert "Cheap paint canary-17" in at_otto.text
                await at_otto.press(f"/appeals/{number}/decide", answer="Of course.")
                assert "Please choose what to do." in at_otto.text
                await at_otto.press(f"/appeals/{number}/decide", verdict="grant", answer="Of course.")
            await office.settle()

            await at.open("/decisions")
            assert "Appeal granted" in at.text
            await at.open("/home")
            assert at.path == "/home"
        told = await ben_again(office, ben)
        assert [each["type"] for each in told] == ["moderation_warning", "moderation_warning"]
        assert told[0]["moderation_warning"]["action"] == "suspend"
        assert told[0]["moderation_warning"]["appeal"] == {"text": "It was a present.", "state": "approved"}
        seen = await otto.get("/api/v1/notifications")
        assert "fedcomm.appeal" not in [each["type"] for each in seen]


async def ben_again(at: Instance, who: Caller) -> list[dict[str, Any]]:
    """What somebody was told, read by an app that they signed in anew."""
    token = await at.token(who.account, ALL_SCOPES)
    answer = await who.http.get("/api/v1/notifications", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json() if each["type"] == "moderation_warning"]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_author_of_a_removed_post_finds_the_reasons_from_the_notice(office: Instance) -> None:
    async with caller(office, "ada") as ada, caller(office, "ben") as ben, caller(office, "cleo") as cleo:
        async with office.db() as db:
            group = await make_group(
                db, members=[ben.account], facilitator=ada.account, here=office.here, now=office.site.now()
            )
            post = await make_thread(db, ben.account, group, here=office.here, now=office.site.now())
        await give_passwords(office, ada, ben, cleo)
        await office.settle()
        async with reader(office, ada.account.handle) as at_ada, reader(office, ben.account.handle) as at_ben:
            await at_ada.open(f"/p/{post.id}/remove")
            await at_ada.press(f"/p/{post.id}/remove", reason="Not about baking", grounds=at_ada.first_rule)
            await office.settle()
            await at_ben.open("/notifications")
            link = at_ben.attribute('.notices a[href^="/decisions/"]', "href") or ""
            await at_ben.open(link)
            assert "Not about baking" in at_ben.text
            assert "Against the rules" in at_ben.text
            assert "Which oven?" in at_ben.text
            assert ada.account.handle not in at_ben.text
        async with reader(office, cleo.account.handle) as at_cleo:
            assert (await at_cleo.open(link)).status == 404
