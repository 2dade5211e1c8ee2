"""Lists of other instances that lie at an address: read again and again, and compared with what is decided here.

What differs is proposed as a list of changes (`lists.py`): to be looked at, or taken over by itself. What somebody
decided by hand, or left out, no list changes; nor does one shut out harder than whoever subscribed allowed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import audit, ids
from fedcomm.database import Connection, Row
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.network import lists, peers
from fedcomm.network.list_files import ListEntry, ReadList, Skipped
from fedcomm.network.list_sources import Problem
from fedcomm.network.lists import STRENGTH, PeerList
from fedcomm.network.peers import Policy

Hardest = Literal["limited", "suspended"]

MOST = 20
LONGEST_URL = 2_000
LONGEST_WAIT = timedelta(days=7)
MOST_LEFT_OUT = 20_000
BY_ITSELF = 100
"""A list that wants more changed than this at once waits for somebody to look."""

_COLUMNS = """
    id, by_id, name, url, hardest, is_automatic, wanted, left_out, etag, failures, problem, created_at, read_at,
    changed_at, due_at"""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A list that is followed. `wanted`: what it said last; `left_out`: what is not wanted of it here."""

    id: int
    by_id: int
    name: str
    url: str
    hardest: Hardest
    is_automatic: bool
    wanted: list[ListEntry]
    left_out: list[str]
    etag: str | None
    failures: int
    problem: Problem | None
    created_at: datetime
    read_at: datetime | None
    changed_at: datetime | None
    due_at: datetime


def _subscription(row: Row) -> Subscription:
    return msgspec.convert(dict(row), Subscription)


async def subscribe(
    db: Connection, by_id: int, name: str, url: str, *, hardest: Hardest, is_automatic: bool, now: datetime
) -> Subscription:
    """Follow a list from now on. Raises Invalid (one too many), Conflict (it is followed already)."""
    if await db.fetchval("SELECT count(*) FROM peer_subscription") >= MOST:
        raise Invalid("There can be %(n)s subscribed lists at most.", n=MOST, field="url")
    row = await db.fetchrow(
        f"""
        INSERT INTO peer_subscription (id, by_id, name, url, hardest, is_automatic, created_at, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (url) DO NOTHING
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        by_id,
        name,
        url,
        hardest,
        is_automatic,
        now,
    )
    if row is None:
        raise Conflict("This list is subscribed already.")
    await audit.write(db, by_id, "subscribe to list of peers", name, details={"url": url}, now=now)
    return _subscription(row)


async def all_of_them(db: Connection) -> list[Subscription]:
    """All lists that are followed, the first one first."""
    return [_subscription(row) for row in await db.fetch(f"SELECT {_COLUMNS} FROM peer_subscription ORDER BY id")]


async def by_id(db: Connection, subscription_id: int, *, holding: bool = False) -> Subscription:
    """One of them; `holding`: nobody else changes it until the transaction ends. Raises NotFound."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM peer_subscription WHERE id = $1" + (" FOR UPDATE" if holding else ""),
        subscription_id,
    )
    if row is None:
        raise NotFound("There is no such list.")
    return _subscription(row)


async def due(db: Connection, *, now: datetime) -> list[int]:
    """Those to be read again now, the longest due first."""
    rows = await db.fetch("SELECT id FROM peer_subscription WHERE due_at <= $1 ORDER BY due_at", now)
    return [row["id"] for row in rows]


async def change(
    db: Connection, by: int, subscription_id: int, *, hardest: Hardest, is_automatic: bool, now: datetime
) -> None:
    """Treat what it says otherwise from now on. Raises NotFound."""
    mine = await by_id(db, subscription_id, holding=True)
    await db.execute(
        "UPDATE peer_subscription SET hardest = $2, is_automatic = $3 WHERE id = $1",
        subscription_id,
        hardest,
        is_automatic,
    )
    details = {"hardest": hardest, "by itself": is_automatic}
    await audit.write(db, by, "change subscription to list of peers", mine.name, details=details, now=now)


async def note_read(
    db: Connection,
    subscription_id: int,
    found: ReadList | None,
    etag: str | None,
    *,
    every: timedelta,
    now: datetime,
) -> None:
    """It was read; None: it is as it was. When it is read again is not the same moment for everybody."""
    wanted = None if found is None else msgspec.to_builtins(found.entries)
    await db.execute(
        """
        UPDATE peer_subscription
           SET wanted = COALESCE($2, wanted), etag = CASE WHEN $2::jsonb IS NULL THEN etag ELSE $3 END,
               changed_at = CASE WHEN $2::jsonb IS NULL OR $2 = wanted THEN changed_at ELSE $4 END,
               failures = 0, problem = NULL, read_at = $4, due_at = $5
         WHERE id = $1
        """,
        subscription_id,
        wanted,
        etag,
        now,
        now + every + every * (subscription_id % 97 / 970),
    )


async def note_problem(
    db: Connection, subscription_id: int, problem: Problem, *, every: timedelta, now: datetime
) -> None:
    """It could not be read; what it said last stays, and it is asked less and less often."""
    mine = await by_id(db, subscription_id, holding=True)
    wait = min(every * 2 ** min(mine.failures, 10), max(LONGEST_WAIT, every))
    await db.execute(
        "UPDATE peer_subscription SET failures = failures + 1, problem = $2, due_at = $3 WHERE id = $1",
        subscription_id,
        problem,
        now + wait,
    )


async def leave_out(db: Connection, subscription_id: int, authorities: Sequence[str]) -> None:
    """Want no longer what a list says about these servers."""
    await db.execute(
        """
        UPDATE peer_subscription
           SET left_out = ARRAY(SELECT DISTINCT unnest(left_out || $2::text[]) LIMIT $3)
         WHERE id = $1
        """,
        subscription_id,
        list(authorities),
        MOST_LEFT_OUT,
    )


async def ask_again(db: Connection, by: int, subscription_id: int, *, now: datetime) -> None:
    """Leave nothing out any longer. Raises NotFound."""
    mine = await by_id(db, subscription_id, holding=True)
    await db.execute("UPDATE peer_subscription SET left_out = '{}' WHERE id = $1", subscription_id)
    await audit.write(db, by, "leave nothing of list of peers out", mine.name, now=now)


async def was_taken_over(db: Connection, subscription_id: int) -> bool:
    """Whether somebody has looked at what a list wants and taken that over, once at least."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM peer_list WHERE subscription_id = $1 AND state IN ('applying', 'applied'))",
        subscription_id,
    )


async def propose(db: Connection, mine: Subscription, skipped: Sequence[Skipped], *, now: datetime) -> PeerList | None:
    """What a list wants otherwise than it is here, to be looked at; None when there is nothing."""
    found = await plan(db, mine)
    if not found:
        await db.execute("DELETE FROM peer_list WHERE subscription_id = $1 AND state = 'proposed'", mine.id)
        return None
    told = ReadList(found, list(skipped))
    return await lists.propose(db, mine.by_id, mine.name, told, subscription_id=mine.id, now=now)


async def plan(db: Connection, mine: Subscription) -> list[ListEntry]:
    """What has to change so that things are as a list wants them: harder, softer, and off the list again."""
    wanted = wishes(mine)
    stands = await lists.standing(db, list(wanted), subscription_id=mine.id)
    brought = {name for name, was in stands.items() if was.subscription_id == mine.id}
    others = _hardest(await _others(db, mine.id))
    found: list[ListEntry] = []
    for name in sorted({*wanted, *brought}):
        was = stands.get(name, ListEntry(name, "default"))
        aim = wanted.get(name, ListEntry(name, "default"))
        if name in brought and name in others and lists.is_harder(aim.policy, others[name].policy):
            aim = others[name]
        if lists.may_change(was, aim.policy, mine.id):
            found.append(aim)
    return found


def wishes(mine: Subscription) -> dict[str, ListEntry]:
    """What a list says, without what is left out, and no harder than allowed."""
    out = set(mine.left_out)
    return {
        each.authority: ListEntry(each.authority, _at_most(each.policy, mine.hardest), each.reason)
        for each in mine.wanted
        if each.authority not in out
    }


def _at_most(policy: Policy, hardest: Hardest) -> Policy:
    return hardest if STRENGTH[policy] > STRENGTH[hardest] else policy


async def _others(db: Connection, subscription_id: int) -> list[Subscription]:
    return [each for each in await all_of_them(db) if each.id != subscription_id]


def _hardest(of: Iterable[Subscription]) -> dict[str, ListEntry]:
    found: dict[str, ListEntry] = {}
    for each in of:
        for name, entry in wishes(each).items():
            if name not in found or lists.is_harder(found[name].policy, entry.policy):
                found[name] = entry
    return found


async def unsubscribe(db: Connection, by: int, subscription_id: int, *, keeps: bool, now: datetime) -> PeerList | None:
    """Follow a list no longer. What it brought stays as if decided by hand, or is taken back; `lists.go_on` does that.

    Raises NotFound, Conflict (it is being taken over or back just now).
    """
    mine = await by_id(db, subscription_id, holding=True)
    if await db.fetchval(
        "SELECT EXISTS (SELECT FROM peer_list WHERE subscription_id = $1 AND state IN ('applying', 'undoing'))",
        subscription_id,
    ):
        raise Conflict("Somebody was quicker. Please look at the list again.")
    found = [] if keeps else await plan(db, msgspec.structs.replace(mine, wanted=[]))
    await db.execute("DELETE FROM peer_list WHERE subscription_id = $1 AND state = 'proposed'", subscription_id)
    await db.execute("DELETE FROM peer_subscription WHERE id = $1", subscription_id)
    await audit.write(db, by, "unsubscribe from list of peers", mine.name, details={"kept": keeps}, now=now)
    if keeps:
        await peers.keep_from(db, by, subscription_id, now=now)
    if not found:
        return None
    back = await lists.propose(db, by, mine.name, ReadList(found, []), subscription_id=subscription_id, now=now)
    return await lists.begin(db, by, back.id, [], now=now)
