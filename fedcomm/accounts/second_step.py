"""A second step at signing in: a code of an app that changes every 30 seconds, or one of ten that are kept on paper.

Sources: RFC 6238 (TOTP), RFC 4226, the Key Uri Format of otpauth; S118, S120. The secret is sealed, paper codes are
digests; each code works once.
"""

import base64
import secrets
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from fedcomm.accounts import logins, mails, tokens
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.sealing import Seal

PURPOSE = "second step"
STEP_S = 30
DIGITS = 6
DRIFT = 1
"""So many steps a telephone's clock may be early or late."""
SECRET_BYTES = 20
PAPER_CODES = 10
TICKET_LIFETIME = timedelta(minutes=10)
TICKET = "second step"
"""The purpose of the link-like value that stands for a password that was right."""
WRONG = "This code is not right. Codes of an app change every 30 seconds, and each works once."


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands with it."""

    is_on: bool
    since: datetime | None
    paper_codes_left: int


async def standing(db: Connection, account_id: int) -> Standing:
    """Whether somebody has a second step, and how many of their paper codes are left."""
    row = await db.fetchrow(
        """
        SELECT confirmed_at, (SELECT count(*) FROM paper_code WHERE account_id = $1 AND used_at IS NULL) AS left
          FROM second_step
         WHERE account_id = $1
        """,
        account_id,
    )
    since = row["confirmed_at"] if row is not None else None
    return Standing(is_on=since is not None, since=since, paper_codes_left=row["left"] if row and since else 0)


async def is_on(db: Connection, account_id: int) -> bool:
    """Whether signing in takes a code."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM second_step WHERE account_id = $1 AND confirmed_at IS NOT NULL)", account_id
    )
    return found


async def begin(db: Connection, account_id: int, sealed_secret: bytes, *, now: datetime) -> None:
    """Keep a fresh secret, which counts once a code of it was right. Raises Conflict (it is on already)."""
    put = await db.fetchval(
        """
        INSERT INTO second_step AS step (account_id, sealed_secret, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE
           SET sealed_secret = excluded.sealed_secret, created_at = excluded.created_at, last_step = 0
         WHERE step.confirmed_at IS NULL
        RETURNING true
        """,
        account_id,
        sealed_secret,
        now,
    )
    if not put:
        raise Conflict("Signing in takes a code already.")


def new_secret() -> bytes:
    """A secret for an app."""
    return secrets.token_bytes(SECRET_BYTES)


def as_typed(secret: bytes) -> str:
    """A secret as people type it, in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def uri(secret: bytes, *, name: str, site: str) -> str:
    """The address that apps read from the picture."""
    plain = base64.b32encode(secret).decode()
    return f"otpauth://totp/{quote(site)}:{quote(name)}?secret={plain}&issuer={quote(site)}"


async def sealed_secret(db: Connection, account_id: int) -> bytes | None:
    """What is kept of somebody's app; None without one."""
    found: bytes | None = await db.fetchval("SELECT sealed_secret FROM second_step WHERE account_id = $1", account_id)
    return found


async def check(db: Connection, seal: Seal, account_id: int, typed: str, *, now: datetime) -> bool:
    """Whether a code is right; then it is used up (S120). Attempts are counted by the caller."""
    code = "".join(typed.split()).replace("-", "").lower()
    if len(code) == DIGITS and code.isdecimal() and code.isascii():
        return await _check_app(db, seal, account_id, code, now=now)
    used = await db.fetchval(
        """
        UPDATE paper_code
           SET used_at = $3
         WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL
        RETURNING true
        """,
        account_id,
        tokens.digest(f"{account_id} {code}"),
        now,
    )
    return bool(used)


async def _check_app(db: Connection, seal: Seal, account_id: int, code: str, *, now: datetime) -> bool:
    sealed = await sealed_secret(db, account_id)
    secret = await seal.opened(PURPOSE, sealed) if sealed is not None else None
    if secret is None:
        return False
    found = _step_of(secret, code, now)
    if found is None:
        return False
    used = await db.fetchval(
        "UPDATE second_step SET last_step = $2 WHERE account_id = $1 AND last_step < $2 RETURNING true",
        account_id,
        found,
    )
    return bool(used)


def _step_of(secret: bytes, code: str, now: datetime) -> int | None:
    app = TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  # what all apps speak; RFC 6238
    present = int(now.timestamp()) // STEP_S
    found: int | None = None
    for step in range(present - DRIFT, present + DRIFT + 1):  # all of them, whichever is right
        try:
            app.verify(code.encode(), step * STEP_S)
        except InvalidToken:
            continue
        found = step
    return found


async def turn_on(db: Connection, seal: Seal, account_id: int, typed: str, *, now: datetime) -> list[str]:
    """From now on signing in takes a code; the paper codes, shown once. All sessions and tokens end (S118).

    Raises Invalid (the code is not right), Conflict (it is on already).
    """
    if await is_on(db, account_id):
        raise Conflict("Signing in takes a code already.")
    if not await _check_app(db, seal, account_id, "".join(typed.split()), now=now):
        raise Invalid(WRONG, field="code")
    await db.execute("UPDATE second_step SET confirmed_at = $2 WHERE account_id = $1", account_id, now)
    codes = await new_paper_codes(db, account_id, now=now)
    await _changed(db, account_id, is_on=True, now=now)
    return codes


async def turn_off(db: Connection, account_id: int, *, now: datetime) -> None:
    """Signing in takes the password only. All sessions and tokens end (S118). Twice is once."""
    was_on = await is_on(db, account_id)
    await forget(db, account_id)
    if was_on:
        await _changed(db, account_id, is_on=False, now=now)


async def forget(db: Connection, account_id: int) -> None:
    """Nothing is left of it."""
    await db.execute("DELETE FROM second_step WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM paper_code WHERE account_id = $1", account_id)


async def _changed(db: Connection, account_id: int, *, is_on: bool, now: datetime) -> None:
    await logins.end_access(db, account_id)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1 AND purpose = $2", account_id, TICKET)
    await mails.tell_second_step(db, account_id, is_on=is_on, now=now)


async def new_paper_codes(db: Connection, account_id: int, *, now: datetime) -> list[str]:
    """Ten codes for when the telephone is lost; those from before work no more."""
    await db.execute("DELETE FROM paper_code WHERE account_id = $1", account_id)
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(PAPER_CODES)]
    await db.executemany(
        "INSERT INTO paper_code (account_id, code_hash, created_at) VALUES ($1, $2, $3)",
        [(account_id, tokens.digest(f"{account_id} {code}"), now) for code in codes],
    )
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


async def ticket(db: Connection, account_id: int, *, now: datetime) -> str:
    """What somebody holds between the password, which was right, and the code."""
    return await logins.make_link(db, account_id, purpose=TICKET, now=now, expires_at=now + TICKET_LIFETIME)


async def account_of_ticket(db: Connection, value: str, *, now: datetime) -> int | None:
    """Whose password was right; None when it is too long ago."""
    found: int | None = await db.fetchval(
        """
        SELECT account_id
          FROM one_time_link
         WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
        """,
        tokens.digest(value),
        TICKET,
        now,
    )
    return found


async def use_ticket(db: Connection, value: str) -> None:
    """It has let somebody in."""
    await db.execute("DELETE FROM one_time_link WHERE token_hash = $1 AND purpose = $2", tokens.digest(value), TICKET)
