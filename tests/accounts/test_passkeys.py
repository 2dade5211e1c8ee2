"""Passkeys without a browser: what is no answer of a device, challenges that are over, and who is left without them."""

import base64
import json
from datetime import timedelta

import pytest

from fedcomm.accounts import logins, passkeys
from fedcomm.accounts.model import Account
from fedcomm.accounts.passkeys import Place
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from tests.factories import NOON, make_account

HERE = Place(host="alpha.example", origin="https://alpha.example", name="Alpha")


def base64url(raw: bytes) -> str:
    """As browsers write bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def answer(challenge: str, kind: str = "webauthn.get", **response: str) -> str:
    """An answer that says the right things and proves nothing."""
    said = json.dumps({"type": kind, "challenge": challenge, "origin": HERE.origin}).encode()
    return json.dumps(
        {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url(said),
                "authenticatorData": "AAAA",
                "signature": "AAAA",
                **response,
            },
        }
    )


async def keep(db: Connection, who: Account) -> int:
    """A passkey that is there, whose device is nowhere."""
    return await db.fetchval(
        """
        INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, name, created_at)
        VALUES ($1, $1, $2, $3, 0, 'Telephone', $4)
        RETURNING id
        """,
        who.id,
        b"\0\0\0",
        b"no key",
        NOON,
    )


@pytest.mark.parametrize(
    "junk", ["", "null", "[]", "{}", '{"response": {"clientDataJSON": "%"}}', "x" * 20_001, "\0", '{"response": {}}']
)
async def test_what_is_no_answer_of_a_device_is_refused(db: Connection, junk: str) -> None:
    ada = await make_account(db)

    assert await passkeys.check(db, HERE, junk, now=NOON) is None
    with pytest.raises(Invalid):
        await passkeys.add(db, HERE, ada.id, junk, name="Telephone", now=NOON)


async def test_an_answer_that_proves_nothing_lets_nobody_in_and_uses_the_challenge_up(db: Connection) -> None:
    await keep(db, await make_account(db))
    asked = json.loads(await passkeys.ask(db, HERE, None, now=NOON))

    assert await passkeys.check(db, HERE, answer(asked["challenge"]), now=NOON) is None
    assert await db.fetchval("SELECT count(*) FROM passkey_challenge") == 0


async def test_challenges_are_over_after_five_minutes_and_go(db: Connection) -> None:
    ada = await make_account(db)
    asked = json.loads(await passkeys.ask_to_add(db, HERE, ada, now=NOON))
    late = NOON + timedelta(minutes=6)
    with pytest.raises(Invalid):
        await passkeys.add(db, HERE, ada.id, answer(asked["challenge"], "webauthn.create"), name="Telephone", now=late)
    await passkeys.sweep(db, now=late)

    assert await db.fetchval("SELECT count(*) FROM passkey_challenge") == 0


async def test_what_was_asked_of_one_member_is_not_answered_by_another(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    asked = json.loads(await passkeys.ask_to_add(db, HERE, ada, now=NOON))
    with pytest.raises(Invalid):
        await passkeys.add(db, HERE, ben.id, answer(asked["challenge"], "webauthn.create"), name="Telephone", now=NOON)

    assert await db.fetchval("SELECT count(*) FROM passkey_challenge") == 1


async def test_the_only_way_in_is_not_taken_away(db: Connection) -> None:
    ada = await make_account(db)
    only = await keep(db, ada)
    await db.execute("UPDATE login SET password_hash = NULL WHERE account_id = $1", ada.id)
    with pytest.raises(Conflict):
        await passkeys.remove(db, ada.id, only, now=NOON)

    assert await passkeys.has_any(db, ada.id)


async def test_s118_who_is_shut_out_has_no_passkey_any_more(db: Connection) -> None:
    """S118: whatever let in before lets in no more."""
    ada = await make_account(db)
    await keep(db, ada)

    await logins.shut_out(db, ada.id)

    assert not await passkeys.has_any(db, ada.id)


async def test_a_passkey_gets_another_name_from_its_owner_alone(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    only = await keep(db, ada)

    await passkeys.rename(db, ada.id, only, "  Office   computer ")
    with pytest.raises(NotFound):
        await passkeys.rename(db, ben.id, only, "Mine now")
    for wrong in ("", "  ", "x" * 61):
        with pytest.raises(Invalid):
            await passkeys.rename(db, ada.id, only, wrong)

    assert [each.name for each in await passkeys.of_account(db, ada.id)] == ["Office computer"]
