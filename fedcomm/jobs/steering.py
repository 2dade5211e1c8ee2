"""What operators see of deliveries, for each peer and each post, and do about them (D53, D54, D60; R017, R045)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs.delivery_queue import domains_above


@dataclass(frozen=True, slots=True)
class Which:
    """Of which deliveries: those for one peer, those about one post of ours, or all."""

    authority: str | None = None
    post_id: int | None = None

    @property
    def kind(self) -> Literal["peer", "post", "all"]:
        """How it is found."""
        return "peer" if self.authority is not None else "post" if self.post_id is not None else "all"

    @property
    def value(self) -> str | int | None:
        """What stands for `$1`."""
        return self.authority if self.authority is not None else self.post_id


ALL = Which()

OF = {
    "peer": "d.authority = $1",
    "post": "d.activity_id IN (SELECT id FROM activity WHERE post_id = $1)",
    "all": "$1::text IS NULL",
}
"""Conditions on rows of a delivery table, in which `$1` is `Which.value`: other statements, for other indexes."""
PEERS = {
    "peer": "d.authority = $1",
    "post": """d.authority IN (SELECT authority
                                 FROM activity
                                 JOIN pending_delivery ON pending_delivery.activity_id = activity.id
                                WHERE post_id = $1
                                UNION
                               SELECT authority
                                 FROM activity
                                 JOIN failed_delivery ON failed_delivery.activity_id = activity.id
                                WHERE post_id = $1)""",
    "all": "$1::text IS NULL",
}
"""The same on rows of `delivery_peer`: the peers that such deliveries are for."""


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How sending to one peer stands. `next_at` is None when nothing waits; `paused_at`, when we do not pause."""

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
    paused_at: datetime | None = None
    is_inbox_missing: bool = False
    """Its shared inbox is not there: each of its people is sent to (R048)."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Where the activities about one post have arrived."""

    delivered: int
    waiting: int
    failed: int


class DeliveryStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One activity for one inbox, which waits or was given up. `at`: when it is tried next, or was given up."""

    activity_id: int
    type: str
    uri: str
    post_id: int | None
    inbox_url: str
    authority: str
    state: Literal["waiting", "failed"]
    attempts: int
    made_at: datetime
    at: datetime
    last_status: int | None
    last_error: str | None


async def status(db: Connection, which: Which = ALL, *, limit: int = 200) -> list[PeerStatus]:
    """Peers for which something waits or failed, or that are paused, the most first."""
    rows = await db.fetch(
        f"""
        SELECT found.*, p.ready_at AS next_at, coalesce(p.failure_count, 0) AS failure_count, p.failing_since,
               p.last_success_at, p.last_failure_at, p.last_status, p.last_error, p.paused_at,
               EXISTS (SELECT
                         FROM destination
                        WHERE destination.authority = found.authority AND missing_at IS NOT NULL) AS is_inbox_missing
          FROM (SELECT authority,
                       count(*) FILTER (WHERE state = 'waiting') AS waiting,
                       count(*) FILTER (WHERE state = 'failed') AS failed,
                       min(activity_id) FILTER (WHERE state = 'waiting') AS oldest
                  FROM (SELECT authority, activity_id, 'waiting' AS state FROM pending_delivery d WHERE {OF[which.kind]}
                     UNION ALL
                        SELECT authority, activity_id, 'failed' FROM failed_delivery d WHERE {OF[which.kind]}
                     UNION ALL
                        SELECT authority, NULL, 'paused' FROM delivery_peer d
                         WHERE paused_at IS NOT NULL AND {PEERS[which.kind]}
                       ) each
                 GROUP BY authority) found
          LEFT JOIN delivery_peer p USING (authority)
         ORDER BY waiting DESC, failed DESC, authority
         LIMIT $2
        """,
        which.value,
        limit,
    )
    return [
        PeerStatus(
            **{name: row[name] for name in PeerStatus.__struct_fields__ if name != "oldest_at"},
            oldest_at=ids.moment(row["oldest"]) if row["oldest"] is not None else None,
        )
        for row in rows
    ]


async def entries(db: Connection, which: Which, *, limit: int = 100) -> list[DeliveryStatus]:
    """What waits, oldest first, and behind it what was given up, newest first."""
    rows = await db.fetch(
        f"""
        SELECT d.activity_id, a.type, a.uri, a.post_id, destination.inbox_url, d.authority, d.state, d.attempts,
               a.created_at AS made_at, d.at, d.last_status, d.last_error
          FROM ((SELECT activity_id, destination_id, authority, 'waiting' AS state, attempts,
                        due_at AS at, last_status, last_error
                   FROM pending_delivery d
                  WHERE {OF[which.kind]}
                  ORDER BY activity_id, destination_id
                  LIMIT $2)
              UNION ALL
                (SELECT activity_id, destination_id, authority, 'failed', attempts, failed_at, last_status, last_error
                   FROM failed_delivery d
                  WHERE {OF[which.kind]}
                  ORDER BY failed_at DESC
                  LIMIT $2)) d
          JOIN activity a ON a.id = d.activity_id
          JOIN destination ON destination.id = d.destination_id
         ORDER BY d.state DESC,
                  CASE WHEN d.state = 'waiting' THEN d.activity_id END,
                  CASE WHEN d.state = 'failed' THEN d.at END DESC,
                  destination.inbox_url
         LIMIT $2
        """,
        which.value,
        limit,
    )
    return [DeliveryStatus(**row) for row in rows]


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


async def retry(db: Connection, which: Which = ALL, *, now: datetime) -> int:
    """Try all of it at once, what was given up too; returns how much that is. A paused peer stays paused."""
    await _lock(db, which)
    failed = await db.fetch(
        f"""
        WITH back AS (
            DELETE FROM failed_delivery d
             USING activity a
             WHERE a.id = d.activity_id AND {OF[which.kind]}
            RETURNING d.activity_id, d.destination_id, d.authority, d.order_key, d.object_key
        )
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, object_key, due_at)
        SELECT *, $2 FROM back
        ON CONFLICT DO NOTHING
        RETURNING authority
        """,
        which.value,
        now,
    )
    waiting = await db.fetch(
        f"""
        UPDATE pending_delivery d
           SET due_at = least(due_at, $2), is_held = false, failures = 0
         WHERE {OF[which.kind]}
        RETURNING authority
        """,
        which.value,
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


async def give_up(db: Connection, which: Which, *, why: str = "given up by hand", now: datetime) -> int:
    """Try what waits no more; it is kept among what failed, from where it can be tried again. Returns how much."""
    await _lock(db, which)
    rows = await db.fetch(
        f"""
        WITH gone AS (DELETE FROM pending_delivery d WHERE {OF[which.kind]} RETURNING d.*)
        INSERT INTO failed_delivery (activity_id, destination_id, authority, order_key, object_key, attempts,
                                     last_status, last_error, failed_at)
        SELECT activity_id, destination_id, authority, order_key, object_key, attempts, last_status,
               concat_ws(': ', $3::text, last_error), $2
          FROM gone
        ON CONFLICT DO NOTHING
        RETURNING authority
        """,
        which.value,
        now,
        why,
    )
    await _let_sleep(db, {row["authority"] for row in rows})
    return len(rows)


async def drop(db: Connection, which: Which, *, failed_too: bool = True) -> int:
    """Forget what waits, and what failed; returns how much that was. What is under way may arrive."""
    await _lock(db, which)
    rows = await db.fetch(f"DELETE FROM pending_delivery d WHERE {OF[which.kind]} RETURNING authority", which.value)
    await _let_sleep(db, {row["authority"] for row in rows})
    if failed_too:
        rows += await db.fetch(f"DELETE FROM failed_delivery d WHERE {OF[which.kind]} RETURNING authority", which.value)
    return len(rows)


async def drop_below(db: Connection, domain: str) -> int:
    """Forget all that waits for a domain, its ports, and the domains below it; returns how much that was."""
    rows = await db.fetch("SELECT authority FROM delivery_peer WHERE position($1 in authority) > 0", domain)
    dropped = 0
    for authority in sorted(row["authority"] for row in rows):
        if domain in domains_above(authority):
            dropped += await drop(db, Which(authority))
    return dropped


async def pause(db: Connection, authority: str, *, now: datetime) -> bool:
    """Send nothing to a peer until `resume`; what is for it waits, up to two weeks. False: it was paused already."""
    return (
        await db.fetchval(
            """
            INSERT INTO delivery_peer AS p (authority, paused_at)
            VALUES ($1, $2)
            ON CONFLICT (authority) DO UPDATE
               SET paused_at = $2
             WHERE p.paused_at IS NULL
            RETURNING true
            """,
            authority,
            now,
        )
        is not None
    )


async def resume(db: Connection, authority: str) -> bool:
    """Send to a peer again, as its waits allow. False: it was not paused."""
    found = await db.fetchval(
        "UPDATE delivery_peer SET paused_at = NULL WHERE authority = $1 AND paused_at IS NOT NULL RETURNING true",
        authority,
    )
    return found is not None


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that fails, or to which nothing is sent."""

    authority: str
    failing_since: datetime | None
    last_error: str | None
    paused_at: datetime | None


async def troubled(db: Connection, *, limit: int) -> tuple[list[Trouble], int]:
    """Peers that fail or are paused, those that fail longest first, and how many there are."""
    rows = await db.fetch(
        """
        SELECT authority, failing_since, last_error, paused_at, count(*) OVER () AS all_of_them
          FROM delivery_peer
         WHERE failing_since IS NOT NULL OR paused_at IS NOT NULL
      ORDER BY failing_since, authority
         LIMIT $1
        """,
        limit,
    )
    found = [Trouble(**{name: row[name] for name in Trouble.__struct_fields__}) for row in rows]
    return found, rows[0]["all_of_them"] if rows else 0


async def _let_sleep(db: Connection, authorities: set[str]) -> None:
    """Peers for which nothing waits any more are looked at no more, unless a worker has them."""
    await db.execute(
        """
        UPDATE delivery_peer
           SET ready_at = NULL
         WHERE authority = ANY($1)
           AND lease_token IS NULL
           AND NOT EXISTS (SELECT FROM pending_delivery WHERE pending_delivery.authority = delivery_peer.authority)
        """,
        sorted(authorities),
    )


async def _lock(db: Connection, which: Which) -> None:
    """The peers first, in one order, as everybody who writes about several of them (R024)."""
    await db.execute(
        f"SELECT FROM delivery_peer d WHERE {PEERS[which.kind]} ORDER BY authority FOR UPDATE", which.value
    )
