"""What the worker that sends asks of the delivery queue (decisions D53; R002, R005, R009, R016, R042).

It leases a whole peer (authority), so order and the few deliveries in flight are kept in its memory; results are
written back many at a time, and only by who holds the lease.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs.delivery_queue import PATIENCE, Lease, Letter, Row, Verdict, know_destinations


async def lease(db: Connection, *, now: datetime, until: datetime, most: int, mine: Sequence[str] = ()) -> list[Lease]:
    """Take up to `most` peers that are ready, those that waited longest first. A lease that ran out is free again.

    `mine` are not taken: to them something of ours is under way, which took longer than the lease; it would go twice.
    """
    rows = await db.fetch(
        """
        WITH ready AS (
            SELECT authority
              FROM delivery_peer
             WHERE ready_at <= $1 AND paused_at IS NULL AND authority <> ALL($5)
               AND NOT EXISTS (SELECT FROM queue WHERE name = 'deliveries' AND held_at IS NOT NULL)
             ORDER BY ready_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery_peer p
           SET lease_token = $3, ready_at = $4, has_news = false
          FROM ready
         WHERE p.authority = ready.authority
        RETURNING p.authority, p.lease_token AS token, p.ready_at AS until, p.failure_count, p.failing_since,
                  p.open_count, p.wait_until, p.last_success_at, p.last_failure_at, p.last_status, p.last_error
        """,
        now,
        most,
        ids.new(now),
        until,
        list(mine),
    )
    return [Lease(**row) for row in rows]


async def rows_of(db: Connection, authorities: Sequence[str], *, now: datetime, each: int) -> list[Row]:
    """The oldest rows of each of these peers that may be sent now, or after the ones before them in their order.

    Rows behind a message that is put off are left out: all of its order at first, after its third failure only those
    about the same object (P6).
    """
    rows = await db.fetch(
        """
        SELECT w.activity_id, w.destination_id, w.authority, w.order_key, w.object_key, w.attempts, w.failures,
               w.last_status,
               to_reach.inbox_url, to_reach.missing_at,
               (SELECT created_at FROM activity WHERE id = w.activity_id) AS created_at
          FROM unnest($1::text[]) AS asked (authority)
          JOIN delivery_peer peer ON peer.authority = asked.authority AND peer.paused_at IS NULL
         CROSS JOIN LATERAL (
               SELECT *
                 FROM pending_delivery p
                WHERE p.authority = asked.authority
                  AND p.due_at <= $2
                  AND NOT EXISTS (SELECT
                                    FROM pending_delivery h
                                   WHERE h.destination_id = p.destination_id
                                     AND h.order_key = p.order_key
                                     AND h.is_held
                                     AND h.due_at > $2
                                     AND h.activity_id < p.activity_id
                                     AND (h.failures < $4 OR (h.object_key = p.object_key AND h.object_key <> 0)))
                ORDER BY p.activity_id
                LIMIT $3) w
          JOIN destination to_reach ON to_reach.id = w.destination_id
        """,
        list(authorities),
        now,
        each,
        PATIENCE,
    )
    return sorted((Row(**row) for row in rows), key=lambda row: row.key)


async def newest_of(db: Connection, authority: str, *, since: datetime, now: datetime, most: int) -> list[Row]:
    """The newest rows of a peer, made since then, before which nothing of their order waits; oldest of them first."""
    rows = await db.fetch(
        """
        SELECT w.activity_id, w.destination_id, w.authority, w.order_key, w.object_key, w.attempts, w.failures,
               w.last_status, to_reach.inbox_url, to_reach.missing_at,
               (SELECT created_at FROM activity WHERE id = w.activity_id) AS created_at
          FROM (SELECT *
                  FROM pending_delivery
                 WHERE authority = $1 AND activity_id > $2 AND due_at <= $3
                 ORDER BY activity_id DESC
                 LIMIT $4) w
          JOIN destination to_reach ON to_reach.id = w.destination_id
         WHERE NOT EXISTS (SELECT
                             FROM pending_delivery earlier
                            WHERE earlier.authority = w.authority
                              AND earlier.destination_id = w.destination_id
                              AND earlier.order_key = w.order_key
                              AND earlier.activity_id < w.activity_id)
         ORDER BY w.activity_id
        """,
        authority,
        ids.at(since, now=now),
        now,
        most,
    )
    return [Row(**row) for row in rows]


async def letters(db: Connection, activity_ids: Iterable[int]) -> dict[int, Letter]:
    """The activities themselves."""
    rows = await db.fetch(
        """
        SELECT id, uri, type, actor_id, post_id, is_public, body
          FROM activity
         WHERE id = ANY($1)
        """,
        list(activity_ids),
    )
    return {row["id"]: Letter(**row) for row in rows}


async def start(db: Connection, tries: Sequence[tuple[Row, Lease]]) -> set[tuple[int, int]]:
    """Write tries down before they are made; returns the keys of those that may be made.

    The others were dropped meanwhile, or their peer is another worker's now, or paused, or all sending is held.
    """
    rows = await db.fetch(
        """
        UPDATE pending_delivery p
           SET attempts = p.attempts + 1
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
               AS t (activity_id, destination_id, authority, token)
          JOIN delivery_peer peer ON peer.authority = t.authority AND peer.lease_token = t.token
                                 AND peer.paused_at IS NULL
                                 AND NOT EXISTS (SELECT
                                                   FROM queue
                                                  WHERE name = 'deliveries' AND held_at IS NOT NULL)
         WHERE p.activity_id = t.activity_id AND p.destination_id = t.destination_id
        RETURNING p.activity_id, p.destination_id
        """,
        [row.activity_id for row, _ in tries],
        [row.destination_id for row, _ in tries],
        [row.authority for row, _ in tries],
        [held.token for _, held in tries],
    )
    return {(row["activity_id"], row["destination_id"]) for row in rows}


async def hold(db: Connection, leases: Sequence[Lease]) -> set[str]:
    """Lock the peers whose lease is still ours, in one order, until the transaction ends; returns their authorities."""
    rows = await db.fetch(
        """
        SELECT p.authority
          FROM delivery_peer p
          JOIN unnest($1::text[], $2::bigint[]) AS held (authority, token)
            ON held.authority = p.authority AND held.token = p.lease_token
         ORDER BY p.authority
           FOR UPDATE OF p
        """,
        [each.authority for each in leases],
        [each.token for each in leases],
    )
    return {row["authority"] for row in rows}


async def write(db: Connection, verdicts: Sequence[Verdict]) -> None:
    """Write down what came of tries, for peers that are held."""
    by_kind: dict[str, list[Verdict]] = {"done": [], "failed": [], "later": [], "elsewhere": []}
    for verdict in verdicts:
        by_kind[verdict.kind].append(verdict)
    if done := by_kind["done"]:
        await _write_done(db, done)
    if failed := by_kind["failed"]:
        await _write_failed(db, failed)
    if later := by_kind["later"]:
        await _write_later(db, later)
    for verdict in by_kind["elsewhere"]:
        await _write_elsewhere(db, verdict)
    if back := [each.row.destination_id for each in by_kind["done"] if each.row.missing_at is not None]:
        await db.execute("UPDATE destination SET missing_at = NULL WHERE id = ANY($1)", back)


async def _write_done(db: Connection, verdicts: Sequence[Verdict]) -> None:
    await db.execute(
        """
        WITH v AS (
            SELECT *
              FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::timestamptz[])
                   AS v (activity_id, destination_id, status, at)
        ), gone AS (
            DELETE FROM pending_delivery p
             USING v
             WHERE p.activity_id = v.activity_id AND p.destination_id = v.destination_id
        )
        INSERT INTO done_delivery (activity_id, destination_id, status, done_at)
        SELECT activity_id, destination_id, status, at
          FROM v
        ON CONFLICT DO NOTHING
        """,
        [verdict.row.activity_id for verdict in verdicts],
        [verdict.row.destination_id for verdict in verdicts],
        [verdict.status or 0 for verdict in verdicts],
        [verdict.at for verdict in verdicts],
    )


async def _write_failed(db: Connection, verdicts: Sequence[Verdict]) -> None:
    await db.execute(
        """
        WITH v AS (
            SELECT *
              FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::timestamptz[])
                   AS v (activity_id, destination_id, status, error, at)
        ), gone AS (
            DELETE FROM pending_delivery p
             USING v
             WHERE p.activity_id = v.activity_id AND p.destination_id = v.destination_id
            RETURNING p.activity_id, p.destination_id, p.authority, p.order_key, p.object_key, p.attempts,
                      v.status, v.error, v.at
        )
        INSERT INTO failed_delivery (activity_id, destination_id, authority, order_key, object_key, attempts,
                                     last_status, last_error, failed_at)
        SELECT * FROM gone
        ON CONFLICT DO NOTHING
        """,
        [verdict.row.activity_id for verdict in verdicts],
        [verdict.row.destination_id for verdict in verdicts],
        [verdict.status for verdict in verdicts],
        [verdict.error[:500] for verdict in verdicts],
        [verdict.at for verdict in verdicts],
    )


async def _write_later(db: Connection, verdicts: Sequence[Verdict]) -> None:
    await db.execute(
        """
        UPDATE pending_delivery p
           SET due_at = v.at, is_held = v.counts, failures = p.failures + v.counts::integer,
               attempts = p.attempts - v.uncounted::integer, last_status = v.status, last_error = v.error
          FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::timestamptz[], $6::boolean[],
                      $7::boolean[])
               AS v (activity_id, destination_id, status, error, at, counts, uncounted)
         WHERE p.activity_id = v.activity_id AND p.destination_id = v.destination_id
        """,
        [verdict.row.activity_id for verdict in verdicts],
        [verdict.row.destination_id for verdict in verdicts],
        [verdict.status for verdict in verdicts],
        [verdict.error[:500] or None for verdict in verdicts],
        [verdict.at for verdict in verdicts],
        [verdict.counts for verdict in verdicts],
        [not verdict.was_try for verdict in verdicts],
    )


async def _write_elsewhere(db: Connection, verdict: Verdict) -> None:
    """Who was to be reached at a shared inbox that is not there gets it personally, each once (R048)."""
    row = verdict.row
    if verdict.was_try:
        await db.execute("UPDATE destination SET missing_at = $2 WHERE id = $1", row.destination_id, verdict.at)
    await know_destinations(db, dict.fromkeys(verdict.inboxes, row.authority), now=verdict.at)
    await db.execute(
        """
        WITH gone AS (
            DELETE FROM pending_delivery
             WHERE activity_id = $1 AND destination_id = $2
            RETURNING activity_id, order_key, object_key
        )
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, object_key, due_at)
        SELECT gone.activity_id, d.id, d.authority, gone.order_key, gone.object_key, $3
          FROM gone
          JOIN destination d ON d.inbox_url = ANY($4)
         WHERE NOT EXISTS (SELECT FROM done_delivery WHERE activity_id = $1 AND destination_id = d.id)
           AND NOT EXISTS (SELECT FROM failed_delivery WHERE activity_id = $1 AND destination_id = d.id)
        ON CONFLICT DO NOTHING
        """,
        row.activity_id,
        row.destination_id,
        verdict.at,
        list(verdict.inboxes),
    )


async def keep(db: Connection, leases: Sequence[Lease]) -> set[str]:
    """Write how sending to held peers stands, and keep them until their `until`.

    Returns those for which something was added since they were read.
    """
    rows = await db.fetch(
        """
        UPDATE delivery_peer p
           SET ready_at = v.until, failure_count = v.failure_count, failing_since = v.failing_since,
               open_count = v.open_count, wait_until = v.wait_until, last_success_at = v.last_success_at,
               last_failure_at = v.last_failure_at, last_status = v.last_status, last_error = v.last_error,
               has_news = false
          FROM unnest($1::text[], $2::timestamptz[], $3::integer[], $4::timestamptz[], $5::integer[],
                      $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::integer[], $10::text[])
               AS v (authority, until, failure_count, failing_since, open_count, wait_until, last_success_at,
                     last_failure_at, last_status, last_error),
               delivery_peer before
         WHERE p.authority = v.authority AND before.authority = v.authority
        RETURNING p.authority, before.has_news
        """,
        [each.authority for each in leases],
        [each.until for each in leases],
        [each.failure_count for each in leases],
        [each.failing_since for each in leases],
        [each.open_count for each in leases],
        [each.wait_until for each in leases],
        [each.last_success_at for each in leases],
        [each.last_failure_at for each in leases],
        [each.last_status for each in leases],
        [each.last_error for each in leases],
    )
    return {row["authority"] for row in rows if row["has_news"]}


async def release(db: Connection, given: Sequence[tuple[str, bool]], *, now: datetime) -> None:
    """Give held peers back, each with whether all that may be sent now was sent.

    Then it sleeps if nothing waits, or until the next row is due; otherwise it is ready once its wait is over. They are
    locked (`hold`) before it is asked what waits: else a row that is just being added could be missed, and its peer
    sleep on it (ARCH 4.3).
    """
    await db.execute(
        """
        UPDATE delivery_peer p
           SET lease_token = NULL, has_news = false,
               ready_at = CASE WHEN EXISTS (SELECT FROM pending_delivery WHERE authority = p.authority)
                               THEN greatest(p.wait_until,
                                             CASE WHEN g.is_drained
                                                  THEN coalesce((SELECT min(due_at)
                                                                   FROM pending_delivery
                                                                  WHERE authority = p.authority AND due_at > $3), $3)
                                                  ELSE $3 END) END
          FROM unnest($1::text[], $2::boolean[]) AS g (authority, is_drained)
         WHERE p.authority = g.authority
        """,
        [authority for authority, _ in given],
        [is_drained for _, is_drained in given],
        now,
    )


async def news(db: Connection, authorities: Sequence[str]) -> set[str]:
    """Those of our peers for which something was added since we last read; asking makes it read.

    Rows that are just being written are left out: whoever writes them rings when they are committed. Waiting for them,
    while we hold others, would be a deadlock (R024).
    """
    rows = await db.fetch(
        """
        WITH new AS (
            SELECT authority
              FROM delivery_peer
             WHERE authority = ANY($1) AND has_news
               FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery_peer p
           SET has_news = false
          FROM new
         WHERE p.authority = new.authority
        RETURNING p.authority
        """,
        list(authorities),
    )
    return {row["authority"] for row in rows}


async def next_ready(db: Connection, *, mine: Sequence[str] = ()) -> datetime | None:
    """When the next peer may be tried, or its lease runs out, `mine` apart."""
    found: datetime | None = await db.fetchval(
        """
        SELECT min(ready_at)
          FROM delivery_peer
         WHERE ready_at IS NOT NULL AND paused_at IS NULL AND authority <> ALL($1)
           AND NOT EXISTS (SELECT FROM queue WHERE name = 'deliveries' AND held_at IS NOT NULL)
        """,
        list(mine),
    )
    return found
