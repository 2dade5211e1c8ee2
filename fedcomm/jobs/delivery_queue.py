"""What waits to be sent, for which destination (decisions D5, D53, D54; R002, R005, R009, R016-R018, R040-R042).

An activity is stored once, already encoded; one small row says that a destination (an inbox URL) still has to get it.
`delivery_leases.py` has what a worker asks, `delivering.py` is that worker.
"""

from collections.abc import Iterable, Mapping
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
    missing_at: datetime | None = None
    """When this shared inbox was last not there (R048)."""

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
    kind: Literal["done", "failed", "later", "elsewhere"]
    at: datetime
    """When it was done or failed, or, for `later`, when it is due again."""
    status: int | None = None
    error: str = ""
    counts: bool = False
    """Whether the try counts as a failure of this message, and what comes after it in its order waits."""
    was_try: bool = True
    """False when the peer asked us to wait, or we stopped: then it is as if it had not been tried (R015)."""
    inboxes: tuple[str, ...] = ()
    """For `elsewhere`: the inboxes of the same peer that get it in place of its shared one."""


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
    is_further: bool = False,
) -> None:
    """Store an activity, and that these inboxes (url, authority) have to get it; in the transaction of its cause.

    A handful of statements for any number of inboxes. Suspended peers get nothing, and with `only_allowed` (the
    federation setting `allowlist`) only allowed ones do. `order_key`: the thread, else a hash of the pair of actors.
    `object_key`: the post. Not before `due_at`, each at its own moment within `spread` after it (D55, D56). Doing it
    twice with the same `uri` changes nothing, unless `is_further`: then inboxes that are new to it get it too.
    """
    fresh = await _store(db, activity_id, uri, actor.id, type, post_id, body, is_public, now)
    wanted = dict(await _admitted(db, inboxes, only_allowed=only_allowed))
    if not wanted or not (fresh or is_further):
        return
    await know_destinations(db, wanted, now=now)
    await db.execute(
        """
        INSERT INTO pending_delivery (activity_id, destination_id, authority, order_key, object_key, due_at, is_held)
        SELECT $1, id, authority, $2, $3, due_at, due_at > $6
          FROM (SELECT id, authority, $4::timestamptz + random() * $5::interval AS due_at
                  FROM destination
                 WHERE inbox_url = ANY($7)
                OFFSET 0) AS d
         WHERE $8
            OR NOT EXISTS (SELECT FROM done_delivery WHERE activity_id = $1 AND destination_id = d.id)
        ON CONFLICT DO NOTHING
        """,
        activity_id,
        order_key,
        object_key,
        due_at or now,
        spread,
        now,
        list(wanted),
        fresh,
    )
    await _call(db, wanted.values(), due_at or now)


async def _store(
    db: Connection,
    activity_id: int,
    uri: str,
    actor_id: int,
    type: str,
    post_id: int | None,
    body: bytes,
    is_public: bool,
    now: datetime,
) -> bool:
    """Keep what is to leave. False: it was kept before."""
    fresh = await db.fetchval(
        """
        INSERT INTO activity (id, uri, actor_id, type, post_id, body, is_public, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (uri) DO NOTHING
        RETURNING true
        """,
        activity_id,
        uri,
        actor_id,
        type,
        post_id,
        body,
        is_public,
        now,
    )
    return fresh is not None


async def know_destinations(db: Connection, authorities: Mapping[str, str], *, now: datetime) -> None:
    """Write down those of these inboxes that were never sent to before."""
    await db.execute(
        """
        INSERT INTO destination (id, inbox_url, authority)
        SELECT new.id, new.inbox_url, new.authority
          FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (id, inbox_url, authority)
         WHERE NOT EXISTS (SELECT FROM destination WHERE inbox_url = new.inbox_url)
         ORDER BY new.inbox_url
        ON CONFLICT (inbox_url) DO NOTHING
        """,
        [ids.new(now) for _ in authorities],
        list(authorities),
        list(authorities.values()),
    )


async def lock_peers(db: Connection, authorities: Iterable[str]) -> None:
    """To be asked first by who writes about several peers in more than one statement: all lock them in one order.

    Otherwise two of them, or one and the worker, wait for each other, which costs a second and a try (R024).
    """
    await db.execute(
        "SELECT FROM delivery_peer WHERE authority = ANY($1) ORDER BY authority FOR UPDATE", sorted(set(authorities))
    )


async def _admitted(db: Connection, inboxes: Iterable[tuple[str, str]], *, only_allowed: bool) -> list[tuple[str, str]]:
    """The inboxes at peers that may get something; a suspended domain stands for those below it (S100)."""
    wanted = list(inboxes)
    if not wanted:
        return []
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
