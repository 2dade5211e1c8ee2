"""The mail server, set on a page and tried by a real letter; addresses from which mail came back (product 14; S136)."""

from pathlib import Path

import pytest

from fedcomm import mail_server
from fedcomm.errors import Invalid
from fedcomm.jobs import mail_queue
from fedcomm.mail_server import Encryption
from tests import running
from tests.kit.mail_servers import MailServer
from tests.mailbox.offices import office
from tests.running import MakeDatabase
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio


async def try_it(at: Reader, smtp: MailServer, **fields: str) -> None:
    given = {
        "host": "127.0.0.1",
        "port": str(smtp.port),
        "encryption": "none",
        "sender": "hello@bakers.example",
        "test_to": "ada@company.example",
        **fields,
    }
    await at.press("/admin/mail", **given)


async def test_a_server_counts_once_it_has_taken_a_letter_and_mail_leaves_at_once(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home, MailServer() as smtp:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/mail")
            before = (home.site.sends_mail, at.text)
            await try_it(at, smtp)
            noted, shown = at.note, at.text
        tried = [(letter.recipient, letter.sender) for letter in smtp.letters]
        async with home.db() as db:
            await mail_queue.put(db, "test", "leo@shop.example", locale="en", told={}, now=home.site.now())
        await home.settle()
        later = smtp.to("leo@shop.example")
        async with home.site.read() as db:
            kept = await db.fetchval("SELECT value FROM setting WHERE name = 'mail_server'")
            logged = await db.fetchval("SELECT details::text FROM audit_entry WHERE action = 'change settings'")

    assert before[0] is False
    assert "This instance sends no mail" in before[1]
    assert noted.startswith("The mail server has taken a letter.")
    assert f"Mail leaves through 127.0.0.1:{smtp.port}." in shown
    assert tried == [("ada@company.example", "hello@bakers.example")]
    assert len(later) == 1
    assert "127.0.0.1" not in kept, "sealed"
    assert "127.0.0.1" not in logged


async def test_s136_a_password_is_sealed_and_never_shown(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at, MailServer() as smtp:
            await at.open("/admin/mail")
            await try_it(at, smtp, user="community", password="aubergine canary", encryption="starttls")
            refused = (at.status, at.text, "aubergine" in at.answer.text)
        text, address = mail_server.address(
            host="mail.x.example",
            port="",
            encryption="starttls",
            user="a@b:c/d%",
            password="p?&=#+ ü",
            sender="a+b@x.example",
            domain="x",
        )

    assert refused[0] == 422
    assert refused[2] is False
    assert (address.user, address.password, address.sender) == ("a@b:c/d%", "p?&=#+ ü", "a+b@x.example")
    assert (address.port, address.encryption) == (587, "starttls")
    assert "ü" not in text


async def test_a_server_that_does_not_take_the_letter_does_not_count(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        told: list[tuple[int, list[str]]] = []
        async with reader(home, "ada") as at:
            await at.open("/admin/mail")
            async with MailServer() as smtp:
                smtp.answers.rcpt = "550 5.1.1 nobody of this name"
                await try_it(at, smtp)
                told.append((at.status, at.all(".wrong")))
                smtp.answers.rcpt = "250 ok"
                smtp.answers.data = "554 5.7.1 blocked"
                await try_it(at, smtp)
                told.append((at.status, at.all(".wrong")))
            await try_it(at, smtp)  # it is gone
            told.append((at.status, at.all(".wrong")))
            await try_it(at, smtp, host="not a host!", sender="nobody", test_to="x")
            told.append((at.status, at.all(".wrong")))

    assert [status for status, _ in told] == [422] * 4
    assert told[0][1][0].startswith("The server does not take letters to this address: 550")
    assert told[1][1][0].startswith("The server refuses the letter: 554")
    assert told[2][1][0].startswith("The server cannot be reached, or not in this way:")
    assert told[3][1] != []
    assert home.site.sends_mail is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "mail.x.example\r\nX: y"}, "host"),
        ({"host": "a/b"}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "99999"}, "port"),
        ({"encryption": "none", "user": "ada"}, "encryption"),
        ({"sender": "nobody"}, "sender"),
    ],
)
async def test_what_cannot_be_is_told_at_its_field(wrong: dict[str, str], field: str) -> None:
    given = {"host": "mail.x.example", "port": "", "user": "", "password": "p", "sender": "a@x.example", **wrong}
    encryption: Encryption = "none" if given.pop("encryption", "") == "none" else "starttls"
    with pytest.raises(Invalid) as refused:
        mail_server.address(**given, encryption=encryption, domain="x.example")

    assert refused.value.field == field


async def test_what_the_environment_sets_is_tried_but_not_changed(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        await here.at.person("ada", role="admin", password=running.PASSWORD)
        async with reader(here.at, "ada") as at:
            await at.open("/admin/mail")
            form = at.attribute("form[action='/admin/mail']", "action")
            await at.press("/admin/mail/test", test_to="leo@shop.example")
            noted = at.note

        assert form is None
        assert noted.startswith("The mail server has taken a letter.")
        assert len(here.server.to("leo@shop.example")) == 1


async def test_addresses_that_refuse_mail_are_listed_and_forgiven(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        await here.at.person("ada", role="admin", password=running.PASSWORD)
        here.server.answers.rcpt = "550 5.1.1 nobody of this name"
        for _ in range(mail_queue.MOST_HARD):
            await here.put()
            await here.at.settle()
        async with reader(here.at, "ada") as at:
            await at.open("/admin")
            needs = at.text
            await at.open("/admin/mail")
            listed = at.text
            await at.press("/admin/mail/forgive", address="leo@shop.example")
            forgiven = at.text
        async with here.at.site.read() as db:
            still = await mail_queue.is_paused(db, "leo@shop.example", now=here.time())

    assert "1 address gets no mail, as it came back" in needs
    assert "leo@shop.example" in listed
    assert "Gets no mail" in listed
    assert "nobody of this name" in listed
    assert "Nothing came back" in forgiven
    assert still is False


async def test_the_step_of_setting_up_sends_a_letter_and_goes_on(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home, MailServer() as smtp:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/setup/mail")
            await at.press("/admin/setup/mail", host="127.0.0.1", port="1", encryption="none")
            refused = (at.status, at.path)
            await at.press("/admin/setup/mail", port=str(smtp.port))
            there = at.path
            await at.press("/admin/setup/people")
            await at.open("/admin/setup/mail")
            host = at.attribute("[name=host]", "value")
            await at.press("/admin/setup/mail/leave_out")

    assert refused == (422, "/admin/setup/mail")
    assert there == "/admin/setup/people"
    assert host == "127.0.0.1"
    assert [letter.recipient for letter in smtp.letters] == ["ada@company.example"]
