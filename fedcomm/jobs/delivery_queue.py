"""What waits to be sent, for which destination (decisions D5, D53, D54; R002, R005, R009, R016-R018, R040-R042).

An activity is stored once, already encoded; one small row says that a destination (an inbox URL) still has to get it.
A worker leases a whole peer (authority), so order and the few deliveries in flight are kept in its memory; results are
written back many at a time, and only by who holds the lease. `delivering.py` is that worker.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from fedcomm import ids
from fedcomm.database import Connection

PATIENCE = 3
"""Failures of one message after which only later messages about the same object wait behind it (P6)."""


class Sender(Protocol):
    """The account of ours that signs an activity."""

    @property
    def id(self) -> int: ...


@dataclass(slots=True)
class Lease:
    """A peer that this worker has until `until`, and how sending to it stands."""

    authority: str
    token: int
    until: datetime
    failure_count: int
    failing_since: datetime | None
    open_count: int
    wait_until: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_status: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """An activity that a destination still has to get."""

    activity_id: int
    destination_id: int
    authority: str
    order_key: int
    object_key: int
    attempts: int
    failures: int
    last_status: int | None
    inbox_url: str
    created_at: datetime
    """When the activity was made: two weeks later it is given up."""

    @property
    def key(self) -> tuple[int, int]:
        """Identifies the row."""
        return self.activity_id, self.destination_id

    @property
    def order(self) -> tuple[int, int]:
        """One at a time is sent of the same order."""
        return self.destination_id, self.order_key


@dataclass(frozen=True, slots=True)
class Letter:
    """An activity as it is sent: the same bytes at every try (R047)."""

    id: int
    uri: str
    type: str
    actor_id: int
    post_id: int | None
    is_public: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be written about one row after a try."""

    row: Row
    kind: Literal["done", "failed", "later"]
    at: datetime
    """When it was done or failed, or, for `later`, when it is due again."""
    status: int | None = None
    error: str = ""
    counts: bool = False
    """Whether the try counts as a failure of this message, and what comes after it in its order waits."""
    was_try: bool = True
    """False when the peer asked us to wait, or we stopped: then it is as if it had not been tried (R015)."""


async def enqueue(
    db: Connection,
    *,
    actor: Sender,
    uri: str,
    type: str,
    body: bytes,
    post_id: int | None,
    is_public: bool,
    inboxes: Iterable[tuple[str, str]],
    order_key: int,
    activity_id: int,
    now: datetime,
    object_key: int = 0,
    due_at: datetime | None = None,
    spread: timedelta = timedelta(0),
    only_allowed: bool = False,
) -> None:
    """Store an activity, and that these inboxes (url, authority) have to get it; in the transaction of its cause.

    A handful of statements for any number of inboxes. Suspended peers get nothing, and with `only_allowed` (the
    federation setting `allowlist`) only allowed ones do. `order_key`: the thread, else a hash of the pair of actors.
    `object_key`: the post. Not before `due_at`, each at its own moment within `spread` after it (D55, D56). Doing it
    twice with the same `uri` changes nothing.
    """
    fresh = await db.fetchval(
        """
        INSERT INTO activity (id, uri, actor_id, type, post_id, body, is_public, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (uri) DO NOTHING
        RETURNING true
        """,
        activity_id,
        uri,
        actor.id,
        type,
        post_id,
        body,
        is_public,
        now,
    )
    wanted = dict(await _admitted(db, inboxes, only_allowed=only_allowed))
    if not fresh or not wanted:
        return
    urls = list(wanted)
    authorities = [wanted[url] for url in urls]
    await db.execute(
        """
        INSERT INTO destination (id, inbox_url, authority)
        SELECT new.id, new.inbox_url, new.authority
          FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (id, inbox_url, authority)
         WHERE NOT EXISTS (SELECT FROM destination WHERE inbox_url = new.inbox_url)
         ORDER BY new.inbox_url
        ON CONFLICT (inbox_url) DO NOTHING
        """,
        [ids.new(now) for _ in urls],
        urls,
        authorities,
    )
    await db.execute(
        """
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, object_key, due_at, is_held)
        SELECT $1, id, authority, $2, $3, due_at, due_at > $6
          FROM (SELECT id, authority, $4::timestamptz + random() * $5::interval AS due_at
                  FROM destination
                 WHERE inbox_url = ANY($7)
                OFFSET 0) AS d
        """,
        activity_id,
        order_key,
        object_key,
        due_at or now,
        spread,
        now,
        urls,
    )
    await _call(db, authorities, due_at or now)


async def _admitted(db: Connection, inboxes: Iterable[tuple[str, str]], *, only_allowed: bool) -> list[tuple[str, str]]:
    """The inboxes at peers that may get something; a suspended domain stands for those below it (S100)."""
    wanted = list(inboxes)
    rows = await db.fetch(
        """
        SELECT authority, policy
          FROM peer
         WHERE policy = 'suspended' OR ($2 AND policy IN ('allowed', 'limited') AND authority = ANY($1))
        """,
        list({authority for _, authority in wanted}),
        only_allowed,
    )
    suspended = {row["authority"] for row in rows if row["policy"] == "suspended"}
    admitted = {row["authority"] for row in rows} - suspended
    return [
        (url, authority)
        for url, authority in wanted
        if suspended.isdisjoint(domains_above(authority)) and (not only_allowed or authority in admitted)
    ]


def domains_above(authority: str) -> list[str]:
    """An authority itself, its host, and every domain that this host lies in."""
    host = authority.rpartition(":")[0] if authority.rpartition(":")[2].isdecimal() else authority
    labels = host.split(".")
    return [authority, *(".".join(labels[start:]) for start in range(len(labels)))]


async def _call(db: Connection, authorities: Iterable[str], at: datetime) -> None:
    """Something waits for these peers from `at` on. Rows are locked in one order, so enqueuers never deadlock."""
    await db.execute(
        """
        INSERT INTO delivery_peer AS p (authority, ready_at)
        SELECT authority, $2
          FROM unnest($1::text[]) AS authority
         ORDER BY authority
        ON CONFLICT (authority) DO UPDATE
           SET has_news = p.lease_token IS NOT NULL,
               ready_at = CASE WHEN p.lease_token IS NOT NULL THEN p.ready_at
                               ELSE least(p.ready_at, greatest(excluded.ready_at, p.wait_until)) END
        """,
        sorted(set(authorities)),
        at,
    )


async def lease(db: Connection, *, now: datetime, until: datetime, most: int) -> list[Lease]:
    """Take up to `most` peers that are ready, those that waited longest first. A lease that ran out is free again."""
    rows = await db.fetch(
        """
        WITH ready AS (
            SELECT authority
              FROM delivery_peer
             WHERE ready_at <= $1
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
               (SELECT inbox_url FROM destination WHERE id = w.destination_id) AS inbox_url,
               (SELECT created_at FROM activity WHERE id = w.activity_id) AS created_at
          FROM unnest($1::text[]) AS asked (authority)
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
        """,
        list(authorities),
        now,
        each,
        PATIENCE,
    )
    return sorted((Row(**row) for row in rows), key=lambda row: row.key)


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

    The others were dropped meanwhile, or their peer is another worker's now.
    """
    rows = await db.fetch(
        """
        UPDATE pending_delivery p
           SET attempts = p.attempts + 1
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
               AS t (activity_id, destination_id, authority, token)
          JOIN delivery_peer peer ON peer.authority = t.authority AND peer.lease_token = t.token
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
    by_kind: dict[str, list[Verdict]] = {"done": [], "failed": [], "later": []}
    for verdict in verdicts:
        by_kind[verdict.kind].append(verdict)
    if done := by_kind["done"]:
        await _write_done(db, done)
    if failed := by_kind["failed"]:
        await _write_failed(db, failed)
    if later := by_kind["later"]:
        await _write_later(db, later)


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
    """Those of our peers for which something was added since we last read; asking makes it read."""
    rows = await db.fetch(
        """
        UPDATE delivery_peer
           SET has_news = false
         WHERE authority = ANY($1) AND has_news
        RETURNING authority
        """,
        list(authorities),
    )
    return {row["authority"] for row in rows}


async def next_ready(db: Connection) -> datetime | None:
    """When the next peer may be tried, or its lease runs out."""
    found: datetime | None = await db.fetchval("SELECT min(ready_at) FROM delivery_peer WHERE ready_at IS NOT NULL")
    return found


async def note_alive(db: Connection, authority: str, *, now: datetime) -> bool:
    """A peer that failed was heard from: its waits end at once (R013). True when that changed something."""
    return (
        await db.fetchval(
            """
        UPDATE delivery_peer
           SET failure_count = 0, failing_since = NULL, open_count = 0, wait_until = NULL,
               ready_at = CASE WHEN ready_at IS NULL OR lease_token IS NOT NULL THEN ready_at ELSE $2 END
         WHERE authority = $1 AND (failure_count > 0 OR open_count > 0 OR wait_until > $2)
        RETURNING true
        """,
            authority,
            now,
        )
        is not None
    )
