"""Accounts elsewhere that members sign in with: connected only by who has proven to be both (S124)."""

import hmac
from datetime import datetime, timedelta

import asyncpg
import msgspec

from fedcomm import audit
from fedcomm.accounts import logins, tokens
from fedcomm.accounts.sign_on_claims import Claims
from fedcomm.database import Connection
from fedcomm.errors import Conflict

ATTEMPT_LASTS = timedelta(minutes=15)
TICKET_LASTS = timedelta(hours=1)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the way to the provider. `account_id`: who wants to connect; None: somebody signs in."""

    nonce: str
    verifier: str
    next: str
    invite: str
    account_id: int | None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came back, and has no account here yet."""

    claims: Claims
    next: str
    invite: str


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """An account elsewhere that somebody signs in with."""

    issuer: str
    shown_as: str
    created_at: datetime
    last_used_at: datetime | None


async def set_out(db: Connection, attempt: Attempt, *, state: str, browser: str, now: datetime) -> None:
    """Note that somebody is on the way; those who never came back are forgotten."""
    await db.execute("DELETE FROM sign_on_attempt WHERE created_at < $1", now - ATTEMPT_LASTS)
    await db.execute(
        """
        INSERT INTO sign_on_attempt (state_hash, browser_hash, nonce, verifier, next, invite, account_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        tokens.digest(state),
        tokens.digest(browser),
        attempt.nonce,
        attempt.verifier,
        attempt.next,
        attempt.invite,
        attempt.account_id,
        now,
    )


async def came_back(db: Connection, *, state: str, browser: str, now: datetime) -> Attempt | None:
    """Who set out with this state in this browser; each comes back once. None: nobody, or too long ago."""
    row = await db.fetchrow(
        """
        DELETE FROM sign_on_attempt
         WHERE state_hash = $1 AND created_at > $2
        RETURNING browser_hash, nonce, verifier, next, invite, account_id
        """,
        tokens.digest(state),
        now - ATTEMPT_LASTS,
    )
    if row is None or not hmac.compare_digest(row["browser_hash"], tokens.digest(browser)):
        return None
    return Attempt(**{name: row[name] for name in Attempt.__struct_fields__})


async def give_ticket(db: Connection, ticket: Ticket, *, now: datetime) -> str:
    """What somebody holds between coming back and having an account."""
    value = tokens.new()
    await db.execute("DELETE FROM sign_on_ticket WHERE created_at < $1", now - TICKET_LASTS)
    await db.execute(
        "INSERT INTO sign_on_ticket (token_hash, claims, next, invite, created_at) VALUES ($1, $2, $3, $4, $5)",
        tokens.digest(value),
        msgspec.to_builtins(ticket.claims),
        ticket.next,
        ticket.invite,
        now,
    )
    return value


async def ticket(db: Connection, value: str, *, now: datetime) -> Ticket | None:
    """Who holds this; None when it was used or is too old."""
    row = await db.fetchrow(
        "SELECT claims, next, invite FROM sign_on_ticket WHERE token_hash = $1 AND created_at > $2",
        tokens.digest(value),
        now - TICKET_LASTS,
    )
    return msgspec.convert(dict(row), Ticket) if row is not None else None


async def use_ticket(db: Connection, value: str) -> None:
    """It has become an account."""
    await db.execute("DELETE FROM sign_on_ticket WHERE token_hash = $1", tokens.digest(value))


async def account_of(db: Connection, claims: Claims) -> int | None:
    """Whose account elsewhere this is: told by issuer and subject alone, never by a mail address (S124)."""
    return await db.fetchval(
        "SELECT account_id FROM identity WHERE issuer = $1 AND subject = $2", claims.issuer, claims.subject
    )


async def used(db: Connection, claims: Claims, *, now: datetime) -> None:
    """Somebody signed in with it."""
    await db.execute(
        "UPDATE identity SET last_used_at = $3 WHERE issuer = $1 AND subject = $2", claims.issuer, claims.subject, now
    )


async def connect(db: Connection, account_id: int, claims: Claims, *, now: datetime) -> None:
    """From now on it lets in to this account. Raises Conflict (it is another's, or there is one already)."""
    try:
        async with db.transaction():
            await db.execute(
                """
                INSERT INTO identity (issuer, subject, account_id, shown_as, created_at)
                VALUES ($1, $2, $3, $4, $5)
                """,
                claims.issuer,
                claims.subject,
                account_id,
                claims.email or claims.name or claims.subject,
                now,
            )
    except asyncpg.UniqueViolationError:
        raise Conflict("It is connected with an account here already.") from None
    await audit.write(db, account_id, "connect sign-on", "self", now=now)


async def disconnect(db: Connection, account_id: int, issuer: str, *, now: datetime) -> None:
    """It lets in no more. Raises Conflict: without a password nobody could come in any more, or there is none."""
    login = await logins.of(db, account_id)
    if login.password_hash is None:
        raise Conflict("It is your only way in. Please set a password first.")
    gone = await db.fetchval(
        "DELETE FROM identity WHERE account_id = $1 AND issuer = $2 RETURNING true", account_id, issuer
    )
    if not gone:
        raise Conflict("It was disconnected already.")
    await audit.write(db, account_id, "disconnect sign-on", "self", now=now)


async def of(db: Connection, account_id: int) -> list[Identity]:
    """What somebody signs in with elsewhere."""
    rows = await db.fetch(
        """
        SELECT issuer, shown_as, created_at, last_used_at
          FROM identity
         WHERE account_id = $1
      ORDER BY created_at
        """,
        account_id,
    )
    return [Identity(**row) for row in rows]
