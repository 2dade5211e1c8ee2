"""What operators see of waiting and failed deliveries and do about them; and what time does to them (D54, D60)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs.delivery_queue import domains_above, lock_peers

DAYS_GONE = 3
GONE_LATELY = timedelta(days=2)
"""What was delivered is known for three days (D60)."""

OF = {False: "$1::text IS NULL", True: "authority = $1"}
"""Of one peer, or of all: other statements, so that one peer's are found by index."""


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How sending to one peer stands. `next_at` is None when nothing waits."""

    authority: str
    waiting: int
    failed: int
    oldest_at: datetime | None
    next_at: datetime | None
    failure_count: int
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_status: int | None
    last_error: str | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Where the activities about one post have arrived."""

    delivered: int
    waiting: int
    failed: int


async def status(db: Connection, authority: str | None = None, *, limit: int = 200) -> list[PeerStatus]:
    """Peers for which something waits or failed, the most first; or the one asked for."""
    rows = await db.fetch(
        f"""
        WITH waiting AS (
            SELECT authority, count(*) AS waiting, min(activity_id) AS oldest
              FROM pending_delivery
             WHERE {OF[authority is not None]}
             GROUP BY authority
        ), failed AS (
            SELECT authority, count(*) AS failed
              FROM failed_delivery
             WHERE {OF[authority is not None]}
             GROUP BY authority
        )
        SELECT authority, coalesce(waiting, 0) AS waiting, coalesce(failed, 0) AS failed, oldest,
               p.ready_at AS next_at, coalesce(p.failure_count, 0) AS failure_count, p.failing_since,
               p.last_success_at, p.last_failure_at, p.last_status, p.last_error
          FROM waiting
          FULL JOIN failed USING (authority)
          LEFT JOIN delivery_peer p USING (authority)
         ORDER BY waiting DESC NULLS LAST, failed DESC NULLS LAST, authority
         LIMIT $2
        """,
        authority,
        limit,
    )
    return [
        PeerStatus(
            **{name: row[name] for name in PeerStatus.__struct_fields__ if name != "oldest_at"},
            oldest_at=ids.moment(row["oldest"]) if row["oldest"] is not None else None,
        )
        for row in rows
    ]


async def retry(db: Connection, authority: str | None, *, now: datetime) -> int:
    """Try all that waits or failed (for one peer, or for all) at once; returns how much that is."""
    await _lock(db, authority)
    failed = await db.fetch(
        f"""
        WITH back AS (
            DELETE FROM failed_delivery f
             USING activity a
             WHERE a.id = f.activity_id AND {OF[authority is not None]}
            RETURNING f.activity_id, f.destination_id, f.authority, f.order_key, f.object_key
        )
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, object_key, due_at)
        SELECT *, $2 FROM back
        ON CONFLICT DO NOTHING
        RETURNING authority
        """,
        authority,
        now,
    )
    waiting = await db.fetch(
        f"""
        UPDATE pending_delivery
           SET due_at = least(due_at, $2), is_held = false, failures = 0
         WHERE {OF[authority is not None]}
        RETURNING authority
        """,
        authority,
        now,
    )
    await db.execute(
        """
        INSERT INTO delivery_peer AS p (authority, ready_at)
        SELECT unnest($1::text[]), $2
        ON CONFLICT (authority) DO UPDATE
           SET ready_at = CASE WHEN p.lease_token IS NULL THEN $2 ELSE p.ready_at END,
               has_news = p.lease_token IS NOT NULL, wait_until = NULL, failure_count = 0, failing_since = NULL,
               open_count = 0
        """,
        sorted({row["authority"] for row in [*failed, *waiting]}),
        now,
    )
    return len(waiting)


async def drop(db: Connection, authority: str, *, failed_too: bool = True) -> int:
    """Forget all that waits for a peer, and what failed; returns how much that was. What is under way may arrive."""
    await _lock(db, authority)
    rows = await db.fetch("DELETE FROM pending_delivery WHERE authority = $1 RETURNING 1", authority)
    if failed_too:
        rows += await db.fetch("DELETE FROM failed_delivery WHERE authority = $1 RETURNING 1", authority)
    await db.execute("UPDATE delivery_peer SET ready_at = NULL WHERE authority = $1 AND lease_token IS NULL", authority)
    return len(rows)


async def drop_below(db: Connection, domain: str) -> int:
    """Forget all that waits for a domain, its ports, and the domains below it; returns how much that was."""
    rows = await db.fetch("SELECT authority FROM delivery_peer WHERE position($1 in authority) > 0", domain)
    dropped = 0
    for authority in sorted(row["authority"] for row in rows):
        if domain in domains_above(authority):
            dropped += await drop(db, authority)
    return dropped


async def empty(
    db: Connection,
    post_id: int,
    *,
    types: tuple[str, ...] = ("Create", "Update", "Announce"),
    peers_to_tell: Iterable[str] = (),
) -> None:
    """A post was deleted: what we said of it before holds its text no longer, and goes to nobody any more (D61).

    Whoever did not get it yet hears of the deletion only. `peers_to_tell` are told in the same transaction: the worker
    locks peers before their rows, in order, so all that this transaction needs are locked first (R024).
    """
    waiting = await db.fetch(
        """
        SELECT DISTINCT p.authority
          FROM pending_delivery p
          JOIN activity a ON a.id = p.activity_id
         WHERE a.post_id = $1 AND a.type = ANY($2)
        """,
        post_id,
        list(types),
    )
    await lock_peers(db, {row["authority"] for row in waiting} | set(peers_to_tell))
    await db.execute(
        """
        WITH emptied AS (UPDATE activity
                            SET body = ''
                          WHERE post_id = $1 AND type = ANY($2)
                      RETURNING id),
             failed AS (DELETE FROM failed_delivery USING emptied WHERE activity_id = emptied.id)
        DELETE FROM pending_delivery
         USING emptied
         WHERE activity_id = emptied.id
        """,
        post_id,
        list(types),
    )


async def report(db: Connection, post_id: int) -> Report:
    """How many destinations have got what was sent about a post."""
    row = await db.fetchrow(
        """
        SELECT (SELECT count(*) FROM done_delivery d JOIN activity a ON a.id = d.activity_id
                 WHERE a.post_id = $1) AS delivered,
               (SELECT count(*) FROM pending_delivery d JOIN activity a ON a.id = d.activity_id
                 WHERE a.post_id = $1) AS waiting,
               (SELECT count(*) FROM failed_delivery d JOIN activity a ON a.id = d.activity_id
                 WHERE a.post_id = $1) AS failed
        """,
        post_id,
    )
    assert row is not None
    return Report(**row)


async def posts_on_their_way(db: Connection, post_ids: Sequence[int], authority: str) -> set[int]:
    """Which of these posts of ours have not been taken by a peer yet: they wait for it, or are not even written out."""
    if not post_ids:
        return set()
    rows = await db.fetch(
        """
        SELECT wanted.id
          FROM unnest($1::bigint[]) AS wanted (id)
     LEFT JOIN activity a ON a.post_id = wanted.id AND a.type = 'Create'
         WHERE a.id IS NULL
            OR EXISTS (SELECT FROM pending_delivery d WHERE d.activity_id = a.id AND d.authority = $2)
        """,
        list(post_ids),
        authority,
    )
    return {row["id"] for row in rows}


async def expire(db: Connection, *, before: datetime, now: datetime, most: int = 5000) -> int:
    """Give up what was made before then (R011, R017) and keep it in the failed list; returns how much it was."""
    rows = await db.fetch(
        """
        WITH old AS (
            SELECT p.activity_id, p.destination_id
              FROM pending_delivery p
              JOIN activity a ON a.id = p.activity_id
             WHERE p.activity_id < $1 AND a.created_at < $4
             ORDER BY p.activity_id
             LIMIT $3
        ), gone AS (
            DELETE FROM pending_delivery p
             USING old
             WHERE p.activity_id = old.activity_id AND p.destination_id = old.destination_id
            RETURNING p.*
        )
        INSERT INTO failed_delivery (activity_id, destination_id, authority, order_key, object_key, attempts,
                                     last_status, last_error, failed_at)
        SELECT activity_id, destination_id, authority, order_key, object_key, attempts, last_status,
               coalesce('given up: ' || last_error, 'given up: it could never be tried'), $2
          FROM gone
        ON CONFLICT DO NOTHING
        RETURNING 1
        """,
        ids.at(before, now=now),
        now,
        most,
        before,
    )
    return len(rows)


async def forget(db: Connection, *, done_before: datetime, failed_before: datetime) -> None:
    """Remove what was delivered, or given up, so long ago, and activities that nothing needs any more (D60).

    What `/a/<id>` shows (Create and Like, D47) and what posts refer to stays.
    """
    await db.execute("DELETE FROM done_delivery WHERE done_at < $1", done_before)
    await db.execute("DELETE FROM failed_delivery WHERE failed_at < $1", failed_before)
    await db.execute(
        """
        DELETE FROM activity a
         WHERE a.id < $1
           AND a.post_id IS NULL
           AND a.type NOT IN ('Create', 'Like')
           AND NOT EXISTS (SELECT FROM pending_delivery WHERE activity_id = a.id)
           AND NOT EXISTS (SELECT FROM failed_delivery WHERE activity_id = a.id)
           AND NOT EXISTS (SELECT FROM done_delivery WHERE activity_id = a.id)
        """,
        ids.at(done_before, now=done_before),
    )


async def _lock(db: Connection, authority: str | None) -> None:
    await db.execute(
        f"""
        SELECT FROM delivery_peer
         WHERE {OF[authority is not None]}
         ORDER BY authority
           FOR UPDATE
        """,
        authority,
    )


async def gone_inboxes(db: Connection, *, now: datetime, limit: int = 100) -> list[str]:
    """Inboxes that were not there (404, 410) on three different days, the last of them lately, and took nothing since.

    Source: R014.
    """
    rows = await db.fetch(
        """
        SELECT destination.inbox_url
          FROM failed_delivery failed
          JOIN destination ON destination.id = failed.destination_id
         WHERE failed.last_status IN (404, 410)
      GROUP BY destination.id, destination.inbox_url
        HAVING count(DISTINCT (failed.failed_at AT TIME ZONE 'UTC')::date) >= $2
           AND max(failed.failed_at) > $1
           AND NOT EXISTS (SELECT
                             FROM done_delivery done
                            WHERE done.destination_id = destination.id AND done.done_at > min(failed.failed_at))
         LIMIT $3
        """,
        now - GONE_LATELY,
        DAYS_GONE,
        limit,
    )
    return [row["inbox_url"] for row in rows]


async def forget_gone(db: Connection, inbox_url: str) -> None:
    """What could not be brought to an inbox that is gone needs no further try."""
    await db.execute(
        """
        DELETE FROM failed_delivery
         USING destination
         WHERE destination.id = failed_delivery.destination_id AND destination.inbox_url = $1
        """,
        inbox_url,
    )
