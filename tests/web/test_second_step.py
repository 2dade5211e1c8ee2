"""The second step at signing in: codes of an app, which here is a small one of its own (RFC 6238; S118, S120)."""

import base64
import hashlib
import hmac
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import logins, second_step, signup
from fedcomm.accounts.model import Account
from fedcomm.http.context import clock
from tests.clocks import Clock
from tests.conftest import new_database
from tests.running import PASSWORD, Instance, instance
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class House:
    """An instance, and its time."""

    at: Instance
    time: Clock


@dataclass(frozen=True, slots=True)
class App:
    """An app for codes: it shares no code with the server. Source: RFC 6238, RFC 4226."""

    secret: bytes

    def code(self, at: datetime) -> str:
        """What it shows then."""
        mac = hmac.digest(self.secret, struct.pack(">Q", int(at.timestamp()) // 30), hashlib.sha1)
        start = mac[-1] & 15
        return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A running instance that can keep a secret."""
    time = Clock()
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("data"), now=time) as at:
        yield House(at, time)


async def set_up(house: House, who: Reader) -> tuple[App, list[str]]:
    """Switch it on, as somebody does who is signed in; their app and paper codes."""
    await who.open("/settings/second_step")
    await who.press("/settings/second_step/begin", current_password=PASSWORD)
    typed = who.attribute("button[data-copy]", "data-copy") or ""
    app = App(base64.b32decode(typed.replace(" ", "")))
    await who.press("/settings/second_step/on", code=app.code(house.time()))
    return app, who.all("main li code")


async def person(house: House, name: str) -> Account:
    """Somebody with a password."""
    return await house.at.person(name, password=PASSWORD)


async def test_the_app_of_these_tests_counts_as_the_specification_says() -> None:
    """RFC 6238, appendix B, with the six digits that apps show."""
    app = App(b"12345678901234567890")
    for at, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert app.code(datetime.fromtimestamp(at, tz=clock().tzinfo)) == code


async def test_signing_in_takes_a_code_once_it_is_on(house: House) -> None:
    await person(house, "ada")
    async with reader(house.at, "ada") as ada, reader(house.at) as elsewhere:
        app, paper = await set_up(house, ada)
        shown = ada.text
        await ada.open("/home")
        goes_on = (ada.status, ada.path)
        house.time.pass_by(seconds=30)
        await elsewhere.sign_in("ada")
        asked = elsewhere.text
        await elsewhere.open("/home")
        is_in_early = elsewhere.path
        await elsewhere.sign_in("ada")
        await elsewhere.press("/sign_in/code", code="000000")
        wrong = (elsewhere.status, elsewhere.text)
        await elsewhere.press("/sign_in/code", code=f" {app.code(house.time())[:3]} {app.code(house.time())[3:]} ")

        assert len(paper) == 10
        assert "not shown again" in shown
        assert goes_on == (200, "/home")
        assert "One more step" in asked
        assert is_in_early.startswith("/sign_in")
        assert wrong[0] == 422
        assert "not right" in wrong[1]
        assert elsewhere.path == "/home"


async def test_s118_switching_it_on_or_off_ends_all_other_sessions_and_tokens(house: House) -> None:
    account = await person(house, "bea")
    token = await house.at.token(account)
    async with reader(house.at, "bea") as bea, reader(house.at, "bea") as elsewhere, house.at.client(token) as app:
        codes, _paper = await set_up(house, bea)
        await elsewhere.open("/home")
        after_on = (
            elsewhere.path.partition("?")[0],
            (await app.get("/api/v1/accounts/verify_credentials")).status_code,
        )
        house.time.pass_by(seconds=30)
        await elsewhere.sign_in("bea")
        await elsewhere.press("/sign_in/code", code=codes.code(house.time()))
        house.time.pass_by(seconds=30)
        await bea.open("/settings/second_step")
        await bea.press("/settings/second_step/off", current_password=PASSWORD, code=codes.code(house.time()))
        off = bea.text
        await elsewhere.open("/home")

        assert after_on == ("/sign_in", 401)
        assert "Set it up" in off
        assert elsewhere.path.startswith("/sign_in")
        await elsewhere.sign_in("bea")
        assert elsewhere.path == "/home"


async def test_s120_a_code_works_once_and_near_its_time_only(house: House) -> None:
    await person(house, "cem")
    async with reader(house.at, "cem") as cem:
        app, _paper = await set_up(house, cem)
        early, used = app.code(house.time() + timedelta(seconds=90)), app.code(house.time())
        statuses: list[int] = []
        for code in (used, early, app.code(house.time() - timedelta(minutes=2))):
            async with reader(house.at) as elsewhere:
                await elsewhere.sign_in("cem")
                statuses.append((await elsewhere.press("/sign_in/code", code=code)).status)
        house.time.pass_by(seconds=60)
        async with reader(house.at) as elsewhere:
            await elsewhere.sign_in("cem")
            later = await elsewhere.press("/sign_in/code", code=app.code(house.time() - timedelta(seconds=25)))

        assert statuses == [422] * 3
        assert later.path == "/home", "a clock that is a little late is forgiven"


async def test_s120_a_hundred_codes_are_ten_for_the_account_and_for_the_address(house: House) -> None:
    await person(house, "dot")
    async with reader(house.at, "dot") as dot:
        app, _paper = await set_up(house, dot)
        house.time.pass_by(seconds=30)
        async with reader(house.at) as thief:
            await thief.sign_in("dot")
            fields = {name: thief.attribute(f"[name={name}]", "value") or "" for name in ("csrf_token", "ticket")}
            statuses: list[int] = []
            for n in range(12):
                headers = {"X-Forwarded-For": f"203.0.113.{n}"}
                form = fields | {"code": f"{n:06}"}
                statuses.append((await thief.http.post("/sign_in/code", data=form, headers=headers)).status_code)
            right = await thief.http.post(
                "/sign_in/code",
                data=fields | {"code": app.code(house.time())},
                headers={"X-Forwarded-For": "203.0.113.99"},
            )

        assert statuses == [422] * 10 + [429] * 2
        assert right.status_code == 429
        house.time.pass_by(minutes=11)


async def test_a_paper_code_lets_in_once_and_new_ones_end_the_old(house: House) -> None:
    await person(house, "eva")
    async with reader(house.at, "eva") as eva:
        _app, paper = await set_up(house, eva)
        landed: list[str] = []
        for code in (paper[0].upper(), paper[0], paper[1].replace("-", "")):
            async with reader(house.at) as elsewhere:
                await elsewhere.sign_in("eva")
                landed.append((await elsewhere.press("/sign_in/code", code=code)).path)
        await eva.open("/settings/second_step")
        left = eva.text
        await eva.press("/settings/second_step/codes", codes_password=PASSWORD)
        fresh = eva.all("main li code")
        async with reader(house.at) as elsewhere:
            await elsewhere.sign_in("eva")
            await elsewhere.press("/sign_in/code", code=paper[2])
            old = elsewhere.status
            await elsewhere.press("/sign_in/code", code=fresh[0])
            new = elsewhere.path

        assert landed == ["/home", "/sign_in/code", "/home"]
        assert "8 codes are left" in left
        assert (len(fresh), old, new) == (10, 422, "/home")


async def test_a_new_password_by_a_link_does_not_go_around_it(house: House) -> None:
    account = await person(house, "fay")
    async with reader(house.at, "fay") as fay, reader(house.at) as elsewhere:
        app, _paper = await set_up(house, fay)
        async with house.at.db() as db:
            link = await logins.make_link(
                db, account.id, purpose="reset password", address="fay@company.example", now=house.time(),
                expires_at=house.time() + timedelta(hours=1),
            )  # fmt: skip
        house.time.pass_by(seconds=30)
        await elsewhere.open(f"/set_password/{link}")
        await elsewhere.press(f"/set_password/{link}", password="another good password")
        asked = elsewhere.text
        await elsewhere.press("/sign_in/code", code=app.code(house.time()))

        assert "One more step" in asked
        assert (elsewhere.path, elsewhere.note) == ("/home", "Your new password is saved. You are signed in.")


async def test_what_is_kept_shows_no_secret_and_goes_with_the_account(house: House) -> None:
    account = await person(house, "gus")
    async with reader(house.at, "gus") as gus:
        app, paper = await set_up(house, gus)
        async with house.at.site.read() as db:
            kept = str(await db.fetch("SELECT sealed_secret FROM second_step WHERE account_id = $1", account.id))
            kept += str(await db.fetch("SELECT code_hash FROM paper_code WHERE account_id = $1", account.id))
        async with house.at.db() as db:
            await signup.erase(db, account.id, now=house.time())
            left = await db.fetchval(
                """
                SELECT (SELECT count(*) FROM second_step WHERE account_id = $1)
                       + (SELECT count(*) FROM paper_code WHERE account_id = $1)
                """,
                account.id,
            )

        assert repr(app.secret)[2:-1] not in kept
        assert paper[0].replace("-", "") not in kept
        assert left == 0


async def test_nothing_changes_without_the_password_and_a_code(house: House) -> None:
    account = await person(house, "hal")
    async with reader(house.at, "hal") as hal:
        await hal.open("/settings/second_step")
        await hal.press("/settings/second_step/begin", current_password="not the password")
        no_password = hal.status
        await hal.press("/settings/second_step/begin", current_password=PASSWORD)
        await hal.press("/settings/second_step/on", code="12345")
        no_code = (hal.status, hal.text)
        async with house.at.site.read() as db:
            is_on = await second_step.is_on(db, account.id)
        async with reader(house.at) as elsewhere:
            await elsewhere.sign_in("hal")
            not_yet = elsewhere.path

        assert no_password == 422
        assert no_code[0] == 422
        assert "1. Show this to your app" in no_code[1]
        assert not is_on
        assert not_yet == "/home"


async def test_an_old_ticket_begins_anew(house: House) -> None:
    await person(house, "ida")
    async with reader(house.at, "ida") as ida, reader(house.at) as elsewhere:
        app, _paper = await set_up(house, ida)
        await elsewhere.sign_in("ida")
        house.time.pass_by(minutes=11)
        await elsewhere.press("/sign_in/code", code=app.code(house.time()))

        assert elsewhere.status == 422
        assert "took too long" in elsewhere.text
