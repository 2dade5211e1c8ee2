"""Letters leave through a real mail server, which misbehaves as such servers do (product 14; S125, S136)."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from fedcomm.groups import mailed_invitations
from fedcomm.jobs import mail_queue, queues
from fedcomm.jobs.mailing import NO_SERVER, Handed
from fedcomm.mailbox.smtp import Postmen
from fedcomm.mailbox.writing import LetterWriter
from tests.conftest import MakeDatabase
from tests.kit import certificates
from tests.kit.mail_servers import MailServer
from tests.mailbox.offices import office
from tests.running import instance, until


async def test_a_letter_has_a_text_and_an_html_part_and_loads_nothing(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        await here.put()
        await here.at.settle()

        (letter,) = here.server.letters
        message = letter.message
        assert (letter.sender, letter.recipient) == ("hello@bakers.example", "leo@shop.example")
        assert message["From"].addresses[0].addr_spec == "hello@bakers.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"].endswith("@bakers.example>")
        assert message["List-Unsubscribe"] is None
        assert message.get_content_type() == "multipart/alternative"
        assert "If you can read it" in letter.text
        assert "If you can read it" in letter.html
        assert f"{here.at.url}" in letter.text
        for loading in ("<img", "<script", "<link", "@import", "url(", "src="):
            assert loading not in letter.html
        assert await here.states() == [("sent", "")]


async def test_a_letter_is_in_the_language_of_who_gets_it(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        async with here.at.db() as db:
            await mail_queue.put(db, "test", "leo@shop.example", locale="de", now=here.time())
        await here.at.settle()

        (letter,) = here.server.letters
        assert letter.message["Content-Language"] == "de"
        assert '<html lang="de">' in letter.html
        assert "Das ist ein Test" in letter.text


async def test_a_letter_goes_with_its_cause_or_not_at_all(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        with pytest.raises(RuntimeError):
            async with here.at.db() as db:
                await mail_queue.put(db, "test", "leo@shop.example", locale="en", now=here.time())
                raise RuntimeError("the cause fails")
        await here.at.settle()

        assert here.server.connections == 0
        assert await here.states() == []


async def test_a_worker_that_runs_is_woken_by_a_letter(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, here.at.working():
        async with here.at.site.transaction(wakes="mail") as db:
            await mail_queue.put(db, "test", "leo@shop.example", locale="en", now=here.time())
        await here.server.received()

        async def silent() -> Mapping[str, datetime | None]:
            async with here.at.site.read() as db:
                return await queues.silent(db, after=here.at.site.durations.stalled_after, now=here.time())

        await until(silent, lambda found: "mail" not in found, what="nothing notes that the loop lives")


async def test_a_server_that_is_away_gets_the_letter_when_it_is_back(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        await here.server.stop()
        await here.put()
        await here.at.settle()
        before = await here.states()
        await here.server.start()
        here.time.pass_by(seconds=31)
        await here.at.settle()

        assert before[0][0] == "waiting"
        assert "Connect" in before[0][1]
        assert len(here.server.letters) == 1
        async with here.at.site.read() as db:
            assert not await mail_queue.is_paused(db, "leo@shop.example", now=here.time())


@pytest.mark.parametrize("step", ["greeting", "mail", "rcpt", "data"])
async def test_what_the_server_puts_off_is_tried_again(database_url: MakeDatabase, tmp_path: Path, step: str) -> None:
    async with office(await database_url(), tmp_path) as here:
        setattr(here.server.answers, step, "451 4.3.0 Not now")
        await here.put()
        await here.at.settle()
        waits = await here.states()
        setattr(here.server.answers, step, {"greeting": "220 Hello", "data": "250 Taken"}.get(step, "250 Ok"))
        await here.at.settle()
        is_too_early = len(here.server.letters)
        here.time.pass_by(seconds=31)
        await here.at.settle()

        assert waits[0][0] == "waiting"
        assert "451" in waits[0][1]
        assert is_too_early == 0
        assert await here.states() == [("sent", "")]


async def test_what_is_put_off_for_too_long_is_given_up_and_seen(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        here.server.answers.rcpt = "452 4.2.2 Mailbox full"
        await here.put()
        for _ in range(60):
            await here.at.settle()
            if (await here.states())[0][0] != "waiting":
                break
            here.time.pass_by(hours=2)

        assert await here.states() == [("failed", "452 4.2.2 Mailbox full")]
        async with here.at.site.read() as db:
            (bounce,) = await db.fetch("SELECT is_hard FROM mail_bounce")
            (failed,) = await mail_queue.listed(db, ["failed"])
        assert not bounce["is_hard"]
        assert failed.address == "leo@shop.example"
        async with here.at.db() as db:
            assert await mail_queue.retry(db, now=here.time()) == 1
        here.server.answers.rcpt = "250 Ok"
        await here.at.settle()
        assert len(here.server.letters) == 1


async def test_an_address_that_bounces_hard_is_not_tried_again_and_after_three_not_mailed(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        here.server.answers.recipients["gone@shop.example"] = "550 5.1.1 No such user"
        for _ in range(3):
            assert await here.put(to="gone@shop.example")
            await here.at.settle()
            here.time.pass_by(hours=3)
            await here.at.settle()
        connections = here.server.connections
        is_put = await here.put(to="Gone@Shop.example")
        await here.put(to="else@shop.example")
        await here.at.settle()

        assert not is_put
        assert connections == 3
        assert [each.recipient for each in here.server.letters] == ["else@shop.example"]
        assert [state for state, _ in await here.states()] == ["sent", "dropped", "failed", "failed", "failed"]
        here.time.pass_by(days=31)
        assert await here.put(to="gone@shop.example"), "bounces count for 30 days"


async def test_a_refusal_that_is_about_us_says_nothing_about_the_address(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        here.server.answers.rcpt = "550 5.7.1 Your server is on a list"
        await here.put()
        await here.at.settle()

        assert await here.states() == [("failed", "550 5.7.1 Your server is on a list")]
        async with here.at.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM mail_bounce") == 0


async def test_a_server_that_hangs_holds_up_nothing_and_costs_a_try_only(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def later() -> str:
        asked.set()
        await goes_on.wait()
        return "250 2.1.0 Ok"

    async with office(await database_url(), tmp_path, FEDCOMM_DEV_DURATIONS="0.04") as here:  # 1.2 s for a letter
        here.server.answers.mail = later
        await here.put()
        async with here.at.working():
            await asked.wait()
            async with here.at.client() as client:  # pages answer meanwhile
                assert (await client.get("/healthz")).status_code == 200
            await until(here.states, lambda each: "Timeout" in each[0][1], what="the try was not given up")
        goes_on.set()


async def test_a_worker_that_dies_before_it_noted_the_yes_sends_the_same_letter_once_more(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """The server has it; our note of it is lost with the worker: two letters, one Message-ID."""
    async with office(await database_url(), tmp_path) as here:
        await here.put()
        async with here.at.site.pool.transaction() as db:
            (held,) = await mail_queue.claim(db, now=here.time(), lease=here.at.site.durations.mail_limit, most=1)
        postman, writer = here.at.site.service(Postmen).now(), here.at.site.service(LetterWriter)
        message = await writer.write(held)
        assert message is not None
        assert postman is not None
        assert await postman.post(message) == Handed(outcome="sent")  # and here the worker dies

        await here.at.settle()
        while_leased = len(here.server.letters)
        here.time.pass_by(minutes=2)
        await here.at.settle()
        async with here.at.db() as db:
            is_late = await mail_queue.finish(db, held, "failed", "too late", now=here.time())

        first, second = here.server.letters
        assert while_leased == 1
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert not is_late, "who lost the lease writes nothing any more"
        assert await here.states() == [("sent", "")]


async def test_a_stop_hands_back_what_was_not_sent(database_url: MakeDatabase, tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    async with office(await database_url(), tmp_path, FEDCOMM_DEV_DURATIONS="0.1") as here:
        here.server.answers.rcpt = never
        await here.put()
        async with here.at.working():
            await asked.wait()

        async with here.at.site.read() as db:
            row = await db.fetchrow("SELECT state, attempts, lease_token FROM mail")
        assert row is not None
        assert (row["state"], row["attempts"], row["lease_token"]) == ("waiting", 0, None)


@pytest.mark.parametrize("is_implicit", [False, True])
async def test_mail_travels_encrypted_and_signed_in(
    database_url: MakeDatabase, tmp_path: Path, is_implicit: bool
) -> None:
    made = certificates.make()
    server = MailServer(tls=made.server, is_implicit=is_implicit, user="bakers", password="rye & spelt")
    scheme = "smtps" if is_implicit else "smtp"
    url = f"{scheme}://bakers:rye%20%26%20spelt@localhost:PORT"
    ca = str(made.write(tmp_path))
    async with office(await database_url(), tmp_path, server=server, url=url, FEDCOMM_CA_FILE=ca) as here:
        await here.put()
        await here.at.settle()

        assert [(each.is_encrypted, each.user) for each in server.letters] == [(True, "bakers")]


async def test_no_password_goes_to_a_server_without_encryption(database_url: MakeDatabase, tmp_path: Path) -> None:
    server = MailServer(user="bakers", password="rye")
    async with office(await database_url(), tmp_path, server=server, url="smtp://bakers:rye@localhost:PORT") as here:
        await here.put()
        await here.at.settle()

        (state,) = await here.states()
        assert state[0] == "waiting"
        assert "STARTTLS" in state[1]
        assert server.letters == []


async def test_a_certificate_that_nobody_vouches_for_is_not_taken(database_url: MakeDatabase, tmp_path: Path) -> None:
    server = MailServer(tls=certificates.make().server, is_implicit=True)
    async with office(await database_url(), tmp_path, server=server, url="smtps://localhost:PORT") as here:
        await here.put()
        await here.at.settle()

        assert "certificate" in (await here.states())[0][1].lower()
        assert server.letters == []


async def test_a_wrong_password_waits_for_the_operator_and_blames_no_address(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    made = certificates.make()
    server = MailServer(tls=made.server, user="bakers", password="rye")
    ca = str(made.write(tmp_path))
    url = "smtp://bakers:wheat@localhost:PORT"
    async with office(await database_url(), tmp_path, server=server, url=url, FEDCOMM_CA_FILE=ca) as here:
        await here.put()
        await here.at.settle()

        (state,) = await here.states()
        assert state[0] == "waiting"
        assert "535" in state[1]
        async with here.at.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM mail_bounce") == 0


async def test_s125_no_name_can_write_a_header(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        evil = "Ada\r\nBcc: victim@else.example\r\n\r\nBuy now\u2028\u202e"
        ada = await here.at.person(role="admin")
        async with here.at.db() as db:
            await db.execute("UPDATE account SET name = $2 WHERE id = $1", ada.id, evil)
            await mailed_invitations.send(
                db, ada, "leo@shop.example", words="Come\r\nBcc: victim@else.example", now=here.time()
            )
            await db.execute(
                "INSERT INTO setting (name, value, updated_at) VALUES ('name', $1, now())", "Bakers\r\nX-Evil: 1"
            )
        await here.at.site.reload_settings()
        await here.at.settle()

        (letter,) = here.server.letters
        assert letter.recipient == "leo@shop.example"
        assert letter.message["Bcc"] is None
        assert letter.message["X-Evil"] is None
        assert letter.message["Subject"].startswith("Ada Bcc: victim@else.example Buy now")
        head = letter.raw.partition(b"\r\n\r\n")[0]
        assert {line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))} <= {
            b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Language", b"Auto-Submitted", b"MIME-Version",
            b"Content-Type", b"List-Unsubscribe", b"List-Unsubscribe-Post",
        }  # fmt: skip


async def test_s081_what_people_wrote_is_text_in_a_letter_never_html(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        ada = await here.at.person(role="admin")
        words = '<script>x</script><a href="https://evil.example">here</a>'
        async with here.at.db() as db:
            await db.execute("UPDATE account SET name = '<b>Ada</b>' WHERE id = $1", ada.id)
            await mailed_invitations.send(db, ada, "leo@shop.example", words=words, now=here.time())
        await here.at.settle()

        (letter,) = here.server.letters
        assert "<script" not in letter.html
        assert "<b>Ada" not in letter.html
        assert "href=&quot;https://evil.example" in letter.html or 'href="https://evil' not in letter.html


async def test_s123_one_address_gets_no_more_than_twenty_a_day(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        put = [await here.put() for _ in range(22)]
        other = await here.put(to="else@shop.example")
        here.time.pass_by(hours=25)
        again = await here.put()

        assert put == [True] * 20 + [False] * 2
        assert other
        assert again


async def test_an_instance_hands_over_no_more_than_so_many_in_a_minute(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here:
        for n in range(mail_queue.A_MINUTE_IN_ALL + 5):
            await here.put(to=f"somebody{n}@shop.example")
        await here.at.settle()
        first = len(here.server.letters)
        here.time.pass_by(seconds=61)
        await here.at.settle()

        assert first == mail_queue.A_MINUTE_IN_ALL
        assert len(here.server.letters) == mail_queue.A_MINUTE_IN_ALL + 5


async def test_without_a_mail_server_it_is_said_why_nothing_was_sent(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        async with at.db() as db:
            await mail_queue.put(db, "test", "leo@shop.example", locale="en", now=at.site.now())
        await at.settle()

        async with at.site.read() as db:
            (letter,) = await mail_queue.listed(db, ["dropped"])
        assert letter.last_error == NO_SERVER


async def test_what_is_done_is_forgotten_after_a_while(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        here.server.answers.recipients["gone@shop.example"] = "550 5.1.1 No such user"
        await here.put()
        await here.put(to="gone@shop.example")
        await here.at.settle()
        here.time.pass_by(days=4)
        await here.at.worker.clock.tick()
        after_days = await here.states()
        here.time.pass_by(days=31)
        await here.at.worker.clock.tick()

        assert [state for state, _ in after_days] == ["failed"]
        assert await here.states() == []
        async with here.at.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM mail_bounce") == 0


async def test_s136_no_log_line_has_an_address_or_a_password_of_the_mail_server(
    database_url: MakeDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = certificates.make()
    server = MailServer(tls=made.server, user="bakers", password="rye-bread")
    ca = str(made.write(tmp_path))
    with caplog.at_level(logging.DEBUG):
        url = "smtp://bakers:rye-bread@localhost:PORT"
        async with office(await database_url(), tmp_path, server=server, url=url, FEDCOMM_CA_FILE=ca) as here:
            server.answers.rcpt = "550 5.1.1 <leo@shop.example> unknown"
            await here.put()
            await here.at.settle()
            server.answers.rcpt = "450 4.2.0 <leo@shop.example> later"
            await here.put()
            await here.at.settle()

    logged = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("asyncpg"))
    assert "mail refused" in logged
    assert "mail later" in logged
    for secret in ("leo@shop.example", "rye-bread", "cnllLWJyZWFk"):
        assert secret not in logged
