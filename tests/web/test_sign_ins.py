"""The page that says where one is signed in, and what was tried with one's name (product 3f; D60)."""

import pytest

from fedcomm import recurring
from fedcomm.accounts import sign_ins
from fedcomm.accounts.sign_ins import Seen
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.factories import NOON, later, make_account
from tests.running import PASSWORD, instance
from tests.web.conftest import Place
from tests.web.reader import reader

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
HERE = Seen(program="Firefox, Windows", network="203.0.113.*")
THERE = Seen(program="curl", network="198.51.100.*")

LINES = "section[aria-labelledby=before] li"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_member_sees_how_and_with_what_they_signed_in_and_what_others_tried(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at) as at, reader(place.at) as stranger:
        stranger.http.headers["User-Agent"] = FIREFOX
        for password in ("not it at all", "nor this one"):
            await stranger.sign_in(ada.handle, password)
        await at.sign_in(ada.handle)
        await at.open("/settings/sign_ins")
        lines = at.all(LINES)

    assert len(lines) == 2
    assert lines[0].startswith("Password")
    assert lines[1].startswith("Failed Password, 2 tries")
    assert "Firefox, Windows · network 10.2." in lines[1]
    assert lines[1].endswith(".*")


@pytest.mark.asyncio(loop_scope="module")
async def test_all_other_browsers_are_signed_out_at_once(place: Place) -> None:
    ada = await place.person("ada")
    async with (
        reader(place.at, ada.handle) as at,
        reader(place.at, ada.handle) as second,
        reader(place.at, ada.handle) as third,
    ):
        await at.open("/settings/sign_ins")
        await at.press("/settings/sessions/end_others")

        assert at.note == "All other browsers are signed out."
        assert (await at.open("/home")).path == "/home"
        assert (await second.open("/home")).path.startswith("/sign_in")
        assert (await third.open("/home")).path.startswith("/sign_in")
        await at.open("/settings/sign_ins")
        assert not at.page.css("form[action='/settings/sessions/end_others']")


@pytest.mark.asyncio(loop_scope="module")
async def test_older_sign_ins_are_on_the_next_page(place: Place) -> None:
    ada = await place.person("ada")
    now = place.at.site.now()
    async with place.at.db() as db:
        for _ in range(20):
            await sign_ins.entered(db, ada.id, "passkey", HERE, now=now)
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings/sign_ins")
        first = len(at.all(LINES))
        await at.open("/settings/sign_ins" + (at.attribute("a[rel=next]", "href") or ""))
        second = at.all(LINES)

    assert first == 20
    assert len(second) == 1


async def test_own_typing_is_forgotten_once_one_is_in_but_not_what_others_tried(db: Connection) -> None:
    ada = await make_account(db)
    for seen in (HERE, HERE, THERE):
        await sign_ins.tried(db, ada.id, "password", seen, now=NOON)
    await sign_ins.tried(db, None, "password", HERE, now=NOON)

    await sign_ins.entered(db, ada.id, "password", HERE, now=later(minutes=1))

    known = await sign_ins.of_account(db, ada.id, Cursor())
    assert [(each.let_in, each.program, each.times) for each in known] == [
        (True, "Firefox, Windows", 1),
        (False, "curl", 1),
    ]
    assert await db.fetchval("SELECT count(*) FROM sign_in") == 2


async def test_tries_of_one_hour_are_one_entry_and_later_ones_another(db: Connection) -> None:
    ada = await make_account(db)
    for minutes in (0, 20, 70, 140):
        await sign_ins.tried(db, ada.id, "password", THERE, now=later(minutes=minutes))

    known = await sign_ins.of_account(db, ada.id, Cursor())

    assert [each.times for each in known] == [1, 3]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.9", "203.0.113.*"),
        ("::ffff:203.0.113.9", "203.0.113.*"),
        ("2001:db8:1:2:3::4", "2001:db8:1::*"),
        ("fe80::1%eth0", "fe80::*"),
        ("unknown", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, kept: str) -> None:
    assert sign_ins.network(address) == kept


async def test_what_is_known_of_sign_ins_goes_after_thirty_days(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with instance(await database_url(), now=clock) as at:
        ada = await at.person(password=PASSWORD)
        async with at.db() as db:
            await sign_ins.entered(db, ada.id, "password", HERE, now=at.site.now())
        clock.pass_by(days=29)
        await recurring.forget_who_signed_in(at.site)
        async with at.site.read() as db:
            assert len(await sign_ins.of_account(db, ada.id, Cursor())) == 1
        clock.pass_by(days=2)
        await recurring.forget_who_signed_in(at.site)
        async with at.site.read() as db:
            assert await sign_ins.of_account(db, ada.id, Cursor()) == []
