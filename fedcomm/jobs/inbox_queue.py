"""Activities that were accepted and wait to be interpreted (decisions D6, D45, D60, D66; R004, R010, R022, R028).

`add` is committed before the 202. Fresh items are claimed in batches, fairly between peers and in order for each
signer; items that were tried before are claimed one by one, so one that kills the process takes nobody with it.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs import queues

TRIES = 5
TRIES_IN_ALL = 50
"""As for consequences (`fact_queue.py`)."""

_IDS_USED_AGAIN = frozenset(("Update", "Like", "Dislike", "EmojiReact", "Announce"))
"""GoToSocial gives all Updates of a post the same id; snac all Likes, or Announces, of a post by one person."""

_AGAIN_AFTER = timedelta(hours=1)
"""Misskey sends the same Follow, byte for byte, whenever somebody follows again. An hour later it is a new one: by then
no signature counts that was made for the first, so nobody can have kept it (D51, S009)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Activity:
    """`recipient_id` is None when it came to the shared inbox."""

    activity_uri: str | None
    activity_type: str
    signer_uri: str
    authority: str
    recipient_id: int | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(_Activity):
    """One accepted activity."""

    id: int
    received_at: datetime
    attempts: int
    failures: int
    waits: int
    token: int


class Missing(Exception):  # reads as a sentence where it is raised
    """Something from elsewhere is needed to interpret an item: `fetch` gets and stores it, outside any transaction.

    Afterwards the item is interpreted again. Raised by the interpreter, understood by the worker.
    """

    def __init__(self, what: str, fetch: Callable[[], Awaitable[None]]) -> None:
        super().__init__(what)
        self.fetch = fetch


class Later(Exception):
    """It cannot be interpreted now, through nobody's mistake (its origin cannot be reached): it waits (D47, D51)."""


class Dropped(Exception):
    """It has no effect, for this reason: noted in the drop log, and done (D45)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(_Activity):
    """An activity whose sender is proven, before it is written down."""

    now: datetime

    @property
    def seen_as(self) -> tuple[str, str] | None:
        """What it is known by, and who sends it; None of what has no id."""
        seen = _seen_as(self.activity_uri, self.activity_type, self.body)
        return (seen, self.signer_uri) if seen is not None else None


async def add(db: Connection, each: Accepted) -> bool:
    """Accept an activity, before the 202. False when this signer's was seen before (S009, R022)."""
    (is_fresh,) = await add_all(db, [each])
    return is_fresh


async def add_all(db: Connection, accepted: Sequence[Accepted]) -> list[bool]:
    """The same for many, in one statement, which commits where no transaction is open."""
    first: dict[tuple[str, str], int] = {}
    for number, each in enumerate(accepted):
        if each.seen_as is not None:
            first.setdefault(each.seen_as, number)
    once = [n for n, each in enumerate(accepted) if each.seen_as is None or first[each.seen_as] == n]
    made = {ids.new(accepted[number].now): number for number in once}
    added = await db.fetch(
        """
        WITH arrived AS MATERIALIZED (
            SELECT *
              FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[],
                          $8::timestamptz[], $9::text[])
                   AS arrived (id, activity_uri, activity_type, signer_uri, authority, recipient_id, body, at, seen_as)
        ), fresh AS (
            INSERT INTO seen_activity (activity_uri, signer_uri, seen_at)
            SELECT seen_as, signer_uri, at
              FROM arrived
             WHERE seen_as IS NOT NULL
          ORDER BY seen_as, signer_uri  -- always so, that no two transactions wait for each other
                ON CONFLICT (activity_uri, signer_uri) DO UPDATE
               SET seen_at = excluded.seen_at
             WHERE seen_activity.seen_at < excluded.seen_at - $10::interval
               AND EXISTS (SELECT
                             FROM arrived
                            WHERE arrived.seen_as = excluded.activity_uri
                              AND arrived.signer_uri = excluded.signer_uri
                              AND arrived.activity_type = 'Follow')
            RETURNING activity_uri, signer_uri
        )
        INSERT INTO inbox_item (id, activity_uri, activity_type, signer_uri, authority, recipient_id, body,
                                received_at, due_at)
        SELECT id, activity_uri, activity_type, signer_uri, authority, recipient_id, body, at, at
          FROM arrived
         WHERE activity_uri IS NULL OR (seen_as, signer_uri) IN (SELECT activity_uri, signer_uri FROM fresh)
        RETURNING id
        """,
        list(made),
        [accepted[number].activity_uri for number in once],
        [accepted[number].activity_type for number in once],
        [accepted[number].signer_uri for number in once],
        [accepted[number].authority for number in once],
        [accepted[number].recipient_id for number in once],
        [accepted[number].body for number in once],
        [accepted[number].now for number in once],
        [seen[0] if (seen := accepted[number].seen_as) is not None else None for number in once],
        _AGAIN_AFTER,
    )
    fresh = {made[row["id"]] for row in added}
    return [number in fresh for number in range(len(accepted))]


def _seen_as(activity_uri: str | None, activity_type: str, body: bytes) -> str | None:
    """What an activity is known by: its id, and where servers use one again, its bytes."""
    if activity_uri is None or activity_type not in _IDS_USED_AGAIN:
        return activity_uri
    return f"{activity_uri} {hashlib.sha256(body).hexdigest()}"


async def claim(db: Connection, *, now: datetime, lease: timedelta, most: int = 100) -> list[Item]:
    """Take fresh items, the same number from each peer as far as they have so many, each signer's in order.

    A signer some of whose items are being interpreted elsewhere waits. In a transaction of its own.
    """
    await queues.lock(db, "inbox")
    rows = await db.fetch(
        """
        WITH RECURSIVE peers AS (
            (SELECT authority
               FROM inbox_item
              WHERE state = 'waiting' AND attempts = 0
              ORDER BY authority
              LIMIT 1)
             UNION ALL
            SELECT (SELECT authority
                      FROM inbox_item
                     WHERE state = 'waiting' AND attempts = 0 AND authority > peers.authority
                     ORDER BY authority
                     LIMIT 1)
              FROM peers
             WHERE peers.authority IS NOT NULL
        ), turns AS (
            SELECT item.id, row_number() OVER (PARTITION BY peers.authority ORDER BY item.due_at, item.id) AS turn
              FROM peers
             CROSS JOIN LATERAL (
                   SELECT id, due_at
                     FROM inbox_item i
                    WHERE i.state = 'waiting' AND i.attempts = 0
                      AND i.authority = peers.authority
                      AND i.due_at <= $1
                      AND NOT EXISTS (SELECT
                                        FROM inbox_item busy
                                       WHERE busy.signer_uri = i.signer_uri
                                         AND busy.state = 'waiting'
                                         AND busy.lease_token IS NOT NULL
                                         AND busy.due_at > $1)
                    ORDER BY i.due_at, i.id
                    LIMIT (SELECT greatest(1, 2 * $2 / count(*)) FROM peers)) item
             WHERE peers.authority IS NOT NULL
        ), chosen AS (
            SELECT id FROM turns ORDER BY turn, id LIMIT $2
        )
        UPDATE inbox_item i
           SET attempts = 1, lease_token = $3, due_at = $4
          FROM chosen
         WHERE i.id = chosen.id
        RETURNING i.id, i.activity_uri, i.activity_type, i.signer_uri, i.authority, i.recipient_id, i.body,
                  i.received_at, i.attempts, i.failures, i.waits, i.lease_token AS token
        """,
        now,
        most,
        ids.new(now),
        now + lease,
    )
    return sorted((Item(**row) for row in rows), key=lambda item: item.id)


async def claim_again(db: Connection, *, now: datetime, lease: timedelta) -> Item | None:
    """Take one item that was tried before and is due once more. In the transaction of a `claim`, after it."""
    row = await db.fetchrow(
        """
        UPDATE inbox_item
           SET attempts = attempts + 1, lease_token = $2, due_at = $3
         WHERE id = (SELECT id
                       FROM inbox_item i
                      WHERE i.state = 'waiting' AND i.attempts > 0 AND i.due_at <= $1
                        AND NOT EXISTS (SELECT
                                          FROM inbox_item busy
                                         WHERE busy.signer_uri = i.signer_uri
                                           AND busy.state = 'waiting'
                                           AND busy.lease_token IS NOT NULL
                                           AND busy.due_at > $1)
                      ORDER BY i.due_at, i.id
                      LIMIT 1)
        RETURNING id, activity_uri, activity_type, signer_uri, authority, recipient_id, body, received_at, attempts,
                  failures, waits, lease_token AS token
        """,
        now,
        ids.new(now),
        now + lease,
    )
    return Item(**row) if row is not None else None


async def renew(db: Connection, items: Iterable[Item], *, now: datetime, lease: timedelta) -> set[int]:
    """Keep items for longer, as a batch takes its time; returns the ids of those that are still ours."""
    held = list(items)
    rows = await db.fetch(
        """
        UPDATE inbox_item
           SET due_at = $3
         WHERE id = ANY($1) AND lease_token = ANY($2)
        RETURNING id
        """,
        [item.id for item in held],
        list({item.token for item in held}),
        now + lease,
    )
    return {row["id"] for row in rows}


async def finish(db: Connection, items: Sequence[Item], *, now: datetime) -> set[int]:
    """They are interpreted: in the transaction of their effects. Their bytes go: what is to be passed on is kept with
    its post, and goes with it (D60, D61).

    Returns the ids of those that were ours to finish; for the others roll back (R005).
    """
    rows = await db.fetch(
        """
        UPDATE inbox_item i
           SET state = 'done', done_at = $3, body = NULL, lease_token = NULL, last_error = NULL
          FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
         WHERE i.id = held.id AND i.lease_token = held.token
        RETURNING i.id
        """,
        [item.id for item in items],
        [item.token for item in items],
        now,
    )
    return {row["id"] for row in rows}


async def again(db: Connection, item: Item, error: str, *, due_at: datetime, counts: bool) -> bool:
    """Interpret it once more at `due_at`; `counts`: it failed. False when somebody else has it now."""
    return (
        await db.fetchval(
            """
        UPDATE inbox_item
           SET lease_token = NULL, due_at = $3, last_error = $4,
               failures = failures + $5::boolean::integer
         WHERE id = $1 AND lease_token = $2
        RETURNING true
        """,
            item.id,
            item.token,
            due_at,
            error[:1000],
            counts,
        )
        is not None
    )


async def put_off(db: Connection, item: Item, reason: str, *, due_at: datetime) -> bool:
    """Its origin cannot be reached: it waits, and that is nobody's failed try. False when somebody else has it now."""
    return (
        await db.fetchval(
            """
            UPDATE inbox_item
               SET lease_token = NULL, due_at = $3, last_error = $4, attempts = 1, failures = 0, waits = waits + 1
             WHERE id = $1 AND lease_token = $2
            RETURNING true
            """,
            item.id,
            item.token,
            due_at,
            reason[:1000],
        )
        is not None
    )


async def fail(db: Connection, item: Item, error: str, *, now: datetime) -> bool:
    """Give it up and keep it in the failed list. False when somebody else has it now."""
    return (
        await db.fetchval(
            """
        UPDATE inbox_item
           SET state = 'failed', done_at = $3, lease_token = NULL, last_error = $4,
               failures = failures + 1
         WHERE id = $1 AND lease_token = $2
        RETURNING true
        """,
            item.id,
            item.token,
            now,
            error[:1000],
        )
        is not None
    )


async def drop(db: Connection, item: Item, reason: str, *, now: datetime) -> None:
    """Note that an item had no effect, and why; kept 30 days. `finish` it too."""
    await db.execute(
        """
        INSERT INTO dropped_activity (id, activity_uri, activity_type, signer_uri, authority, reason, dropped_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        ids.new(now),
        item.activity_uri,
        item.activity_type,
        item.signer_uri,
        item.authority,
        reason[:500],
        now,
    )


async def hand_back(db: Connection, unfinished: Iterable[Item]) -> None:
    """We stop before these were interpreted: somebody else may at once, and the try does not count (R034)."""
    held = list(unfinished)
    await db.execute(
        """
        UPDATE inbox_item i
           SET lease_token = NULL, due_at = i.received_at, attempts = attempts - 1
          FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
         WHERE i.id = held.id AND i.lease_token = held.token
        """,
        [item.id for item in held],
        [item.token for item in held],
    )


async def next_due(db: Connection) -> datetime | None:
    """When the next item may be interpreted.

    Asked in two halves, each of which has its index: in one, all that was interpreted in seven days would be read.
    """
    found: datetime | None = await db.fetchval(
        """
        SELECT least((SELECT min(due_at) FROM inbox_item WHERE state = 'waiting' AND attempts = 0),
                     (SELECT min(due_at) FROM inbox_item WHERE state = 'waiting' AND attempts > 0))
        """
    )
    return found


async def forget(db: Connection, *, bytes_before: datetime, seen_before: datetime, drops_before: datetime) -> None:
    """Remove what is too old: items with their raw bytes, seen ids, the drop log (D60)."""
    await db.execute("DELETE FROM inbox_item WHERE state <> 'waiting' AND done_at < $1", bytes_before)
    await db.execute("DELETE FROM seen_activity WHERE seen_at < $1", seen_before)
    await db.execute("DELETE FROM dropped_activity WHERE dropped_at < $1", drops_before)
