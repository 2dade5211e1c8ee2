"""Several requests for an account at once: let in or turned down with a reason, taken back within an hour (D82)."""

from datetime import timedelta

import pytest

from fedcomm import recurring
from fedcomm.accounts import logins, many_sign_ups, sessions, signup
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.groups import invitations
from tests import running
from tests.clocks import Clock
from tests.factories import NOON, make_account
from tests.running import MakeDatabase
from tests.web.reader import reader

LATER = NOON + many_sign_ups.UNDONE_WITHIN


async def waiting(db: Connection) -> list[str]:
    return sorted(each.handle.partition("_")[0] for each in await signup.waiting(db))


async def test_those_turned_down_together_hear_of_it_after_an_hour_and_with_the_reason(db: Connection) -> None:
    olga, ada, ben, cleo = [
        await make_account(db, name, state="active" if name == "olga" else "pending")
        for name in ("olga", "ada", "ben", "cleo")
    ]

    made = await many_sign_ups.act(db, olga.id, "reject", [ada.id, ben.id], reason="No franchise", now=NOON)
    early = await many_sign_ups.end_due(db, now=LATER - timedelta(seconds=1))
    between = (await waiting(db), await db.fetchval("SELECT count(*) FROM mail"))
    told = await many_sign_ups.end_due(db, now=LATER)
    letters = await db.fetch("SELECT kind, told FROM mail")

    assert made.account_ids == [ada.id, ben.id]
    assert (early, between) == (0, (["cleo"], 0))
    assert told == 2
    assert [(each["kind"], each["told"]["reason"]) for each in letters] == [("sign-up refused", "No franchise")] * 2
    with pytest.raises(NotFound):
        await logins.of(db, ada.id)
    with pytest.raises(Conflict):
        await many_sign_ups.undo(db, olga.id, made.id, now=LATER)
    assert await db.fetchval("SELECT string_agg(reason, '') FROM sign_up_batch") == ""
    assert cleo.id


async def test_what_was_done_about_several_is_taken_back_but_who_signed_in_stays(db: Connection) -> None:
    olga = await make_account(db, "olga")
    ada, ben, cleo = [await make_account(db, name, state="pending") for name in ("ada", "ben", "cleo")]
    let_in = await many_sign_ups.act(db, olga.id, "approve", [ada.id, ben.id, cleo.id], now=NOON)
    await sessions.begin(db, ben.id, user_agent="", address="", now=NOON)

    with pytest.raises(NotFound):
        await many_sign_ups.undo(db, olga.id, let_in.id + 1, now=NOON)
    await many_sign_ups.undo(db, olga.id, let_in.id, now=NOON)
    after_first = await waiting(db)
    refused = await many_sign_ups.act(db, olga.id, "reject", [ada.id], reason="Spam", now=NOON)
    await many_sign_ups.undo(db, olga.id, refused.id, now=NOON)

    assert after_first == ["ada", "cleo"]
    assert (await logins.of(db, ben.id)).state == "active"
    assert await waiting(db) == ["ada", "cleo"]
    with pytest.raises(Conflict):
        await many_sign_ups.undo(db, olga.id, refused.id, now=NOON)


@pytest.mark.parametrize(("what", "nobody"), [("reject", False), ("approve", True), ("praise", False)])
async def test_nothing_changes_without_a_reason_a_tick_or_a_known_wish(db: Connection, what: str, nobody: bool) -> None:
    ada = await make_account(db, "ada", state="pending")

    with pytest.raises(Invalid):
        await many_sign_ups.act(db, 1, what, [] if nobody else [ada.id], now=NOON)

    assert await waiting(db) == ["ada"]


@pytest.mark.asyncio
async def test_an_admin_ticks_several_turns_them_down_and_takes_it_back(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with running.instance(await database_url(), now=clock) as home:
        await home.person("olga", role="admin", password=running.PASSWORD)
        for name in ("ada", "ben", "cleo"):
            await home.person(name, approved=False)
        async with reader(home, "olga") as at:
            await at.open("/admin/sign_ups?ticked=yes")
            ids = [node.attributes["value"] or "" for node in at.page.css("[name='person[]']")]
            await at.press("/admin/sign_ups/many", what="reject", **{"person[]": ids[:2]})
            unreasoned = (at.status, at.all(".wrong"), len(at.page.css("[name='person[]'][checked]")))
            await at.press("/admin/sign_ups/many", what="reject", reason="Not ours", **{"person[]": ids[:2]})
            down = at.text
            await at.press("/admin/sign_ups/undo", batch=at.attribute("[name='batch']", "value") or "")
            back = at.text
            await at.press("/admin/sign_ups/many", what="approve", **{"person[]": ids})
            let_in = at.text
        clock.pass_by(hours=2)
        await recurring.tell_turned_down(home.site)
        async with home.site.read() as db:
            left = await signup.waiting(db)
            ended = await db.fetchval("SELECT bool_and(ended_at IS NOT NULL) FROM sign_up_batch")

    assert unreasoned == (422, ["Please give a reason: they are told it."], 2)
    assert "You turned 2 people down." in down
    assert "You turned" not in back
    assert "You let 3 people in." in let_in
    assert left == []
    assert ended


@pytest.mark.asyncio
async def test_an_admin_sees_who_invited_whom_and_revokes(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("olga", role="admin", password=running.PASSWORD)
        ben = await home.person("ben", password=running.PASSWORD)
        bakers = await home.group(ben, "bakers")
        async with home.db() as db:
            made, code = await invitations.make(db, ben, group_ids=[bakers.id], note="secret", now=home.site.now())
            cleo = await make_account(db, "cleo", here=home.here)
            await invitations.accept(db, home.here, made, cleo, is_new=True, now=home.site.now())
        async with reader(home, "ben") as at:
            kept_out = (await at.open("/admin/invitations")).status
        async with reader(home, "olga") as at:
            await at.open("/admin/invitations")
            listed = at.text
            await at.press("/admin/invitations/revoke", invitation=str(made.id))
            after = at.text
            await at.open("/admin/invitations?all=yes")
            everything = at.text
            gone = (await at.open(f"/invite/{code}")).status
            audited = (await at.open("/admin/log")).text

    assert kept_out in (403, 404)
    assert "Ben" in listed
    assert "Came by it:" in listed
    assert "secret" not in listed
    assert "No invitations" in after
    assert "over" in everything
    assert gone == 410
    assert "An invitation was withdrawn" in audited
