"""What somebody asked to have put together: taken up again after a crash, kept some days, fetched by its owner alone.

Source: product 24; C09 (within the hour, a link that ends after seven days and needs a login).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.accounts import mails
from fedcomm.database import Connection
from fedcomm.errors import Conflict, NotFound

Kind = Literal["person", "group", "instance"]
State = Literal["waiting", "ready", "failed"]

AGAIN_AFTER = timedelta(hours=12)
"""Putting somebody's things together costs the same as many pages: so often at most."""
TRIES = 3
PAGES: dict[Kind, str] = {"person": "/settings/export", "group": "/@{handle}/export", "instance": "/admin/export"}

TURN = 7_410_024
"""Any number: who asks for the whole instance waits for who asked at the same moment."""

COLUMNS = """
    id, kind, account_id, by_id, state, file, size, done_count, all_count, left_out, lease_token, created_at, ready_at,
    expires_at
"""


_OF = "(account_id = $2 OR kind = 'instance')"
"""Whose it is; that of the whole instance is any owner's."""


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `account_id`: whose things they are; of the whole instance, who asked."""

    id: int
    kind: Kind
    account_id: int
    by_id: int
    state: State
    file: str
    size: int
    done_count: int
    all_count: int
    left_out: int
    lease_token: int | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime


async def ask(db: Connection, kind: Kind, account_id: int, by_id: int, *, keep: timedelta, now: datetime) -> Export:
    """Have it put together; an older one goes. Raises Conflict (one is under way, or was made not long ago).

    Who may ask is for the edge to know, as these are pages of their owners, of a group's facilitators, of the admins.
    """
    await db.execute("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    if kind == "instance":
        await db.execute("SELECT pg_advisory_xact_lock($1)", TURN)
    before = await newest(db, kind, account_id, now=now)
    if before is not None and before.state == "waiting":
        raise Conflict("It is being put together already.")
    if before is not None and before.state == "ready" and now - before.created_at < AGAIN_AFTER:
        raise Conflict("It was put together not long ago. Please fetch that one, or ask again tomorrow.")
    await db.execute(
        f"UPDATE export SET expires_at = $3 WHERE kind = $1 AND {_OF} AND expires_at > $3", kind, account_id, now
    )
    row = await db.fetchrow(
        f"""
        INSERT INTO export (id, kind, account_id, by_id, file, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        kind,
        account_id,
        by_id,
        f"{secrets.token_hex(16)}.zip",
        now,
        now + keep,
    )
    assert row is not None
    return Export(**row)


async def newest(db: Connection, kind: Kind, account_id: int, *, now: datetime) -> Export | None:
    """The last one that is not over; of the whole instance, whoever asked for it."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM export
         WHERE kind = $1 AND {_OF} AND expires_at > $3
      ORDER BY id DESC
         LIMIT 1
        """,
        kind,
        account_id,
        now,
    )
    return Export(**row) if row else None


async def to_fetch(
    db: Connection, kind: Kind, account_id: int, export_id: int, *, by_id: int | None = None, now: datetime
) -> Export:
    """One that is ready, for its owner; `by_id`: only if they asked for it.

    Raises NotFound: that of others too, and what is over (S097).
    """
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM export
         WHERE kind = $1 AND {_OF} AND id = $3 AND state = 'ready' AND expires_at > $4
           AND ($5::bigint IS NULL OR by_id = $5)
        """,
        kind,
        account_id,
        export_id,
        now,
        by_id,
    )
    if row is None:
        raise NotFound
    return Export(**row)


async def stop(db: Connection, kind: Kind, account_id: int, *, by_id: int | None = None, now: datetime) -> None:
    """Nobody wants what is being put together any more; `by_id`: only if they asked for it. Raises Conflict.

    Who works at it learns of it within seconds, and leaves nothing behind.
    """
    was_under_way = await db.fetchval(
        f"""
        UPDATE export
           SET expires_at = $3
         WHERE kind = $1 AND {_OF} AND state = 'waiting' AND expires_at > $3 AND ($4::bigint IS NULL OR by_id = $4)
        RETURNING true
        """,
        kind,
        account_id,
        now,
        by_id,
    )
    if not was_under_way:
        raise Conflict("It is not being put together any more.")


async def claim(db: Connection, *, lease: timedelta, now: datetime) -> Export | None:
    """The oldest that nobody works at; ours while we say so now and then. One that was tried too often fails."""
    await db.execute(
        "UPDATE export SET state = 'failed' WHERE state = 'waiting' AND attempts >= $1 AND leased_until < $2",
        TRIES,
        now,
    )
    row = await db.fetchrow(
        f"""
        UPDATE export
           SET leased_until = $1, lease_token = $3, attempts = attempts + 1, done_count = 0, left_out = 0
         WHERE id = (SELECT id
                       FROM export
                      WHERE state = 'waiting' AND (leased_until IS NULL OR leased_until < $2) AND expires_at > $2
                   ORDER BY id
                      LIMIT 1
                        FOR UPDATE SKIP LOCKED)
        RETURNING {COLUMNS}
        """,
        now + lease,
        now,
        ids.new(now),
    )
    return Export(**row) if row else None


async def note(
    db: Connection, export: Export, *, done: int, all_count: int, left_out: int, lease: timedelta, now: datetime
) -> bool:
    """How far it has come, which keeps it ours; False: it is another's now, or nobody wants it any more (R005)."""
    return bool(
        await db.fetchval(
            """
            UPDATE export
               SET done_count = $3, all_count = $4, left_out = $5, leased_until = $6
             WHERE id = $1 AND lease_token = $2 AND state = 'waiting' AND expires_at > $7
            RETURNING true
            """,
            export.id,
            export.lease_token,
            done,
            all_count,
            left_out,
            now + lease,
            now,
        )
    )


async def finish(db: Connection, export: Export, *, size: int, left_out: int, page: str, now: datetime) -> bool:
    """It lies in the store; who asked gets mail. False: nobody wants it any more."""
    is_wanted = await db.fetchval(
        """
        UPDATE export
           SET state = 'ready', size = $3, left_out = $4, ready_at = $5, done_count = all_count, leased_until = NULL
         WHERE id = $1 AND lease_token = $2 AND state = 'waiting' AND expires_at > $5
        RETURNING true
        """,
        export.id,
        export.lease_token,
        size,
        left_out,
        now,
    )
    if is_wanted:
        await mails.tell_export(db, export.by_id, page, now=now)
    return bool(is_wanted)


async def hand_back(db: Connection, export: Export) -> None:
    """Work ends unfinished; another process may begin at once."""
    await db.execute(
        """
        UPDATE export
           SET leased_until = NULL, attempts = attempts - 1
         WHERE id = $1 AND lease_token = $2 AND state = 'waiting'
        """,
        export.id,
        export.lease_token,
    )


async def fail(db: Connection, export: Export) -> None:
    """It cannot be put together now; its owner may ask again."""
    await db.execute(
        "UPDATE export SET state = 'failed' WHERE id = $1 AND lease_token = $2", export.id, export.lease_token
    )


async def over(db: Connection, *, now: datetime, limit: int = 100) -> list[tuple[int, str]]:
    """Those whose time is over: their ids and files."""
    rows = await db.fetch("SELECT id, file FROM export WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2", now, limit)
    return [(row["id"], row["file"]) for row in rows]


async def forget(db: Connection, export_ids: Sequence[int]) -> None:
    """Their files are gone."""
    await db.execute("DELETE FROM export WHERE id = ANY($1::bigint[])", list(export_ids))


async def forget_finished(db: Connection) -> None:
    """Their files are no part of a backup, being made of what is in it: whoever still wants one asks anew."""
    await db.execute("DELETE FROM export WHERE state = 'ready'")


async def end_of(db: Connection, account_id: int, *, now: datetime) -> None:
    """An account has ended: what was put together for it or by it can be fetched no more, and goes."""
    await db.execute("UPDATE export SET expires_at = $2 WHERE account_id = $1 OR by_id = $1", account_id, now)
