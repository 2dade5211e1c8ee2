"""Sessions of people in a browser: rows, 30 days sliding, a new one at every sign-in (decisions D26; S127)."""

from datetime import datetime, timedelta

import msgspec

from fedcomm import ids
from fedcomm.accounts import tokens
from fedcomm.database import Connection

LIFETIME = timedelta(days=30)
TOUCH_AFTER = timedelta(minutes=10)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser."""

    id: int
    account_id: int
    csrf_token: str
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime


COLUMNS = "id, account_id, csrf_token, user_agent, address, created_at, last_used_at"


async def begin(db: Connection, account_id: int, *, user_agent: str, address: str, now: datetime) -> str:
    """Start a session; returns the value for the cookie."""
    value = tokens.new()
    await db.execute(
        """
        INSERT INTO session (id, token_hash, account_id, csrf_token, user_agent, address, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        ids.new(now),
        tokens.digest(value),
        account_id,
        tokens.new(),
        user_agent[:300],
        address,
        now,
    )
    await db.execute("UPDATE login SET last_sign_in_at = $2 WHERE account_id = $1", account_id, now)
    return value


async def find(db: Connection, value: str, *, now: datetime) -> Session | None:
    """The session of a cookie; None if it has ended or never was."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM session WHERE token_hash = $1 AND last_used_at > $2",
        tokens.digest(value),
        now - LIFETIME,
    )
    return Session(**row) if row else None


async def touch(db: Connection, session: Session, *, now: datetime) -> None:
    """Slide the end of a session, at most every ten minutes."""
    if now - session.last_used_at >= TOUCH_AFTER:
        await db.execute("UPDATE session SET last_used_at = $2 WHERE id = $1", session.id, now)


async def of_account(db: Connection, account_id: int, *, now: datetime) -> list[Session]:
    """The live sessions of an account, last used first."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM session
         WHERE account_id = $1 AND last_used_at > $2
      ORDER BY last_used_at DESC
        """,
        account_id,
        now - LIFETIME,
    )
    return [Session(**row) for row in rows]


async def end(db: Connection, account_id: int, session_id: int) -> bool:
    """End one session of an account; False if it has none of that id."""
    return (
        await db.fetchval(
            "DELETE FROM session WHERE id = $1 AND account_id = $2 RETURNING true", session_id, account_id
        )
        or False
    )


async def end_others(db: Connection, account_id: int, kept_id: int) -> int:
    """End all sessions of an account but one; how many they were."""
    return await db.fetchval(
        """
        WITH ended AS (DELETE FROM session WHERE account_id = $1 AND id <> $2 RETURNING id)
        SELECT count(*) FROM ended
        """,
        account_id,
        kept_id,
    )


async def end_all(db: Connection, account_id: int) -> None:
    """End every session of an account."""
    await db.execute("DELETE FROM session WHERE account_id = $1", account_id)


async def end_everybodys(db: Connection) -> None:
    """Sign everybody out of every browser."""
    await db.execute("DELETE FROM session")


async def sweep(db: Connection, *, now: datetime) -> None:
    """Drop sessions that have run out."""
    await db.execute("DELETE FROM session WHERE last_used_at < $1", now - LIFETIME)
