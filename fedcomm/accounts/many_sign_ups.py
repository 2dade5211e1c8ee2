"""Several requests for an account at once, and taking that back (product 13; D82).

Who is turned down so is told, and forgotten, only when that can no longer be taken back. Who was let in stays in once
they have signed in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import audit, ids
from fedcomm.accounts import lookup, signup
from fedcomm.database import Connection, one
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.text import cleaning

Action = Literal["approve", "reject"]

MOST = 100
LONGEST_REASON = 500
UNDONE_WITHIN = timedelta(hours=1)

_COLUMNS = "id, by_id, action, account_ids, reason, created_at"


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about several requests at once; `account_ids`: those that it changed."""

    id: int
    by_id: int
    action: Action
    account_ids: list[int]
    reason: str
    created_at: datetime


async def act(
    db: Connection, by_id: int, action: str, account_ids: Sequence[int], *, reason: str = "", now: datetime
) -> Batch:
    """Let all of these in, or turn them down; those who do not wait any more are left alone.

    Raises Invalid (nobody was ticked; whoever is turned down is told why).
    """
    wanted = sorted(set(account_ids))[:MOST]
    if not wanted:
        raise Invalid("Please tick the requests that you mean.")
    reason = cleaning.one_line(reason, LONGEST_REASON)
    if action == "approve":
        changed = await _let_in(db, wanted, now=now)
    elif action == "reject":
        if not reason:
            raise Invalid("Please give a reason: they are told it.", field="reason")
        changed = await _set_aside(db, wanted)
    else:
        raise Invalid("Please choose what to do.", field="what")
    for account in (await lookup.by_ids(db, changed)).values():
        await audit.write(db, by_id, f"{action} sign-up", account.handle, reason, now=now)
    row = await one(
        db,
        f"""
        INSERT INTO sign_up_batch (id, by_id, action, account_ids, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        by_id,
        action,
        changed,
        reason,
        now,
    )
    return Batch(**row)


async def _let_in(db: Connection, wanted: Sequence[int], *, now: datetime) -> list[int]:
    rows = await db.fetch(
        """
        SELECT account_id
          FROM login
         WHERE account_id = ANY($1::bigint[]) AND state = 'pending' AND approved_at IS NULL
      ORDER BY account_id
           FOR UPDATE
        """,
        list(wanted),
    )
    for row in rows:
        await signup.approve(db, row["account_id"], now=now)
    return [row["account_id"] for row in rows]


async def _set_aside(db: Connection, wanted: Sequence[int]) -> list[int]:
    rows = await db.fetch(
        """
        UPDATE login
           SET state = 'rejected'
         WHERE account_id = ANY($1::bigint[]) AND state = 'pending' AND approved_at IS NULL
        RETURNING account_id
        """,
        list(wanted),
    )
    return sorted(row["account_id"] for row in rows)


async def last(db: Connection, by_id: int, *, now: datetime) -> Batch | None:
    """What somebody did last, as long as it can be taken back."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM sign_up_batch
         WHERE by_id = $1 AND undone_at IS NULL AND ended_at IS NULL AND created_at > $2 AND account_ids <> '{{}}'
      ORDER BY id DESC
         LIMIT 1
        """,
        by_id,
        now - UNDONE_WITHIN,
    )
    return Batch(**row) if row is not None else None


async def undo(db: Connection, by_id: int, batch_id: int, *, now: datetime) -> Batch:
    """Let them wait again, but for those who have signed in since, or about whom somebody decided otherwise.

    Raises NotFound (somebody else's), Conflict (too late, or done already).
    """
    found = await last(db, by_id, now=now)
    if found is None:
        raise Conflict("This can no longer be taken back.")
    if found.id != batch_id:
        raise NotFound
    await db.execute("UPDATE sign_up_batch SET undone_at = $2, reason = '' WHERE id = $1", batch_id, now)
    rows = await db.fetch(
        """
        UPDATE login
           SET state = 'pending', approved_at = NULL
         WHERE account_id = ANY($1::bigint[])
           AND CASE WHEN $2 = 'reject' THEN state = 'rejected'
                    ELSE state IN ('active', 'pending') AND last_sign_in_at IS NULL END
        RETURNING account_id
        """,
        found.account_ids,
        found.action,
    )
    waiting = [row["account_id"] for row in rows]
    await signup.let_wait(db, waiting, now=now)
    for account in (await lookup.by_ids(db, waiting)).values():
        await audit.write(db, by_id, "let sign-up wait again", account.handle, now=now)
    return found


async def end_due(db: Connection, *, now: datetime) -> int:
    """Tell those who were turned down long enough ago, and forget what they wrote. How many."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM sign_up_batch
         WHERE ended_at IS NULL AND created_at <= $1
      ORDER BY id
         LIMIT 20
           FOR UPDATE SKIP LOCKED
        """,
        now - UNDONE_WITHIN,
    )
    told = 0
    for found in [Batch(**row) for row in rows]:
        still = await db.fetch(
            "SELECT account_id FROM login WHERE account_id = ANY($1::bigint[]) AND state = 'rejected'",
            found.account_ids if found.action == "reject" else [],
        )
        for row in still:
            await signup.reject(db, row["account_id"], reason=found.reason, now=now)
        told += len(still)
        await db.execute("UPDATE sign_up_batch SET ended_at = $2, reason = '' WHERE id = $1", found.id, now)
    return told


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what was decided about many at once, and could be taken back until before a moment."""
    await db.execute("DELETE FROM sign_up_batch WHERE coalesce(undone_at, ended_at) < $1", before)
