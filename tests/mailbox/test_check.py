"""`./run check` says whether mail works, and sends a letter when asked."""

from pathlib import Path

import pytest

from fedcomm.accounts import confirming, logins, signup
from fedcomm.cli import check_mail
from fedcomm.config import Wrong
from tests.conftest import MakeDatabase
from tests.kit.mail_servers import MailServer
from tests.mailbox.offices import office
from tests.running import NOWHERE, PASSWORD, configuration

UNUSED = "postgresql://nowhere/nothing"


async def test_the_check_says_whether_the_mail_server_takes_us() -> None:
    async with MailServer() as server:
        settings = configuration(7999, UNUSED, NOWHERE, {"FEDCOMM_SMTP_URL": server.url()})
        well = await check_mail.look(settings)
        server.answers.greeting = "554 5.3.2 Not for you"
        refused = await check_mail.look(settings)
        await server.stop()
        away = await check_mail.look(settings)
        await server.start()

        assert well.is_well
        assert (refused.is_well, "554" in refused.text) == (False, True)
        assert (away.is_well, f"localhost:{server.port}" in away.text) == (False, True)
        assert server.letters == []


async def test_the_check_sends_a_letter_when_asked() -> None:
    async with MailServer() as server:
        settings = configuration(7999, UNUSED, NOWHERE, {"FEDCOMM_SMTP_URL": server.url()})
        sent = await check_mail.look(settings, to="leo@shop.example")
        server.answers.rcpt = "550 5.1.1 No such user"
        refused = await check_mail.look(settings, to="leo@shop.example")

        assert sent.is_well
        assert [each.recipient for each in server.letters] == ["leo@shop.example"]
        assert (refused.is_well, "No such user" in refused.text) == (False, True)


async def test_no_mail_server_is_no_fault_and_is_said() -> None:
    settings = configuration(7999, UNUSED, NOWHERE, {})

    assert (await check_mail.look(settings)).is_well
    assert "FEDCOMM_SMTP_URL" in (await check_mail.look(settings)).text
    assert not (await check_mail.look(settings, to="leo@shop.example")).is_well


@pytest.mark.parametrize(
    "address",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://mail.example?tls=maybe", "smtps://mail.example?tls=off",
        "smtp://bakers:rye@mail.example?tls=off", "smtp://mail.example?from=nobody", "smtp://mail.example?form=a@b.example",
        "smtp://mail.example:port",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(Wrong, match="FEDCOMM_SMTP_URL") as refused:
        configuration(7999, UNUSED, NOWHERE, {"FEDCOMM_SMTP_URL": address})

    assert "rye" not in str(refused.value)


async def test_who_runs_the_instance_takes_an_address_on_their_word(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        async with here.at.db() as db:
            leo = await signup.create_person(
                db, here.at.here, handle="leo", email="leo@shop.example", password=PASSWORD, must_confirm=True,
                now=here.time(),
            )  # fmt: skip
            before = (await logins.of(db, leo.id)).state
            await confirming.confirm_unasked(db, leo.id, now=here.time())
            after = await logins.of(db, leo.id)

        assert (before, after.state) == ("pending", "active")
        assert after.confirmed_at is not None
