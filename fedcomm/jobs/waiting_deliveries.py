"""What becomes of deliveries that wait: of deleted posts, of peers that are gone, by time (D54, D60, R014)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs.delivery_queue import lock_peers

DAYS_GONE = 3
GONE_LATELY = timedelta(days=2)
"""What was delivered is known for three days (D60)."""


async def inboxes_of(db: Connection, activity_id: int) -> set[str]:
    """The inboxes that got an activity lately, or still have to, or were given up."""
    rows = await db.fetch(
        """
        SELECT inbox_url
          FROM destination
         WHERE id IN (SELECT destination_id FROM pending_delivery WHERE activity_id = $1
                       UNION ALL
                      SELECT destination_id FROM done_delivery WHERE activity_id = $1
                       UNION ALL
                      SELECT destination_id FROM failed_delivery WHERE activity_id = $1)
        """,
        activity_id,
    )
    return {row["inbox_url"] for row in rows}


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


async def drop_of(db: Connection, actor_id: int, *, reason: str, now: datetime) -> int:
    """What an account said and nobody got yet goes to nobody any more, but that something is deleted (R040).

    It stands in the failed list with the reason, as long as what it is about is kept. Returns how much it was.
    """
    waiting = await db.fetch(
        """
        SELECT DISTINCT p.authority
          FROM pending_delivery p
          JOIN activity a ON a.id = p.activity_id
         WHERE a.actor_id = $1 AND a.type <> 'Delete'
        """,
        actor_id,
    )
    await lock_peers(db, {row["authority"] for row in waiting})
    rows = await db.fetch(
        """
        WITH gone AS (
            DELETE FROM pending_delivery p
             USING activity a
             WHERE a.id = p.activity_id AND a.actor_id = $1 AND a.type <> 'Delete'
            RETURNING p.*
        )
        INSERT INTO failed_delivery (activity_id, destination_id, authority, order_key, object_key, attempts,
                                     last_status, last_error, failed_at)
        SELECT activity_id, destination_id, authority, order_key, object_key, attempts, last_status, $2, $3
          FROM gone
        ON CONFLICT DO NOTHING
        RETURNING 1
        """,
        actor_id,
        reason,
        now,
    )
    return len(rows)


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
