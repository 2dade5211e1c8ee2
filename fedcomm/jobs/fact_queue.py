"""Facts that wait for their consequences (decisions D5, D66; R001, R005, R028).

A recorded fact becomes one row for each of its consequences; each has its own tries, so one failing does not stop the
others. Of one consequence's rows about the same thing, the earlier goes first: an edit is not sent before the post.
A lease is `due_at` moved into the future and a token; whoever finishes shows the token.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fedcomm import facts, ids
from fedcomm.database import Connection
from fedcomm.facts import Fact
from fedcomm.jobs import queues

TRIES = 5
"""So often work fails before it is given up; a try that was cut off is no failure."""
TRIES_IN_ALL = 50
"""What never ends within its limit is given up after so many tries, four hours: a machine that has too much to do for
minutes, or was stopped, must lose nothing by it."""
AT_A_TIME = 200
"""So many facts get their consequences in one transaction."""
SUBJECTS = frozenset({"post_id", "boost_id", "follow_id", "carry_id", "account_id", "announcement_id"})
Names = Mapping[str, Sequence[str]]
"""For each type of fact, the names of its consequences."""
Narrow = Mapping[tuple[str, str], Callable[[Connection, Sequence[int]], Awaitable[Collection[int]]]]
"""For some types of facts and consequences: which of these subjects it has anything to do for."""
AtOnce = Mapping[tuple[str, str], Callable[[Connection, Sequence[int], datetime], Awaitable[None]]]
"""For some types of facts and consequences: does it for all these subjects, in the transaction given."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A consequence to be done now, by whoever holds `token`."""

    fact_id: int
    name: str
    fact: Fact
    attempts: int
    failures: int
    token: int


def lane(fact_id: int, type_: str, fields: Mapping[str, Any]) -> int:
    """What a fact is about, for order: the thing that its first field names; else nothing but itself."""
    first = facts.FACTS[type_].__struct_fields__[0] if type_ in facts.FACTS else ""
    return int(fields[first]) if first in SUBJECTS else fact_id


@dataclass(frozen=True, slots=True)
class Expanded:
    """How many facts got their consequences, and how many of those were done with it."""

    facts: int
    done: int = 0


async def expand(
    db: Connection,
    names: Names,
    narrow: Narrow | None = None,
    at_once: AtOnce | None = None,
    *,
    now: datetime,
    most: int = AT_A_TIME,
) -> Expanded:
    """Write down the consequences of recorded facts, oldest first. One transaction.

    `narrow` is asked once for all facts of a type, so that a thousand posts that concern nobody cost one statement.
    What `at_once` can do is done for all of them together; should that fail, it is written down like the rest.
    """
    fresh = await db.fetch(
        """
        SELECT id, type, payload, created_at
          FROM fact
         WHERE expanded_at IS NULL
         ORDER BY id
         LIMIT $1
           FOR UPDATE SKIP LOCKED
        """,
        most,
    )
    if not fresh:
        return Expanded(0)
    wanted = [
        (row["id"], row["type"], name, lane(row["id"], row["type"], row["payload"]), row["created_at"])
        for row in fresh
        for name in names.get(row["type"], ())
    ]
    idle: set[tuple[str, str, int]] = set()
    for (type_, name), ask in (narrow or {}).items():
        subjects = [subject for _, kind, its_name, subject, _ in wanted if (kind, its_name) == (type_, name)]
        if subjects:
            idle |= {(type_, name, subject) for subject in set(subjects).difference(await ask(db, subjects))}
    done: set[tuple[str, str]] = set()
    for (type_, name), do in (at_once or {}).items():
        subjects = [subject for _, kind, its_name, subject, _ in wanted if (kind, its_name) == (type_, name)]
        if subjects and await _is_done(db, name, do(db, subjects, now)):
            done.add((type_, name))
    rows = [
        (id_, name, subject, created_at)
        for id_, type_, name, subject, created_at in wanted
        if (type_, name, subject) not in idle and (type_, name) not in done
    ]
    if rows:
        await db.execute(
            """
            INSERT INTO consequence (fact_id, name, lane, due_at)
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[])
            """,
            *([row[column] for row in rows] for column in range(4)),
        )
    await db.execute("UPDATE fact SET expanded_at = $2 WHERE id = ANY($1)", [row["id"] for row in fresh], now)
    return Expanded(len(fresh), sum((each[1], each[2]) in done for each in wanted))


async def _is_done(db: Connection, name: str, doing: Awaitable[None]) -> bool:
    """Whether it went well for all; else nothing of it was written, and each has its own tries."""
    try:
        async with db.transaction():
            await doing
    except Exception:  # whatever it was: each of them is tried alone, and says so in its row when it fails there too
        log.exception("not done at once name=%s", name)
        return False
    return True


async def claim(db: Connection, *, now: datetime, lease: timedelta, most: int) -> list[Claimed]:
    """Take up to `most` consequences that are due, in the order of their facts. In a transaction of its own.

    The try is counted before it is made, so a crash in the middle makes the waits longer too.
    """
    await queues.lock(db, "facts")
    token = ids.new(now)
    rows = await db.fetch(
        """
        WITH due AS (
            SELECT c.fact_id, c.name
              FROM consequence c
             WHERE c.failed_at IS NULL
               AND c.due_at <= $1
               AND NOT EXISTS (SELECT
                                 FROM consequence earlier
                                WHERE earlier.lane = c.lane
                                  AND earlier.name = c.name
                                  AND earlier.fact_id < c.fact_id
                                  AND earlier.failed_at IS NULL)
             ORDER BY c.due_at, c.fact_id
             LIMIT $2
        )
        UPDATE consequence c
           SET attempts = attempts + 1, lease_token = $3, due_at = $4
          FROM due, fact f
         WHERE c.fact_id = due.fact_id AND c.name = due.name AND f.id = c.fact_id
        RETURNING c.fact_id, c.name, c.attempts, c.failures, f.type, f.payload
        """,
        now,
        most,
        token,
        now + lease,
    )
    claimed = [
        Claimed(
            row["fact_id"],
            row["name"],
            facts.from_row(row["type"], row["payload"]),
            row["attempts"],
            row["failures"],
            token,
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda each: each.fact_id)


async def finish(db: Connection, fact_id: int, name: str, token: int) -> bool | None:
    """It is done: in the transaction of its effect. None when somebody else has it now; then roll back (R005).

    Else whether there is more to do at once: what stood behind it, or facts that wait for their consequences.
    """
    more: bool | None = await db.fetchval(
        """
        DELETE FROM consequence done
         WHERE fact_id = $1 AND name = $2 AND lease_token = $3
        RETURNING EXISTS (SELECT
                            FROM consequence later
                           WHERE later.lane = done.lane AND later.name = done.name AND later.fact_id > done.fact_id)
               OR EXISTS (SELECT FROM fact WHERE expanded_at IS NULL)
        """,
        fact_id,
        name,
        token,
    )
    return more


async def again(
    db: Connection, work: Claimed, error: str, *, due_at: datetime | None, counts: bool = True, now: datetime
) -> bool:
    """It failed: try again at `due_at`, or give it up (None) and keep it in the failed list. False as in `finish`.

    `counts`: the mistake was in the work, not in the way to the database.
    """
    return (
        await db.fetchval(
            """
        UPDATE consequence
           SET lease_token = NULL, last_error = $4, due_at = coalesce($5, due_at),
               failures = failures + $7::boolean::integer,
               failed_at = CASE WHEN $5::timestamptz IS NULL THEN $6::timestamptz END
         WHERE fact_id = $1 AND name = $2 AND lease_token = $3
        RETURNING true
        """,
            work.fact_id,
            work.name,
            work.token,
            error[:1000],
            due_at,
            now,
            counts,
        )
        is not None
    )


async def hand_back(db: Connection, unfinished: Iterable[Claimed], *, now: datetime) -> None:
    """We stop before these were done: somebody else may at once, and the try does not count (R034)."""
    held = list(unfinished)
    await db.execute(
        """
        UPDATE consequence c
           SET lease_token = NULL, due_at = $4, attempts = attempts - 1
          FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS held (fact_id, name, token)
         WHERE c.fact_id = held.fact_id AND c.name = held.name AND c.lease_token = held.token
        """,
        [each.fact_id for each in held],
        [each.name for each in held],
        [each.token for each in held],
        now,
    )


async def give_up_waiting(db: Connection, names: Collection[str], why: str, *, now: datetime) -> int:
    """Do no consequence of these names that waits; they are kept among what failed. Returns how many."""
    rows = await db.fetch(
        """
        UPDATE consequence
           SET failed_at = $3, last_error = $2, lease_token = NULL
         WHERE failed_at IS NULL AND name = ANY($1)
        RETURNING 1
        """,
        list(names),
        why,
        now,
    )
    return len(rows)


async def next_due(db: Connection) -> datetime | None:
    """When the next consequence may be tried; facts that are not expanded yet are due at once."""
    found: datetime | None = await db.fetchval(
        """
        SELECT least((SELECT min(created_at) FROM fact WHERE expanded_at IS NULL),
                     (SELECT min(due_at) FROM consequence WHERE failed_at IS NULL))
        """
    )
    return found


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove facts that have been done with since before then; those with failed consequences stay."""
    await db.execute(
        """
        DELETE FROM fact f
         WHERE f.expanded_at < $1
           AND f.id < $2
           AND NOT EXISTS (SELECT FROM consequence WHERE fact_id = f.id)
        """,
        before,
        ids.at(before, now=before),
    )
