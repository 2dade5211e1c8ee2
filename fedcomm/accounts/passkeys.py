"""Passkeys: signing in with a telephone, a computer or a security key, without a password or as second step.

Source: W3C Web Authentication, level 3; S118, S120. Every passkey asks for the finger, face or PIN of its owner. A
challenge is answered once, within five minutes; only its digest is kept.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.accounts import logins, mails, tokens
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound

Purpose = Literal["add", "sign in", "second step"]

LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32
MOST = 20
"""For one member."""
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
"""Characters of what a device answers."""
NOT_UNDERSTOOD = "This passkey could not be checked. Please try again."


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a passkey is good for: the host it is bound to, and the origin of our pages."""

    host: str
    origin: str
    name: str


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One of somebody's passkeys."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


async def of_account(db: Connection, account_id: int) -> list[Passkey]:
    """Somebody's passkeys, the oldest first."""
    rows = await db.fetch(
        "SELECT id, name, created_at, last_used_at FROM passkey WHERE account_id = $1 ORDER BY id", account_id
    )
    return [Passkey(**row) for row in rows]


async def has_any(db: Connection, account_id: int) -> bool:
    """Whether somebody has a passkey."""
    return await db.fetchval("SELECT EXISTS (SELECT FROM passkey WHERE account_id = $1)", account_id)


async def ask_to_add(db: Connection, place: Place, account: Account, *, now: datetime) -> str:
    """What a browser needs to make a passkey, as JSON. Raises Conflict (too many)."""
    import webauthn  # takes long, and few need it
    from webauthn.helpers import structs

    known = await db.fetch("SELECT credential_id FROM passkey WHERE account_id = $1", account.id)
    if len(known) >= MOST:
        raise Conflict("You have as many passkeys as one can have. Remove one first.")
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=place.name,
        user_id=str(account.id).encode(),
        user_name=account.handle,
        user_display_name=account.shown_name,
        challenge=await _new_challenge(db, "add", account.id, now=now),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in known],
    )
    return webauthn.options_to_json(options)


async def add(db: Connection, place: Place, account_id: int, answer: str, *, name: str, now: datetime) -> None:
    """Keep a passkey that a browser has made, and mail that it is there. Raises Invalid (field `name` or none)."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    name = _checked_name(name)
    challenge = await _take_challenge(db, answer, "add", account_id, now=now)
    if challenge is None:
        raise Invalid(NOT_UNDERSTOOD)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except WebAuthnException as wrong:
        raise Invalid(NOT_UNDERSTOOD) from wrong
    kept = await db.fetchval(
        """
        INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (credential_id) DO NOTHING
        RETURNING true
        """,
        ids.new(now),
        account_id,
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        name,
        now,
    )
    if not kept:
        raise Invalid(NOT_UNDERSTOOD)
    await mails.tell_passkey(db, account_id, is_new=True, name=name, now=now)


async def rename(db: Connection, account_id: int, passkey_id: int, name: str) -> None:
    """Call a passkey something else. Raises Invalid (field `name`), NotFound."""
    renamed = await db.fetchval(
        "UPDATE passkey SET name = $3 WHERE id = $1 AND account_id = $2 RETURNING true",
        passkey_id,
        account_id,
        _checked_name(name),
    )
    if renamed is None:
        raise NotFound("There is no such passkey.")


def _checked_name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("Give it a name of at most 60 characters.", field="name")
    return name


async def ask(db: Connection, place: Place, account_id: int | None, *, now: datetime) -> str:
    """What a browser needs to use a passkey, as JSON: of this account, or of whoever is at the device."""
    import webauthn
    from webauthn.helpers import structs

    purpose: Purpose = "sign in" if account_id is None else "second step"
    rows = await db.fetch("SELECT credential_id FROM passkey WHERE account_id = $1", account_id)
    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=await _new_challenge(db, purpose, account_id, now=now),
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in rows],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


async def check(
    db: Connection, place: Place, answer: str, account_id: int | None = None, *, now: datetime
) -> int | None:
    """Whose passkey answered; None if it is not right, or not of this account. Attempts are counted by the caller."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    purpose: Purpose = "sign in" if account_id is None else "second step"
    challenge = await _take_challenge(db, answer, purpose, account_id, now=now)
    if challenge is None:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        row = await db.fetchrow(
            """
            SELECT id, account_id, public_key, sign_count
              FROM passkey
             WHERE credential_id = $1 AND account_id = COALESCE($2::bigint, account_id)
               FOR UPDATE
            """,
            credential.raw_id,
            account_id,
        )
        if row is None:
            return None
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    await db.execute(
        "UPDATE passkey SET sign_count = $2, last_used_at = $3 WHERE id = $1", row["id"], used.new_sign_count, now
    )
    found: int = row["account_id"]
    return found


async def remove(db: Connection, account_id: int, passkey_id: int, *, now: datetime) -> None:
    """Take a passkey away: all sessions and tokens end (S118), and it is mailed.

    Raises NotFound, Conflict (it is the only way in).
    """
    if not await db.fetchval("SELECT password_hash IS NOT NULL FROM login WHERE account_id = $1", account_id):
        others = await db.fetchval(
            "SELECT count(*) FROM passkey WHERE account_id = $1 AND id <> $2", account_id, passkey_id
        )
        if not others:
            raise Conflict("This passkey is your only way in. Set a password first.")
    name = await db.fetchval(
        "DELETE FROM passkey WHERE id = $1 AND account_id = $2 RETURNING name", passkey_id, account_id
    )
    if name is None:
        raise NotFound("There is no such passkey.")
    await logins.end_access(db, account_id)
    await mails.tell_passkey(db, account_id, is_new=False, name=name, now=now)


async def sweep(db: Connection, *, now: datetime) -> None:
    """Drop challenges that nobody answered."""
    await db.execute("DELETE FROM passkey_challenge WHERE expires_at < $1", now)


async def _new_challenge(db: Connection, purpose: Purpose, account_id: int | None, *, now: datetime) -> bytes:
    value = secrets.token_bytes(CHALLENGE_BYTES)
    await db.execute(
        "INSERT INTO passkey_challenge (digest, purpose, account_id, expires_at) VALUES ($1, $2, $3, $4)",
        tokens.digest(value.hex()),
        purpose,
        account_id,
        now + LIFETIME,
    )
    return value


async def _take_challenge(
    db: Connection, answer: str, purpose: Purpose, account_id: int | None, *, now: datetime
) -> bytes | None:
    """The challenge that a device has answered, which is used up; None when it is none of ours, or too old."""
    value = _challenge_in(answer)
    if value is None:
        return None
    taken = await db.fetchval(
        """
        DELETE FROM passkey_challenge
         WHERE digest = $1 AND purpose = $2 AND account_id IS NOT DISTINCT FROM $3 AND expires_at > $4
        RETURNING true
        """,
        tokens.digest(value.hex()),
        purpose,
        account_id,
        now,
    )
    return value if taken else None


class _Response(msgspec.Struct):
    clientDataJSON: str  # the browser's name


class _Answer(msgspec.Struct):
    response: _Response


def _challenge_in(answer: str) -> bytes | None:
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json
    from webauthn.helpers.exceptions import WebAuthnException

    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        told = msgspec.json.decode(answer, type=_Answer)
        return parse_client_data_json(base64url_to_bytes(told.response.clientDataJSON)).challenge
    except (msgspec.DecodeError, UnicodeError, ValueError, WebAuthnException):
        return None
