"""Attempts to get in are counted in PostgreSQL, per account and per address, so that many processes share the count.

Source: decisions D29; S120, S123, S160.
"""

from datetime import datetime, timedelta
from typing import Literal

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import TooMany

Kind = Literal[
    "sign-in", "sign-up", "set-password", "code", "app", "reset", "confirmation", "address", "second-step", "sign-on",
    "passkey", "notice",
]  # fmt: skip

WINDOW = timedelta(minutes=10)
LIMITS: dict[Kind, int] = {
    "sign-in": 10, "sign-up": 10, "set-password": 10, "code": 30, "app": 30,
    "reset": 5, "confirmation": 5, "address": 5, "second-step": 10, "sign-on": 30, "passkey": 30, "notice": 5,
}  # fmt: skip


async def count(db: Connection, kind: Kind, subjects: tuple[str, ...], *, now: datetime) -> None:
    """Note one attempt for each subject (`account:...`, `address:...`) and refuse the one over the limit.

    Commit it apart from what is attempted, so that a refusal does not undo the count. Raises TooMany.
    """
    await db.executemany(
        """
        INSERT INTO sign_in_attempt (id, subject, kind, attempted_at)
        VALUES ($1, $2, $3, $4)
        """,
        [(ids.new(now), subject, kind, now) for subject in subjects],
    )
    worst = await db.fetchval(
        """
        SELECT max(attempts)
          FROM (SELECT count(*) AS attempts
                  FROM sign_in_attempt
                 WHERE subject = ANY($1) AND kind = $2 AND attempted_at > $3
              GROUP BY subject) AS counted
        """,
        list(subjects),
        kind,
        now - WINDOW,
    )
    if worst is not None and worst > LIMITS[kind]:
        raise TooMany("Too many attempts. Please wait ten minutes and try again.", retry_after=600)


async def forget(db: Connection, kind: Kind, subject: str) -> None:
    """Clear the count of a subject, after it got in."""
    await db.execute("DELETE FROM sign_in_attempt WHERE subject = $1 AND kind = $2", subject, kind)


async def take_back(db: Connection, kind: Kind, subject: str) -> None:
    """Uncount the last attempt of a subject, as it was none at guessing: colleagues share an address."""
    await db.execute(
        """
        DELETE FROM sign_in_attempt
         WHERE id = (SELECT max(id) FROM sign_in_attempt WHERE subject = $1 AND kind = $2)
        """,
        subject,
        kind,
    )


async def sweep(db: Connection, *, now: datetime) -> None:
    """Drop what no longer counts."""
    await db.execute("DELETE FROM sign_in_attempt WHERE attempted_at < $1", now - timedelta(days=1))
