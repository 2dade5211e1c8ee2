"""Where something went and what was answered: which instance was told what of a post or a person, and when (C08).

What was taken is known for three days, what was given up for thirty (D60); who needs it for longer takes it along.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection

AT_ONCE = 1_000
READ_WITHIN_S = 60.0
MOST_HOSTS = 1_000
State = Literal["delivered", "waiting", "failed"]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked after: what was sent about a post; by or about somebody; made in a time. Nothing: all."""

    post_id: int | None = None
    person_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    is_deletion: bool = False
    """Only what asks others to delete something."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message for one inbox. `status`: the code of the last answer, None without one. `at`: when that was, when it
    is tried next, or when it was given up."""

    activity_id: int
    destination_id: int
    type: str
    uri: str
    actor: str
    post: str | None
    authority: str
    inbox_url: str
    state: State
    status: int | None
    error: str | None
    attempts: int | None
    """None where it was taken."""
    made_at: datetime
    at: datetime


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """How an instance answered in all. `statuses`: the codes, each with how often; None: there was no answer."""

    authority: str
    delivered: int
    waiting: int
    failed: int
    statuses: tuple[tuple[int | None, int], ...]


_SENT = """
  FROM activity a
  JOIN (SELECT activity_id, destination_id, 'delivered' AS state, status, NULL::text AS error,
               NULL::integer AS attempts, done_at AS at
          FROM done_delivery
     UNION ALL
        SELECT activity_id, destination_id, 'waiting', last_status, last_error, attempts, due_at FROM pending_delivery
     UNION ALL
        SELECT activity_id, destination_id, 'failed', last_status, last_error, attempts, failed_at
          FROM failed_delivery) d ON d.activity_id = a.id
  JOIN destination ON destination.id = d.destination_id
 WHERE ($1::bigint IS NULL OR a.post_id = $1)
   AND ($2::bigint IS NULL
        OR a.actor_id = $2
        OR a.post_id IN (SELECT id FROM post WHERE author_id = $2))
   AND a.id >= $3 AND a.id < $4
   AND (NOT $5
        OR a.type = 'Delete'
        OR a.type = 'Announce' AND position('"type":"Delete"' in convert_from(a.body, 'UTF8')) > 0)
"""


def _values(about: About) -> tuple[Any, ...]:
    first = ids.lowest(about.since) if about.since is not None else 0
    last = ids.lowest(about.before) if about.before is not None else 2**63 - 1
    return about.post_id, about.person_id, first, last, about.is_deletion


async def hosts(db: Connection, about: About) -> list[Host]:
    """Every instance that was told or is still to be, those first that have not taken everything."""
    rows = await db.fetch(
        f"""
        SELECT authority, coalesce(sum(count) FILTER (WHERE state = 'delivered'), 0)::bigint AS delivered,
               coalesce(sum(count) FILTER (WHERE state = 'waiting'), 0)::bigint AS waiting,
               coalesce(sum(count) FILTER (WHERE state = 'failed'), 0)::bigint AS failed,
               jsonb_agg(jsonb_build_array(status, count) ORDER BY status) AS statuses
          FROM (SELECT destination.authority, d.state, d.status, count(*) AS count
                {_SENT}
              GROUP BY destination.authority, d.state, d.status) each
      GROUP BY authority
      ORDER BY failed DESC, waiting DESC, authority
         LIMIT $6
        """,
        *_values(about),
        MOST_HOSTS,
        timeout=READ_WITHIN_S,
    )
    return [msgspec.convert({**row, "statuses": _added(row["statuses"])}, Host) for row in rows]


def _added(counted: Sequence[tuple[int | None, int]]) -> list[tuple[int | None, int]]:
    """The same code may have come with what was taken and with what was given up."""
    found: dict[int | None, int] = {}
    for status, count in counted:
        found[status] = found.get(status, 0) + count
    return list(found.items())


async def entries(
    read: Callable[[], AbstractAsyncContextManager[Connection]], about: About
) -> AsyncIterator[Sequence[Told]]:
    """Every message for every inbox, the earliest first, some at a time."""
    activity_id = destination_id = 0
    while True:
        async with read() as db:
            rows = await db.fetch(
                f"""
                SELECT a.id AS activity_id, d.destination_id, a.type, a.uri,
                       (SELECT uri FROM account WHERE id = a.actor_id) AS actor,
                       (SELECT uri FROM post WHERE id = a.post_id) AS post, destination.authority,
                       destination.inbox_url, d.state, d.status, d.error, d.attempts, a.created_at AS made_at, d.at
                {_SENT}
                   AND a.id >= $6 AND (a.id, d.destination_id) > ($6, $7)
              ORDER BY a.id, d.destination_id
                 LIMIT $8
                """,
                *_values(about),
                activity_id,
                destination_id,
                AT_ONCE,
                timeout=READ_WITHIN_S,
            )
        if rows:
            yield [Told(**row) for row in rows]
            activity_id, destination_id = rows[-1]["activity_id"], rows[-1]["destination_id"]
        if len(rows) < AT_ONCE:
            return
