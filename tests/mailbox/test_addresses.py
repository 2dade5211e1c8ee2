"""Mail addresses are confirmed and changed, and passwords set anew, by letters (S119, S123, S126; product 3b, 14)."""

import re
from pathlib import Path

import httpx2 as httpx

from fedcomm.accounts import confirming, logins, lookup, signup, statements
from fedcomm.accounts.statements import Grounds
from tests.conftest import MakeDatabase
from tests.kit.mail_servers import Letter
from tests.mailbox.offices import Office, office
from tests.running import PASSWORD, instance
from tests.web.reader import Reader, reader

LEO = {
    "name": "Leo Vogt", "handle": "leo", "email": "leo@shop.example", "password": PASSWORD, "reason": "Two shops.",
    "agreement": "yes",
}  # fmt: skip
SUBJECT = {"reset": "A new password", "confirm": "Confirm your mail address"}
NEW = "another good password"


async def letters(here: Office, to: str, subject: str) -> list[Letter]:
    """What has come to an address, all told."""
    await here.at.settle()
    return [each for each in here.server.to(to) if subject in each.message["Subject"]]


def path_of(letter: Letter, containing: str, here: Office) -> str:
    """Where a letter's link leads, as a path."""
    return letter.link(containing).removeprefix(here.at.url)


async def ask(here: Office, who: Reader, name: str) -> Reader:
    """Ask for a new password by the page."""
    await who.open("/sign_in")
    assert who.page.css_first("a[href='/forgot']") is not None
    await who.open("/forgot")
    return await who.press("/forgot", login=name)


async def test_a_forgotten_password_is_set_anew_from_the_mail_and_the_link_works_once(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """S119, S118."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        person = await here.at.person(password=PASSWORD)
        token = await here.at.token(person)
        await ask(here, ada, "ada@company.example")
        told = ada.text
        (letter,) = await letters(here, "ada@company.example", SUBJECT["reset"])
        link = path_of(letter, "/set_password/", here)
        await ada.open(link)
        await ada.open(link)  # as a mail scanner would
        await ada.press(link, password=NEW)
        async with here.at.client(token) as app:
            assert (await app.get("/api/v1/accounts/verify_credentials")).status_code == 401
        (notice,) = await letters(here, "ada@company.example", "was changed")

        assert "on its way" in told
        assert (ada.path, ada.status) == ("/home", 200)
        assert PASSWORD not in notice.text + notice.html
        assert NEW not in notice.text + notice.html
        await ada.open(link)
        assert ada.status == 404
        async with reader(here.at) as later:
            assert (await later.sign_in("ada", NEW)).status == 200


async def test_s119_a_reset_link_ends_after_an_hour_and_with_the_next_password(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        person = await here.at.person(password=PASSWORD)
        await ask(here, ada, "ada")
        await ask(here, ada, "ada")
        first, second = await letters(here, "ada@company.example", SUBJECT["reset"])
        async with here.at.db() as db:
            await logins.set_password(db, person.id, NEW, now=here.time())
        await ada.open(path_of(first, "/set_password/", here))
        after_change = ada.status
        await ask(here, ada, "ada")
        third = (await letters(here, "ada@company.example", SUBJECT["reset"]))[-1]
        here.time.pass_by(minutes=59)
        await ada.open(path_of(third, "/set_password/", here))
        in_time = ada.status
        form = {"password": NEW, "csrf_token": ada.attribute("[name=csrf_token]", "value") or ""}
        here.time.pass_by(minutes=2)
        too_late = await ada.http.post(path_of(third, "/set_password/", here), data=form)

        assert first.link("/set_password/") != second.link("/set_password/")
        assert (after_change, in_time, too_late.status_code) == (404, 200, 404)


async def test_links_rest_as_digests_only(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        await here.at.person(password=PASSWORD)
        await ask(here, ada, "ada")
        (letter,) = await letters(here, "ada@company.example", SUBJECT["reset"])
        secret = letter.link("/set_password/").rpartition("/")[2]

        async with here.at.site.read() as db:
            tables = [row["name"] for row in await db.fetch("SELECT relname AS name FROM pg_class WHERE relkind = 'r'")]
            rests = [
                name
                for name in tables
                if not name.startswith(("pg_", "sql_"))
                and await db.fetchval(f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text LIKE $1)", f"%{secret}%")
            ]
        assert rests == []


async def test_nobody_learns_who_has_an_account(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as somebody:
        await here.at.person(password=PASSWORD)
        shut = await here.at.person("ben", password=PASSWORD)
        async with here.at.db() as db:
            await signup.disable(db, shut.id, now=here.time())
        said: set[str] = set()
        for name in ("ada", "ben", "nobody", "nobody@else.example"):
            await ask(here, somebody, name)
            said.add(re.sub(rf"\b{name}\b", "X", somebody.text))
        await here.at.settle()

        assert len(said) == 1
        assert [each.recipient for each in here.server.letters] == ["ada@company.example"]


async def test_s123_letters_that_others_can_cause_are_few(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as somebody:
        await here.at.person(password=PASSWORD)
        statuses: list[int] = []
        for n in range(7):
            somebody.http.headers["X-Forwarded-For"] = f"203.0.113.{n}"  # one account, from many addresses
            statuses.append((await ask(here, somebody, "ada")).status)
        somebody.http.headers["X-Forwarded-For"] = "198.51.100.1"
        for n in range(7):
            statuses.append((await ask(here, somebody, f"nobody{n}")).status)
        await here.at.settle()

        assert statuses == [200] * 5 + [429] * 2 + [200] * 5 + [429] * 2
        assert len(here.server.letters) == 5


async def test_s132_links_lead_to_us_whatever_the_host_header_says(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        await here.at.person(password=PASSWORD)
        await ada.open("/forgot")
        form = {"login": "ada", "csrf_token": ada.attribute("[name=csrf_token]", "value") or ""}
        headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        await ada.http.post("/forgot", data=form, headers=headers)
        await here.at.settle()

        for letter in here.server.letters:
            assert "evil.example" not in letter.text + letter.html


async def test_who_signs_up_where_it_is_open_comes_in_once_the_address_is_confirmed(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path, FEDCOMM_REGISTRATIONS="open") as here, reader(here.at) as leo:
        await leo.open("/sign_up")
        await leo.press("/sign_up", **{name: value for name, value in LEO.items() if name != "reason"})
        told = leo.text
        (letter,) = await letters(here, "leo@shop.example", SUBJECT["confirm"])
        await leo.sign_in("leo")
        too_early = (leo.status, leo.text)
        again = await letters(here, "leo@shop.example", SUBJECT["confirm"])
        async with here.at.client() as visitor:
            is_seen = (await visitor.get("/@leo", headers={"Accept": "text/html"})).status_code
        link = path_of(letter, "/confirm/", here)
        await leo.open(link)
        asked = leo.text
        async with here.at.site.read() as db:
            opened_only = (await logins.of(db, (await _id_of(here)))).confirmed_at
        await leo.press(link)
        note = leo.note
        await leo.sign_in("leo")

        assert "Look into your mail" in told
        assert too_early[0] == 403
        assert "leo@shop.example once more" in too_early[1]
        assert len(again) == 2
        assert is_seen == 404
        assert "leo@shop.example" in asked
        assert opened_only is None, "opening a link changes nothing"
        assert note == "Your mail address is confirmed."
        assert leo.path == "/home"
        await leo.open(link)
        assert leo.status == 404
        await leo.open(path_of(again[1], "/confirm/", here))
        assert leo.status == 404, "of two links the other ends as well"


async def _id_of(here: Office, handle: str = "leo") -> int:
    async with here.at.site.read() as db:
        found = await lookup.local(db, handle)
    assert found is not None
    return found.id


async def test_s126_a_confirmed_address_is_no_approval(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as leo:
        await leo.open("/sign_up")
        await leo.press("/sign_up", **LEO)
        (letter,) = await letters(here, "leo@shop.example", SUBJECT["confirm"])
        await leo.open(path_of(letter, "/confirm/", here))
        await leo.press(path_of(letter, "/confirm/", here))
        told = leo.text
        await leo.sign_in("leo")
        waits = (leo.status, leo.text)
        async with here.at.db() as db:
            await signup.approve(db, await _id_of(here), now=here.time())
        (accepted,) = await letters(here, "leo@shop.example", "is approved")
        await leo.sign_in("leo")

        assert "look at your request" in told
        assert waits[0] == 403
        assert "still waiting" in waits[1]
        assert "/confirm/" not in accepted.text
        assert leo.path == "/home"


async def test_who_is_approved_first_confirms_from_the_letter_that_says_so(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as leo:
        await leo.open("/sign_up")
        await leo.press("/sign_up", **LEO)
        async with here.at.db() as db:
            for _ in range(2):
                await signup.approve(db, await _id_of(here), now=here.time())
            waiting = await signup.waiting(db)
        (accepted,) = await letters(here, "leo@shop.example", "is approved")
        await leo.sign_in("leo")
        too_early = leo.status
        link = path_of(accepted, "/confirm/", here)
        await leo.open(link)
        await leo.press(link)
        await leo.sign_in("leo")

        assert waiting == []
        assert too_early == 403
        assert leo.path == "/home"


async def test_who_is_turned_down_is_told_only_at_an_address_that_was_confirmed(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as leo:
        for handle in ("leo", "mia"):
            await leo.open("/sign_up")
            await leo.press("/sign_up", **{**LEO, "handle": handle, "email": f"{handle}@shop.example"})
        (letter,) = await letters(here, "leo@shop.example", SUBJECT["confirm"])
        await leo.open(path_of(letter, "/confirm/", here))
        await leo.press(path_of(letter, "/confirm/", here))
        for handle in ("leo", "mia"):
            async with here.at.db() as db:
                await signup.reject(db, await _id_of(here, handle), now=here.time())

        assert len(await letters(here, "leo@shop.example", "Your request")) == 1
        assert await letters(here, "mia@shop.example", "Your request") == []


async def test_an_app_signs_somebody_up_who_confirms_then(database_url: MakeDatabase, tmp_path: Path) -> None:
    """S105: until then the token shows nothing but who one is."""
    async with office(await database_url(), tmp_path, FEDCOMM_REGISTRATIONS="open") as here:
        async with here.at.client(await here.at.token(None)) as app:
            form = {"username": "leo", "email": "leo@shp.example", "password": PASSWORD, "agreement": True}
            token = (await app.post("/api/v1/accounts", json=form)).json()["access_token"]
        async with here.at.client(token) as leo, reader(here.at) as browser:
            early = await leo.get("/api/v1/timelines/home")
            state = await leo.get("/api/v1/emails/check_confirmation")
            wrong = await leo.post("/api/v1/emails/confirmations", json={"email": "leo@"})
            sent = await leo.post("/api/v1/emails/confirmations", json={"email": "leo@shop.example"})
            (first,) = await letters(here, "leo@shp.example", SUBJECT["confirm"]) or (None,)
            (right,) = await letters(here, "leo@shop.example", SUBJECT["confirm"])
            link = path_of(right, "/confirm/", here)
            await browser.open(link)
            await browser.press(link)
            done = await leo.get("/api/v1/emails/check_confirmation")
            needless = await leo.post("/api/v1/emails/confirmations")
            home = await leo.get("/api/v1/timelines/home")

        assert (early.status_code, early.json()["error"]) == (403, "Your login is missing a confirmed e-mail address")
        assert state.json() is False
        assert wrong.status_code == 422
        assert (sent.status_code, sent.json()) == (200, {})
        assert first is None, "nothing is mailed to an address that was taken back before it left"
        assert done.json() is True
        assert needless.status_code == 403
        assert home.status_code == 200


async def test_s123_an_app_cannot_have_the_link_mailed_again_and_again(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path, FEDCOMM_REGISTRATIONS="open") as here:
        async with here.at.client(await here.at.token(None)) as app:
            form = {"username": "leo", "email": "leo@shop.example", "password": PASSWORD, "agreement": True}
            token = (await app.post("/api/v1/accounts", json=form)).json()["access_token"]
        async with here.at.client(token) as leo:
            statuses = [(await leo.post("/api/v1/emails/confirmations")).status_code for _ in range(7)]

        assert statuses == [200] * 5 + [429] * 2


async def change(ada: Reader, email: str, password: str = PASSWORD) -> Reader:
    """Ask for another address on the settings page."""
    await ada.open("/settings/access")
    return await ada.press("/settings/email", email=email, email_password=password)


async def test_an_address_is_changed_once_the_new_one_is_confirmed_and_the_old_one_is_told(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        person = await here.at.person(password=PASSWORD)
        await ada.sign_in("ada")
        await change(ada, "ada@new.example", "not the password")
        wrong = (ada.status, ada.text)
        await change(ada, "ada@new.example")
        note, page = ada.note, ada.text
        (letter,) = await letters(here, "ada@new.example", "Confirm your new mail address")
        (notice,) = await letters(here, "ada@company.example", "is to change")
        async with here.at.site.read() as db:
            before = (await logins.of(db, person.id)).email
        link = path_of(letter, "/confirm/", here)
        await ada.open(link)
        await ada.press(link)

        assert wrong[0] == 422
        assert "not your present password" in wrong[1]
        assert "Look into your mail" in note
        assert "ada@new.example" in page
        assert before == "ada@company.example"
        assert "ada@new.example" in notice.text
        assert "/confirm/" not in notice.text
        assert ada.path == "/settings/access"
        async with here.at.site.read() as db:
            after = await logins.of(db, person.id)
        assert (after.email, after.new_email) == ("ada@new.example", None)


async def test_a_change_is_taken_back_and_its_link_confirms_nothing_more(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at, None) as ada:
        await here.at.person(password=PASSWORD)
        await ada.sign_in("ada")
        await change(ada, "ada@new.example")
        (letter,) = await letters(here, "ada@new.example", "Confirm your new mail address")
        await ada.open("/settings/access")
        await ada.press("/settings/email/keep")
        await ada.open(path_of(letter, "/confirm/", here))

        assert ada.status == 404


async def test_s123_s125_odd_taken_and_too_many_new_addresses_are_refused(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        await here.at.person(password=PASSWORD)
        await here.at.person("ben")
        await ada.sign_in("ada")
        statuses = [(await change(ada, each)).status for each in ("odd", "ben@company.example", "ADA@company.example")]
        statuses += [(await change(ada, f"ada{n}@new.example")).status for n in range(3)]

        assert statuses == [422, 422, 422, 200, 200, 429]


async def test_a_reset_link_ends_when_the_address_changes(database_url: MakeDatabase, tmp_path: Path) -> None:
    """Who reads the old mailbox gets in no more."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada, reader(here.at) as other:
        await here.at.person(password=PASSWORD)
        await ask(here, other, "ada")
        (reset,) = await letters(here, "ada@company.example", SUBJECT["reset"])
        await ada.sign_in("ada")
        await change(ada, "ada@new.example")
        (letter,) = await letters(here, "ada@new.example", "Confirm your new mail address")
        await ada.open(path_of(letter, "/confirm/", here))
        await ada.press(path_of(letter, "/confirm/", here))
        await other.open(path_of(reset, "/set_password/", here))

        assert other.status == 404


async def test_who_gets_no_mail_any_more_sees_it_and_says_that_it_works_again(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as ada:
        await here.at.person(password=PASSWORD)
        here.server.answers.recipients["ada@company.example"] = "550 5.1.1 No such user"
        for _ in range(3):
            await here.put(to="ada@company.example")
            await here.at.settle()
        await ada.sign_in("ada")
        await ada.open("/settings/access")
        told = ada.text
        await ada.press("/settings/email/works")
        await ada.open("/settings/access")

        assert "came back several times" in told
        assert "came back several times" not in ada.text
        assert await here.put(to="ada@company.example")


async def test_the_reasons_of_a_decision_reach_who_it_is_about_even_when_shut_out(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """C12: what was decided, by whom, the rule, the facts, how, for how long, and what one can do about it."""
    async with office(await database_url(), tmp_path) as here:
        ada, admin = await here.at.person(password=PASSWORD), await here.at.person("mia", role="admin")
        grounds = Grounds(code="violation", rules=("No selling.",))
        async with here.at.db() as db:
            await signup.disable(db, ada.id, now=here.time())
            issued = await statements.issue(
                db, ada.id, "disable", "You sold <b>lists</b>.", grounds, by_id=admin.id, now=here.time()
            )
        (letter,) = await letters(here, "ada@company.example", "A decision about you")

        for text in (
            "Shut out",
            "Those who run",
            "No selling.",
            "You sold",
            "A person decided it",
            "Until it is taken",
        ):
            assert text in letter.text
            assert text in letter.html
        assert letter.link("/decisions/") == f"{here.at.url}/decisions/{issued}"
        assert "<b>lists" not in letter.html


async def test_where_no_mail_is_sent_the_pages_say_so(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as at, reader(at) as ada:
        await at.person(password=PASSWORD)
        await ada.open("/forgot")
        told = ada.text
        await ada.open("/sign_in")
        hint = ada.text
        await ada.sign_in("ada")
        await ada.open("/settings/access")
        page = ada.text
        await ada.press("/settings/email", email="ada@new.example", email_password=PASSWORD)

        assert "sends no mail" in told
        assert "Ask those who run this instance" in hint
        assert "nobody checks the address" in page
        assert "ada@new.example" in ada.text


async def test_where_no_mail_is_sent_who_signs_up_is_in_at_once(database_url: MakeDatabase) -> None:
    """The operator's interface: `open` and no mail configured."""
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as at:
        async with at.client(await at.token(None)) as app:
            form = {"username": "leo", "email": "leo@shop.example", "password": PASSWORD, "agreement": True}
            token = (await app.post("/api/v1/accounts", json=form)).json()["access_token"]
        async with at.client(token) as leo:
            answer: httpx.Response = await leo.get("/api/v1/emails/check_confirmation")
            assert answer.json() is True


async def test_nothing_is_mailed_to_an_account_that_has_ended(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        ada = await here.at.person(password=PASSWORD)
        async with here.at.db() as db:
            await confirming.forgotten(db, "ada", now=here.time())
            await signup.erase(db, ada.id, now=here.time())
        await here.at.settle()

        assert here.server.letters == []
        assert await here.states() == []
