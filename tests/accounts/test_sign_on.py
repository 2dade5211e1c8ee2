"""Signing in with an account elsewhere, at a provider of another project that runs as its own process (S124)."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from fedcomm import config, postgres, settings
from fedcomm.accounts import logins, lookup, second_step
from fedcomm.accounts.logins import Login
from fedcomm.config import Registrations
from tests.accounts.openid import OtherProvider, other_provider, there
from tests.clocks import Clock
from tests.conftest import new_database
from tests.running import PASSWORD, Instance, instance
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIME = Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal() -> AsyncGenerator[OtherProvider]:
    async with other_provider() as provider:
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(cluster: postgres.Cluster, portal: OtherProvider) -> AsyncGenerator[Instance]:
    opened = {**portal.settings, "FEDCOMM_REGISTRATIONS": "open"}
    async with instance(await new_database(cluster), now=TIME, durations=None, **opened) as at:
        yield at


async def doors(home: Instance, registrations: Registrations) -> None:
    async with home.db() as db:
        await settings.save(db, None, {"registrations": registrations}, now=TIME())
    await home.site.reload_settings()


async def set_out(at: Reader, next_path: str = "") -> str:
    """Press the button on the sign-in page; where it leads."""
    await at.open(f"/sign_in?next={next_path}")
    await at.press("/sign_in/with")
    return there(at)


async def sign_on(at: Reader, portal: OtherProvider, subject: str, next_path: str = "") -> Reader:
    return await at.open(await portal.says_yes(await set_out(at, next_path), subject))


async def who_is(home: Instance, handle: str) -> Login:
    async with home.site.read() as db:
        account = await lookup.local(db, handle)
        assert account is not None, handle
        return await logins.of(db, account.id)


async def is_in(at: Reader) -> bool:
    await at.open("/settings/access")
    return at.path == "/settings/access"


async def test_somebody_new_signs_up_and_later_signs_in(home: Instance, portal: OtherProvider) -> None:
    await portal.knows(
        "1001", email="cleo@shop.example", email_verified=True, name="Cleo P.", preferred_username="Cleo.Paint"
    )
    async with reader(home) as at:
        await sign_on(at, portal, "1001", "/groups")
        form = {name: at.attribute(f"[name={name}]", "value") for name in ("name", "handle", "email", "password")}
        await at.press("/sign_up/with")
        refused = (at.status, at.all(".wrong"))
        await at.press("/sign_up/with", agreement="yes")
        arrived = (at.path, await is_in(at))
    async with reader(home) as later:
        await sign_on(later, portal, "1001", "/groups")
        again = (later.path, await is_in(later))
    login = await who_is(home, "cleo_paint")

    assert form == {"name": "Cleo P.", "handle": "cleo_paint", "email": "cleo@shop.example", "password": None}
    assert refused == (422, ["Please agree to the rules of this place."])
    assert arrived == ("/groups", True)
    assert again == ("/groups", True)
    assert login.password_hash is None
    assert login.confirmed_at is not None


async def test_s124_a_known_mail_address_is_never_attached_by_itself(home: Instance, portal: OtherProvider) -> None:
    ben = await home.person("ben", password=PASSWORD)
    await portal.knows("1002", email="BEN@company.example", email_verified=True, name="Not Ben")
    async with reader(home) as at:
        await sign_on(at, portal, "1002")
        told = (at.status, at.text, await is_in(at))
    async with home.site.read() as db:
        attached = await db.fetchval("SELECT count(*) FROM identity WHERE account_id = $1", ben.id)

    assert told[0] == 403
    assert "Sign in with its password, and connect both." in told[1]
    assert told[2] is False
    assert attached == 0


async def test_s124_an_address_that_nobody_confirmed_says_nothing_about_accounts_here(
    home: Instance, portal: OtherProvider
) -> None:
    await home.person("dora", password=PASSWORD)
    await portal.knows("1003", email="dora@company.example", email_verified=False)
    async with reader(home) as at:
        await sign_on(at, portal, "1003")
        offered = (at.status, at.all("h1"))
        await at.press("/sign_up/with", name="D", handle="dora_two", agreement="yes")
        refused = at.status

    assert offered == (200, ["Create an account"])
    assert refused == 422


async def test_an_account_is_connected_by_its_password_used_and_disconnected(
    home: Instance, portal: OtherProvider
) -> None:
    await home.person("eve", password=PASSWORD)
    await portal.knows("1004", email="eve@elsewhere.example", email_verified=True)
    async with reader(home, "eve") as at:
        await at.open("/settings/sign_on")
        await at.press("/settings/sign_on/connect", current_password="not it at all")
        unproven = (at.status, at.all(".wrong"))
        await at.press("/settings/sign_on/connect", current_password=PASSWORD)
        await portal.through(at, "1004")
        connected = (at.path, at.note, "eve@elsewhere.example" in at.text)
    async with reader(home) as at:
        await sign_on(at, portal, "1004", "/groups")
        by_it = (at.path, await is_in(at))
        await at.open("/settings/sign_on")
        await at.press("/settings/sign_on/disconnect", current_password=PASSWORD)
        ended = at.note
    async with reader(home) as at:
        await sign_on(at, portal, "1004")
        afterwards = at.all("h1")

    assert unproven == (422, ["This is not your present password."])
    assert connected == ("/settings/sign_on", "Connected. From now on it lets you in here.", True)
    assert by_it == ("/groups", True)
    assert ended == "Disconnected. Your password lets you in."
    assert afterwards == ["Create an account"]


async def test_the_only_way_in_cannot_be_disconnected(home: Instance, portal: OtherProvider) -> None:
    await portal.knows("1005", email="fay@shop.example", email_verified=True, name="Fay", preferred_username="fay")
    async with reader(home) as at:
        await sign_on(at, portal, "1005")
        await at.press("/sign_up/with", agreement="yes")
        await at.open("/settings/sign_on")
        shown = at.text
        token = at.attribute("input[name=csrf_token]", "value") or ""
        answer = await at.http.post("/settings/sign_on/disconnect", data={"csrf_token": token})
    async with reader(home) as at:
        await sign_on(at, portal, "1005")
        still = await is_in(at)

    assert "It is your only way in. Please set a password first." in shown
    assert answer.status_code == 422
    assert still is True


async def test_an_account_elsewhere_lets_in_to_one_account_here_only(home: Instance, portal: OtherProvider) -> None:
    await portal.knows("1006", email="gus@elsewhere.example", email_verified=True)
    notes: list[str] = []
    for name in ("gus", "hal"):
        await home.person(name, password=PASSWORD)
        async with reader(home, name) as at:
            await at.open("/settings/sign_on")
            await at.press("/settings/sign_on/connect", current_password=PASSWORD)
            await portal.through(at, "1006")
            notes.append(at.note)

    assert notes[0].startswith("Connected.")
    assert notes[1] == "It is connected with another account here, or yours has one already."


async def test_s128_the_way_back_counts_once_in_the_same_browser_and_not_too_late(
    home: Instance, portal: OtherProvider
) -> None:
    """Nobody is signed in, or connected, as somebody else by a link that they are sent."""
    await portal.knows("1007", email="ivy@elsewhere.example", email_verified=True)
    await home.person("ivy", password=PASSWORD)
    told: dict[str, str] = {}
    async with reader(home) as mallory, reader(home, "ivy") as ivy:
        back = await portal.says_yes(await set_out(mallory), "1007")
        await ivy.open(back)
        told["other browser"] = ivy.text
        await mallory.open(back)
        told["used"] = mallory.text
        back = await portal.says_yes(await set_out(mallory), "1007")
        TIME.pass_by(minutes=16)
        await mallory.open(back)
        told["late"] = mallory.text
        await mallory.open("/sign_in/back?code=x&state=made-up")
        told["made up"] = mallory.text

    assert {name: "began in another browser" in text for name, text in told.items()} == dict.fromkeys(told, True)


async def test_who_is_refused_there_is_told_so(home: Instance, portal: OtherProvider) -> None:
    async with reader(home) as at:
        await at.open(await portal.says_no(await set_out(at)))
        refused = (at.status, at.text)
        back = await portal.says_yes(await set_out(at), "1008")
        await at.open(back.replace("code=", "code=not"))
        wrong_code = (at.status, at.text)

    assert refused[0] == wrong_code[0] == 403
    assert "Member portal did not let you in." in refused[1]
    assert "is no proof of who you are" in wrong_code[1]


async def test_s126_sign_up_keeps_to_the_rules_for_all(home: Instance, portal: OtherProvider) -> None:
    await portal.knows("1009", email="jo@shop.example", email_verified=True, name="Jo", preferred_username="jo_paint")
    try:
        await doors(home, "invite")
        async with reader(home) as at:
            await sign_on(at, portal, "1009")
            shut = (at.status, at.attribute("form[action='/sign_up/with']", "action"))
        await doors(home, "approval")
        async with reader(home) as at:
            await sign_on(at, portal, "1009")
            await at.press("/sign_up/with", agreement="yes", reason="We paint.")
            asked = await is_in(at)
            await sign_on(at, portal, "1009")
            waits = (at.status, at.text)
    finally:
        await doors(home, "open")

    assert shut == (403, None)
    assert asked is False
    assert waits[0] == 403
    assert "still waiting" in waits[1]


async def test_a_second_step_is_asked_for_all_the_same(home: Instance, portal: OtherProvider) -> None:
    await portal.knows("1010", email="kim@shop.example", email_verified=True, name="Kim", preferred_username="kim_p")
    async with reader(home) as at:
        await sign_on(at, portal, "1010")
        await at.press("/sign_up/with", agreement="yes")
    kim = await who_is(home, "kim_p")
    async with home.db() as db:
        await db.execute(
            """
            INSERT INTO second_step (account_id, sealed_secret, created_at, confirmed_at)
            VALUES ($1, '', now(), now())
            """,
            kim.account_id,
        )
        assert await second_step.is_on(db, kim.account_id)
    async with reader(home) as at:
        await sign_on(at, portal, "1010")
        asked = at.attribute("form[action='/sign_in/code'] [name=code]", "name")
        inside = await is_in(at)

    assert asked == "code"
    assert inside is False


async def test_s123_who_has_no_password_proves_it_by_signing_in_once_more(
    home: Instance, portal: OtherProvider
) -> None:
    """A session that is older changes neither address nor password, nor adds ways in, nor moves away."""
    await portal.knows("1020", email="gus@shop.example", email_verified=True, name="Gus", preferred_username="gus_p")
    graves = {
        "/settings/email": {"email": "gus@new.example"},
        "/settings/password": {"password": "correct horse staple"},
        "/settings/moving/out": {"target": "@gus@new.example"},
        "/settings/passkeys/begin": {},
        "/settings/second_step/begin": {},
        "/settings/sign_on/connect": {},
    }
    async with reader(home) as at:
        await sign_on(at, portal, "1020")
        await at.press("/sign_up/with", agreement="yes")
        TIME.pass_by(minutes=16)
        await at.open("/settings/access")
        old = at.text
        token = at.attribute("input[name=csrf_token]", "value") or ""
        refused = [
            (await at.http.post(path, data={"csrf_token": token, **fields})).status_code
            for path, fields in graves.items()
        ]
        unchanged = await who_is(home, "gus_p")
        await at.open(at.attribute("main a[href*=again]", "href") or "")
        await at.press("/sign_in/with")
        await portal.through(at, "1020")
        fresh = (at.path, at.text)
        await at.press("/settings/email", email="gus@new.example")
        moved = await who_is(home, "gus_p")
        await at.open("/settings/moving")
        await at.press("/settings/moving/out", target="@gus@nowhere.invalid")
        nearly = (at.status, at.all(".wrong"))
        await at.open("/settings/access")
        await at.press("/settings/password", password="correct horse staple")
        note = at.note
        await at.press("/settings/email", email="gus@third.example")
        asked = (at.status, at.all(".wrong"))
    async with reader(home) as at:
        await at.sign_in("gus_p", "correct horse staple")
        by_password = await is_in(at)

    assert "another sign-in is the proof" in old
    assert refused == [422] * len(graves)
    assert (unchanged.email, unchanged.new_email, unchanged.password_hash) == ("gus@shop.example", None, None)
    assert fresh[0] == "/settings/access"
    assert "You signed in a short while ago: that is proof enough." in fresh[1]
    assert moved.email == "gus@new.example"
    assert nearly == (422, ["There is no such account."])
    assert note == "Your new password is saved. All other sessions have ended."
    assert asked == (422, ["This is not your present password."])
    assert by_password is True


async def test_s118_who_is_shut_out_is_so_here_too(home: Instance, portal: OtherProvider) -> None:
    await portal.knows("1011", email="lea@shop.example", email_verified=True, name="Lea", preferred_username="lea_p")
    async with reader(home) as at:
        await sign_on(at, portal, "1011")
        await at.press("/sign_up/with", agreement="yes")
    lea = await who_is(home, "lea_p")
    async with home.db() as db:
        await logins.shut_out(db, lea.account_id)
        left = await db.fetchval("SELECT count(*) FROM identity WHERE account_id = $1", lea.account_id)

    assert left == 0


async def test_without_a_provider_there_is_no_button_and_no_page(cluster: postgres.Cluster) -> None:
    async with instance(await new_database(cluster)) as plain:
        await plain.person("ada", password=PASSWORD)
        async with reader(plain, "ada") as at:
            found = [(await at.open(path)).status for path in ("/sign_in/back?state=x", "/settings/sign_on")]
            await at.open("/sign_in?again")
            button = at.attribute("form[action='/sign_in/with']", "action")

    assert found == [404, 404]
    assert button is None


async def test_a_provider_that_is_away_is_said_to_be_so(cluster: postgres.Cluster) -> None:
    away = {"FEDCOMM_OIDC_ISSUER": "http://127.0.0.1:9", "FEDCOMM_OIDC_CLIENT_ID": "x", "FEDCOMM_OIDC_NAME": "Portal"}
    async with instance(await new_database(cluster), now=TIME, durations=None, **away) as plain, reader(plain) as at:
        await at.open("/sign_in")
        await at.press("/sign_in/with")

    assert at.status == 502
    assert "Portal cannot be reached just now." in at.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"FEDCOMM_OIDC_ISSUER": "https://login.example"}, "belong together"),
        ({"FEDCOMM_OIDC_ISSUER": "http://login.example", "FEDCOMM_OIDC_CLIENT_ID": "x"}, "is not like https://"),
        ({"FEDCOMM_OIDC_ISSUER": "https://a:b@login.example", "FEDCOMM_OIDC_CLIENT_ID": "x"}, "which no issuer has"),
    ],
)
async def test_what_cannot_be_is_told_at_start(given: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(config.Wrong, match=told):
        config.load({"FEDCOMM_DOMAIN": "community.example.org", "FEDCOMM_DATA_DIR": str(tmp_path), **given})
