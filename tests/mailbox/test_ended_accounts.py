"""Whoever ends an account says why; whom it strikes is mailed it, though nothing else of them is left (C12, S108)."""

from pathlib import Path

from fedcomm.accounts import measures
from fedcomm.portability import leaving
from tests.conftest import MakeDatabase
from tests.mailbox.offices import Office, office
from tests.running import ALL_SCOPES, PASSWORD
from tests.web.reader import reader

BEN = "ben@company.example"


async def logged(here: Office) -> tuple[str, str]:
    """The last act in the log, and its reason."""
    async with here.at.site.read() as db:
        row = await db.fetchrow("SELECT action, reason FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert row is not None
    return row["action"], row["reason"]


async def test_c12_who_is_ended_on_the_page_of_accounts_is_mailed_the_reasons(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_olga:
        olga = await here.at.person("olga", role="owner", password=PASSWORD)
        ben = await here.at.person("ben")
        async with here.at.db() as db:
            await measures.suspend(db, olga, ben, "Selling paint", now=here.time())
        await here.at.settle()
        before = len(here.server.to(BEN))
        await at_olga.sign_in("olga")
        await at_olga.open("/admin/accounts?q=ben")
        await at_olga.press("/admin/accounts", account=str(ben.id), measure="end", grounds="spam", reason="")
        refused = (at_olga.status, at_olga.text)
        await at_olga.open("/admin/accounts?q=ben")
        await at_olga.press(
            "/admin/accounts", account=str(ben.id), measure="end", grounds="spam", reason="Cheap paint, again"
        )
        await here.at.settle()

        assert refused[0] == 422
        assert "Please give a reason" in refused[1]
        assert (await here.at.again(ben)).state == "deleted"
        (letter,) = here.server.to(BEN)[before:]
        assert "Cheap paint, again" in letter.text
        assert "ended for good" in letter.text
        assert f"@ben@{here.at.domain}" in letter.text
        assert "/decisions/" not in letter.text, "nobody can sign in to read it there"
        assert await logged(here) == ("end account", "Cheap paint, again")
        async with here.at.site.read() as db:
            assert not await db.fetchval("SELECT EXISTS (SELECT FROM notification WHERE account_id = $1)", ben.id)
            assert await db.fetchval("SELECT told FROM mail ORDER BY id DESC LIMIT 1") == {}


async def test_without_a_reason_of_its_own_the_end_has_that_of_the_suspension(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """As apps end accounts: they send no reason."""
    async with office(await database_url(), tmp_path) as here:
        olga, ben = await here.at.person("olga", role="owner"), await here.at.person("ben")
        async with here.at.db() as db:
            await measures.suspend(db, olga, ben, "Selling paint", now=here.time())
            ben = await measures.of(db, ben.id)
            await leaving.remove(db, here.at.here, olga, ben, now=here.time())
        await here.at.settle()

        assert "Selling paint" in here.server.to(BEN)[-1].text
        assert await logged(here) == ("end account", "Selling paint")


async def test_c12_an_app_says_why_it_ends_an_account_and_where_it_does_not_a_reason_is_given(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        olga, ben = await here.at.person("olga", role="owner"), await here.at.person("ben")
        cleo = await here.at.person("cleo")
        token = await here.at.token(olga, f"{ALL_SCOPES} admin:read admin:write")
        async with here.at.db() as db:
            for person in (ben, cleo):
                await measures.suspend(db, olga, person, "Selling paint", now=here.time())
            await db.execute("DELETE FROM statement WHERE account_id = $1", cleo.id)  # suspended before there were any
        async with here.at.client(token) as http:
            path = "/api/v1/admin/accounts"
            said = await http.request("DELETE", f"{path}/{ben.id}", json={"text": "Paint, again", "category": "spam"})
            first = await logged(here)
            unsaid = await http.request("DELETE", f"{path}/{cleo.id}")
        async with here.at.db() as db:
            codes = await db.fetch("SELECT code FROM statement WHERE measure = 'end' ORDER BY id")

    assert (said.status_code, unsaid.status_code) == (200, 200)
    assert first == ("end account", "Paint, again")
    assert [row["code"] for row in codes] == ["spam", "other"]
