"""Handles, sign-up, passwords, logins, sessions, one-time links and counted attempts."""

from datetime import timedelta

import pytest

from fedcomm.accounts import attempts, handles, logins, lookup, passwords, people, sessions, signup, tokens
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound, TooMany
from tests.factories import HERE, NOON, again, later, make_account, make_group

GOOD = "correct horse battery"


@pytest.mark.parametrize("typed", ["ada", "ADA", " @Ada ", "ada_2", "a" * 20, "007"])
def test_a_handle_is_kept_in_lower_case(typed: str) -> None:
    assert handles.normalised(typed) == typed.strip().lstrip("@").lower()


@pytest.mark.parametrize("typed", ["", "ab", "a" * 21, "a-b", "a.b", "ä_b_c", "a b", "a@b", "ada\0", "ａｄａ"])
def test_what_is_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="3 to 20 characters"):
        handles.normalised(typed)


@pytest.mark.parametrize("typed", ["admin", "Root", "support", "instance", "everyone", "api"])
def test_reserved_handles_are_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="reserved"):
        handles.normalised(typed)


async def test_people_and_groups_share_one_name_space(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db)
    for taken in (ada.handle, group.handle.upper()):
        with pytest.raises(Invalid, match="taken"):
            await signup.create_person(db, HERE, handle=taken, email="new@company.example", password=None, now=NOON)


async def test_one_mail_address_is_one_account_however_it_is_written(db: Connection) -> None:
    await signup.create_person(db, HERE, handle="zoe", email="Zoe@Company.example", password=None, now=NOON)
    with pytest.raises(Invalid, match="mail address already"):
        async with db.transaction():
            await signup.create_person(db, HERE, handle="zoe_2", email="zoe@company.EXAMPLE", password=None, now=NOON)
    assert await lookup.local(db, "zoe_2") is None


ODD_ADDRESSES = [
    "", "none", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a\r\nBcc: x@y.example", "a..b@c.example",
    "a@c..example", "<a@c.example>", '"a"@c.example', "a,b@c.example", "%@c.example", "x" * 250 + "@c.example",
]  # fmt: skip


@pytest.mark.parametrize("typed", ODD_ADDRESSES)
def test_s125_odd_mail_addresses_are_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="mail address"):
        signup.check_email(typed)


async def test_an_account_that_waits_is_let_in_or_turned_down(db: Connection) -> None:
    ada = await make_account(db, state="pending")
    ben = await make_account(db, "ben", state="pending")
    assert [each.handle for each in await signup.waiting(db)] == [ada.handle, ben.handle]

    await signup.approve(db, ada.id, now=later(hours=1))
    await signup.approve(db, ada.id, now=later(hours=2))
    await signup.reject(db, ben.id, now=later(hours=1))

    assert ((await again(db, ada)).state, (await logins.of(db, ada.id)).state) == ("active", "active")
    assert (await logins.of(db, ada.id)).confirmed_at == later(hours=1)
    assert (await again(db, ben)).state == "deleted"
    with pytest.raises(NotFound):
        await logins.of(db, ben.id)
    with pytest.raises(NotFound):
        await signup.reject(db, ada.id, now=later(hours=1))
    with pytest.raises(NotFound):
        await signup.approve(db, 12345, now=later(hours=1))
    assert await signup.waiting(db) == []


async def test_s108_a_handle_that_was_turned_down_stays_taken(db: Connection) -> None:
    ada = await make_account(db, state="pending")
    await signup.reject(db, ada.id, now=NOON)
    with pytest.raises(Invalid, match="taken"):
        await signup.create_person(db, HERE, handle=ada.handle, email="x@y.example", password=None, now=NOON)


async def test_who_is_shut_out_loses_every_way_in_and_is_shown_anew(db: Connection) -> None:
    ada = await make_account(db)
    cookie = await sessions.begin(db, ada.id, user_agent="", address="", now=NOON)
    await signup.disable(db, ada.id, now=later(hours=1))

    assert await sessions.find(db, cookie, now=later(hours=1)) is None
    assert (await logins.of(db, ada.id)).state == "disabled"
    assert (await again(db, ada)).version > ada.version
    with pytest.raises(NotFound):
        await signup.disable(db, 12345, now=NOON)


async def test_people_are_listed_by_handle_and_the_first_in_charge_is_known(db: Connection) -> None:
    assert await people.first_in_charge(db) is None
    await make_account(db, "zoe", role="admin")
    member = await make_account(db, "ada")
    owner = await make_account(db, "mia")
    await signup.set_role(db, owner.id, "owner")

    listed = await people.page(db)
    assert [each.handle for each in listed] == sorted(each.handle for each in listed)
    assert [each.handle for each in await people.page(db, role="member")] == [member.handle]
    assert await people.page(db, state="pending") == []
    assert [each.handle for each in await people.page(db, after=listed[0].handle)] == [e.handle for e in listed[1:]]
    assert await people.first_in_charge(db) == owner.handle
    with pytest.raises(NotFound):
        await signup.set_role(db, 12345, "owner")


@pytest.mark.parametrize("password", ["short", "", "x" * 257])
async def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="password"):
        await passwords.hashed(password)


async def test_a_password_is_stored_as_argon2id_and_fits_only_itself() -> None:
    stored = await passwords.hashed(GOOD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != await passwords.hashed(GOOD)
    assert await passwords.matches(GOOD, stored)
    for wrong in ("Correct horse battery", GOOD + " ", "", "x" * 300):
        assert not await passwords.matches(wrong, stored)
    assert not await passwords.matches(GOOD, None)
    assert not await passwords.matches(GOOD, "$argon2id$broken")


async def test_a_login_is_found_by_handle_or_mail_address(db: Connection) -> None:
    ada = await make_account(db)
    login = await logins.of(db, ada.id)
    group = await make_group(db)
    for typed in (
        ada.handle,
        f"@{ada.handle}",
        ada.handle.upper(),
        login.email,
        login.email.upper(),
        f" {ada.handle} ",
    ):
        found = await logins.find(db, typed)
        assert found is not None
        assert found.account_id == ada.id
    for typed in (group.handle, "nobody", "", "nobody@company.example"):
        assert await logins.find(db, typed) is None


async def test_a_link_is_good_once_and_in_time(db: Connection) -> None:
    ada = await make_account(db)
    link = await logins.make_link(db, ada.id, now=NOON, expires_at=later(hours=24))
    other = await logins.make_link(db, ada.id, now=NOON, expires_at=later(hours=1))

    assert await logins.account_of_link(db, other, now=later(hours=2)) is None
    with pytest.raises(Invalid, match="expired"):
        await logins.use_link(db, other, GOOD, now=later(hours=2))
    with pytest.raises(Invalid, match="password"):
        await logins.use_link(db, link, "short", now=later(hours=2))
    assert await logins.account_of_link(db, link, now=later(hours=2)) == ada.id
    assert await logins.use_link(db, link, GOOD, now=later(hours=2)) == ada.id
    with pytest.raises(Invalid, match="used already"):
        await logins.use_link(db, link, GOOD, now=later(hours=3))
    assert await passwords.matches(GOOD, (await logins.of(db, ada.id)).password_hash)
    with pytest.raises(Invalid):
        await logins.use_link(db, "made up", GOOD, now=NOON)


async def test_a_session_slides_and_ends_by_itself_after_thirty_days(db: Connection) -> None:
    ada = await make_account(db)
    cookie = await sessions.begin(db, ada.id, user_agent="x" * 400, address="203.0.113.1", now=NOON)
    session = await sessions.find(db, cookie, now=later(days=29))
    assert session is not None
    assert len(session.user_agent) == 300

    await sessions.touch(db, session, now=later(minutes=5))
    assert await sessions.find(db, cookie, now=later(days=30, minutes=5)) is None
    await sessions.touch(db, session, now=later(days=29))
    assert await sessions.find(db, cookie, now=later(days=58)) is not None
    await sessions.sweep(db, now=later(days=60))
    assert await sessions.find(db, cookie, now=later(days=29)) is None


async def test_s097_only_ones_own_sessions_are_listed_and_ended(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    first = await sessions.begin(db, ada.id, user_agent="one", address="", now=NOON)
    await sessions.begin(db, ada.id, user_agent="two", address="", now=later(hours=1))
    listed = await sessions.of_account(db, ada.id, now=later(hours=2))

    assert [session.user_agent for session in listed] == ["two", "one"]
    assert not await sessions.end(db, ben.id, listed[1].id)
    assert await sessions.end(db, ada.id, listed[1].id)
    assert await sessions.find(db, first, now=later(hours=2)) is None
    await sessions.end_all(db, ada.id)
    assert await sessions.of_account(db, ada.id, now=later(hours=2)) == []


async def test_s120_the_eleventh_attempt_in_ten_minutes_is_too_many(db: Connection) -> None:
    async def attempt(minute: float, *subjects: str) -> None:
        async with db.transaction():
            await attempts.count(db, "sign-in", subjects, now=later(minutes=minute))

    for n in range(10):
        await attempt(n / 10, "account:1", f"address:{n}")
    with pytest.raises(TooMany) as refused:
        await attempt(2, "account:1", "address:99")
    assert refused.value.retry_after == 600
    await attempt(2, "account:2", "address:1")
    async with db.transaction():
        await attempts.count(db, "code", ("account:1",), now=later(minutes=2))
    await attempt(11.5, "account:1")

    await attempts.sweep(db, now=later(days=2))
    assert await db.fetchval("SELECT count(*) FROM sign_in_attempt") == 0


async def test_getting_in_clears_the_account_and_takes_one_attempt_off_the_address(db: Connection) -> None:
    for n in range(9):
        await attempts.count(db, "sign-in", ("account:1", "address:1"), now=later(seconds=n))
    await attempts.forget(db, "sign-in", "account:1")
    await attempts.take_back(db, "sign-in", "address:1")

    counted = await db.fetch("SELECT subject, count(*) FROM sign_in_attempt GROUP BY subject")
    assert [tuple(row) for row in counted] == [("address:1", 8)]


def test_values_that_let_in_are_long_random_and_stored_as_hashes() -> None:
    made = {tokens.new() for _ in range(100)}
    assert len(made) == 100
    assert {len(value) for value in made} == {43}
    assert tokens.digest("x") == tokens.digest("x") != tokens.digest("y")
    assert len(tokens.digest("\ud800")) == 32


async def test_what_is_in_the_database_lets_nobody_in(db: Connection) -> None:
    """Decisions D26: of sessions and links only hashes are kept."""
    ada = await make_account(db)
    cookie = await sessions.begin(db, ada.id, user_agent="", address="", now=NOON)
    link = await logins.make_link(db, ada.id, now=NOON, expires_at=NOON + timedelta(hours=1))
    for table, value in (("session", cookie), ("one_time_link", link)):
        stored = await db.fetchval(f"SELECT token_hash FROM {table} WHERE account_id = $1", ada.id)
        assert stored == tokens.digest(value)
        assert value.encode() not in stored
