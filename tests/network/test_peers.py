"""Decisions about other servers, and what is remembered of them."""

from datetime import UTC, datetime, timedelta

import pytest

from fedcomm import facts
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.network import peers
from tests.factories import make_remote_account

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def recorded(db: Connection) -> list[facts.Fact]:
    return [facts.from_row(row["type"], row["payload"]) for row in await db.fetch("SELECT * FROM fact ORDER BY id")]


async def test_a_suspended_domain_stands_for_all_below_it_and_for_no_lookalike(db: Connection) -> None:
    """S100, S163: however it is written, and whatever lies below it."""
    assert await peers.suspend(db, None, "Bad.test", "spam", now=NOON)
    assert await peers.suspend(db, None, "Bücher.test", "spam", now=NOON)
    assert not await peers.suspend(db, None, "xn--bcher-kva.TEST", "spam", now=NOON)
    assert await peers.is_suspended(db, "a.xn--bcher-kva.test")

    for authority in ("bad.test", "bad.test:8443", "sub.bad.test", "a.b.bad.test:1234"):
        assert await peers.is_suspended(db, authority), authority
    for authority in ("notbad.test", "bad.test.other.test", "test"):
        assert not await peers.is_suspended(db, authority), authority


async def test_a_decision_of_its_own_comes_before_that_of_the_domain_above(db: Connection) -> None:
    await peers.suspend(db, None, "bad.test", "spam", now=NOON)
    await peers.allow(db, None, "good.bad.test", "they moved away", now=NOON)
    assert await peers.policy(db, "good.bad.test") == "allowed"
    assert await peers.policy(db, "other.bad.test") == "suspended"


async def test_suspending_and_restoring_are_facts_and_stand_in_the_audit_log(db: Connection) -> None:
    assert await peers.suspend(db, 7, "bad.test", "spam", now=NOON)
    assert not await peers.suspend(db, 7, "bad.test", "spam", now=NOON)
    assert await peers.restore(db, None, "bad.test", "they cleaned up", now=NOON)
    assert not await peers.restore(db, None, "never-met.test", "", now=NOON)

    assert await recorded(db) == [facts.PeerSuspended("bad.test"), facts.PeerRestored("bad.test")]
    rows = await db.fetch("SELECT actor_id, action, target, reason FROM audit_entry ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (7, "suspended peer", "bad.test", "spam"),
        (None, "restore peer", "bad.test", "they cleaned up"),
    ]


async def test_allowing_a_suspended_peer_restores_it(db: Connection) -> None:
    await peers.suspend(db, None, "bad.test", "", now=NOON)
    await peers.allow(db, None, "bad.test", "", now=NOON)
    assert await recorded(db) == [facts.PeerSuspended("bad.test"), facts.PeerRestored("bad.test")]


@pytest.mark.parametrize("text", ["", "https://bad.test/", "@ada@bad.test", "bad test"])
async def test_what_is_no_domain_cannot_be_decided_about(db: Connection, text: str) -> None:
    with pytest.raises(Invalid):
        await peers.suspend(db, None, text, "", now=NOON)


async def test_whom_we_exchange_with(db: Connection) -> None:
    """D58: open is all but suspended, allowlist is only the allowed and limited."""
    await peers.allow(db, None, "allowed.test", "", now=NOON)
    await peers.limit(db, None, "limited.test", "", now=NOON)
    await peers.suspend(db, None, "suspended.test", "", now=NOON)

    async def admitted(federation: peers.Federation) -> list[str]:
        everyone = ("allowed.test", "limited.test", "suspended.test", "unknown.test")
        return [each for each in everyone if await peers.is_admitted(db, each, federation)]

    assert await admitted("open") == ["allowed.test", "limited.test", "unknown.test"]
    assert await admitted("allowlist") == ["allowed.test", "limited.test"]


async def test_hearing_from_a_peer_is_written_down_now_and_then(db: Connection) -> None:
    async def heard_at() -> datetime:
        return await db.fetchval("SELECT last_inbound_at FROM peer WHERE authority = 'a.test'")

    await peers.note_inbound(db, "a.test", now=NOON)
    await peers.note_inbound(db, "a.test", now=NOON + timedelta(seconds=9))
    assert await heard_at() == NOON
    await peers.note_inbound(db, "a.test", now=NOON + timedelta(seconds=11))
    assert await heard_at() == NOON + timedelta(seconds=11)


async def test_what_is_known_of_a_peer(db: Connection) -> None:
    assert await peers.profile(db, "a.test") == peers.PeerProfile(authority="a.test")
    await peers.remember_profile(
        db,
        "a.test",
        software_name="lemmy",
        software_version="1.0",
        capabilities=["fep-1b12"],
        announce_form="A",
        now=NOON,
    )
    await peers.remember_signature_form(db, "a.test", "rfc9421", now=NOON)
    found = await peers.profile(db, "a.test")
    assert (found.software_name, found.capabilities, found.announce_form) == ("lemmy", ("fep-1b12",), "A")
    assert found.signature_form == "rfc9421"
    assert await peers.speaking(db, "rfc9421") == ["a.test"]


async def test_s146_what_is_noted_of_strangers_is_forgotten_unless_somebody_decided_or_lives_there(
    db: Connection,
) -> None:
    """S146: rows of servers that nobody known here lives at do not stay for ever."""
    for name in ("stranger.example", "blocked.example", "lives.example", "lately.example"):
        await peers.note_inbound(db, name, now=NOON - timedelta(days=0 if name.startswith("lately") else 40))
    await peers.suspend(db, None, "blocked.example", "spam", now=NOON - timedelta(days=40))
    await make_remote_account(db, "rui", host="lives.example")

    await peers.forget_strangers(db, before=NOON - timedelta(days=30))

    rows = await db.fetch("SELECT authority FROM peer ORDER BY authority")
    assert [row["authority"] for row in rows] == ["blocked.example", "lately.example", "lives.example"]
