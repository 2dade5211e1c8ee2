"""Erasures: what somebody chose when their account ended, and which servers were told and what they answered (C08).

Answers are read from the deliveries of every deletion that went out with the account, and written down before these are
forgotten (D60). Who ran the instance sees by a command whom it was told; pages only count (product 24).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection

KEPT_FOR = timedelta(days=365)
"""To be able to say what was done about a request."""
ANSWERS_COME_FOR = timedelta(days=31)
"""Deliveries are given up and forgotten before (D54, D60)."""
GATHERED_EACH = timedelta(days=1)
"""What was delivered is known for three days (D60)."""
AT_ONCE = 20

COLUMNS = "id, account_id, keeps_places, at_their_wish, posts_count, asked_at, emptied_at"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and how far it is. Field meanings: the migration that makes the table."""

    id: int
    account_id: int
    keeps_places: bool
    at_their_wish: bool
    posts_count: int
    asked_at: datetime
    emptied_at: datetime | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A server that was asked to delete. `status`: the last HTTP status, None when there was none."""

    authority: str
    state: Literal["waiting", "taken", "failed"]
    status: int | None
    error: str


async def begin(db: Connection, account_id: int, *, keeps_places: bool, at_their_wish: bool, now: datetime) -> int:
    """An account of ours ends: keep what was chosen."""
    erasure_id = ids.new(now)
    await db.execute(
        """
        INSERT INTO erasure (id, account_id, keeps_places, at_their_wish, asked_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        erasure_id,
        account_id,
        keeps_places,
        at_their_wish,
        now,
    )
    return erasure_id


async def said(db: Connection, account_id: int, activity_id: int) -> None:
    """Others are told with this activity that the account is gone."""
    await db.execute("UPDATE erasure SET activity_id = $2 WHERE account_id = $1", account_id, activity_id)


async def emptied(db: Connection, account_id: int, posts_count: int, *, is_all: bool, now: datetime) -> None:
    """So many more posts went; `is_all`: none is left."""
    await db.execute(
        """
        UPDATE erasure
           SET posts_count = posts_count + $2, emptied_at = CASE WHEN $3 THEN coalesce(emptied_at, $4) ELSE NULL END
         WHERE account_id = $1
        """,
        account_id,
        posts_count,
        is_all,
        now,
    )


async def of(db: Connection, account_id: int) -> Erasure | None:
    """The erasure of an account; None when it did not end here, or that is forgotten."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM erasure WHERE account_id = $1", account_id)
    return Erasure(**row) if row else None


async def by_id(db: Connection, erasure_id: int) -> Erasure | None:
    """An erasure; None when it is forgotten."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM erasure WHERE id = $1", erasure_id)
    return Erasure(**row) if row else None


async def count_since(db: Connection, since: datetime) -> int:
    """How many accounts ended for good."""
    return await db.fetchval("SELECT count(*) FROM erasure WHERE asked_at > $1", since)


async def due(db: Connection, *, now: datetime) -> list[int]:
    """Those of which answers may have come that are not written down."""
    rows = await db.fetch(
        """
        SELECT id
          FROM erasure
         WHERE asked_at > $1 AND (gathered_at IS NULL OR gathered_at < $2)
      ORDER BY asked_at
         LIMIT $3
        """,
        now - ANSWERS_COME_FOR,
        now - GATHERED_EACH,
        AT_ONCE,
    )
    return [row["id"] for row in rows]


async def gather(db: Connection, erasure_ids: Sequence[int], *, now: datetime) -> None:
    """Write down what servers answered to the deletions so far: of the account, and of each post."""
    await db.execute(
        """
        WITH deletion AS (
            SELECT id AS erasure_id, activity_id
              FROM erasure
             WHERE id = ANY($1::bigint[]) AND activity_id IS NOT NULL
             UNION
            SELECT erasure.id, activity.id
              FROM erasure
              JOIN post ON post.author_id = erasure.account_id AND post.deleted_at >= erasure.asked_at
              JOIN activity ON activity.post_id = post.id AND activity.type = 'Delete'
             WHERE erasure.id = ANY($1::bigint[])
        ), answer AS (
            SELECT erasure_id, authority, 1 AS rank, last_status AS status, last_error AS error
              FROM deletion JOIN pending_delivery USING (activity_id)
             UNION ALL
            SELECT erasure_id, authority, 2, last_status, last_error
              FROM deletion JOIN failed_delivery USING (activity_id)
             UNION ALL
            SELECT erasure_id, authority, 3, status, NULL
              FROM deletion JOIN done_delivery USING (activity_id) JOIN destination ON destination.id = destination_id
        ), worst AS (
            SELECT DISTINCT ON (erasure_id, authority) erasure_id, authority, rank, status, coalesce(error, '') AS error
              FROM answer
          ORDER BY erasure_id, authority, rank
        )
        INSERT INTO erasure_answer (erasure_id, authority, state, status, error)
        SELECT erasure_id, authority, (ARRAY['waiting', 'failed', 'taken'])[rank], status, error
          FROM worst
            ON CONFLICT (erasure_id, authority) DO UPDATE
           SET state = excluded.state, status = excluded.status, error = excluded.error
        """,
        list(erasure_ids),
    )
    await db.execute("UPDATE erasure SET gathered_at = $2 WHERE id = ANY($1::bigint[])", list(erasure_ids), now)


async def told(db: Connection, erasure_id: int) -> list[Told]:
    """Who was asked to delete, and what came of it as far as it is written down; what went wrong first."""
    rows = await db.fetch(
        """
        SELECT authority, state, status, error
          FROM erasure_answer
         WHERE erasure_id = $1
      ORDER BY state = 'taken', authority
        """,
        erasure_id,
    )
    return [Told(**row) for row in rows]


async def forget(db: Connection, *, now: datetime) -> None:
    """Remove what was asked and answered so long ago."""
    await db.execute("DELETE FROM erasure WHERE asked_at < $1", now - KEPT_FOR)
