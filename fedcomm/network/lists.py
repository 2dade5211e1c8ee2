"""Lists of other servers: looked at before anything changes, taken over in steps, and taken back as a whole.

A list never makes softer what was decided here: who is suspended stays so, whatever a list says. What somebody decided
after a list was taken over stays when the list is taken back. What a subscribed list says (`subscriptions.py`) changes
only what nobody decided by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from fedcomm import audit, ids
from fedcomm.database import Connection, Row
from fedcomm.errors import Conflict, NotFound
from fedcomm.jobs.delivery_queue import domains_above
from fedcomm.network import peers
from fedcomm.network.list_files import ListEntry, ReadList, Skipped
from fedcomm.network.peers import Origin, Policy

State = Literal["proposed", "applying", "applied", "undoing", "undone"]

AT_ONCE = 100
"""So many decisions in one transaction: each is one of the log, and others wait for its end."""
STRENGTH: dict[Policy, int] = {"default": 0, "allowed": 1, "limited": 2, "suspended": 3}

_COLUMNS = """
    id, by_id, name, entries, skipped, state, before, done_count, created_at, applied_at, undone_at, subscription_id,
    is_automatic"""


class PeerList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was read from a file, or what a subscribed one wants otherwise than it is.

    is_automatic: taken over by the server itself.
    """

    id: int
    by_id: int
    name: str
    entries: list[ListEntry]
    skipped: list[Skipped]
    state: State
    before: list[ListEntry]
    done_count: int
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    subscription_id: int | None
    is_automatic: bool


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a list would change about one server."""

    authority: str
    was: Policy
    policy: Policy
    reason: str


def _list(row: Row) -> PeerList:
    return msgspec.convert(dict(row), PeerList)


async def propose(
    db: Connection, by_id: int, name: str, found: ReadList, *, subscription_id: int | None = None, now: datetime
) -> PeerList:
    """Keep what a list says, to be looked at; nothing changes yet. Of a subscribed one the last word counts."""
    await db.execute("DELETE FROM peer_list WHERE subscription_id = $1 AND state = 'proposed'", subscription_id)
    row = await db.fetchrow(
        f"""
        INSERT INTO peer_list (id, by_id, name, entries, skipped, state, created_at, subscription_id)
        VALUES ($1, $2, $3, $4, $5, 'proposed', $6, $7)
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        by_id,
        name,
        msgspec.to_builtins(found.entries),
        msgspec.to_builtins(found.skipped),
        now,
        subscription_id,
    )
    assert row is not None
    return _list(row)


async def by_id(db: Connection, list_id: int) -> PeerList:
    """A list. Raises NotFound."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM peer_list WHERE id = $1", list_id)
    if row is None:
        raise NotFound("There is no such list.")
    return _list(row)


async def newest(db: Connection, *, subscription_id: int | None = None, limit: int = 20) -> list[PeerList]:
    """The lists that were read last, or what a subscribed one wanted last."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM peer_list
         WHERE $1::bigint IS NULL OR subscription_id = $1
      ORDER BY id DESC
         LIMIT $2
        """,
        subscription_id,
        limit,
    )
    return [_list(row) for row in rows]


async def brought_count(db: Connection, subscription_id: int) -> int:
    """How many decisions stand as a subscribed list brought them."""
    return await db.fetchval(
        """
        SELECT count(*)
          FROM peer
         WHERE policy <> 'default' AND NOT is_by_hand
           AND policy_list_id IN (SELECT id FROM peer_list WHERE subscription_id = $1)
        """,
        subscription_id,
    )


async def changes(db: Connection, found: PeerList) -> list[Change]:
    """What the list would change as things stand, what shuts out most first."""
    now = await standing(db, [entry.authority for entry in found.entries])
    wanted = [(entry, now.get(entry.authority, ListEntry(entry.authority, "default"))) for entry in found.entries]
    return sorted(
        (
            Change(authority=entry.authority, was=was.policy, policy=entry.policy, reason=entry.reason)
            for entry, was in wanted
            if may_change(was, entry.policy, found.subscription_id)
        ),
        key=lambda each: (-STRENGTH[each.policy], each.authority),
    )


def may_change(was: ListEntry, policy: Policy, subscription_id: int | None) -> bool:
    """Whether a list changes what stands: only to harder, a subscribed one only what nobody decided by hand; what a
    subscribed list brought it may also soften.
    """
    if subscription_id is None:
        return is_harder(was.policy, policy)
    if was.is_by_hand or was.policy == policy:
        return False
    return is_harder(was.policy, policy) or was.subscription_id == subscription_id


def is_harder(was: Policy, policy: Policy) -> bool:
    """Whether a policy shuts out more than another."""
    return STRENGTH[policy] > STRENGTH[was]


async def known_below(db: Connection, authorities: Sequence[str]) -> dict[str, list[str]]:
    """The servers that we know in each of these domains."""
    wanted = set(authorities)
    found: dict[str, list[str]] = {}
    for known in await peers.known(db):
        for domain in wanted.intersection(domains_above(known)):
            found.setdefault(domain, []).append(known)
    return found


async def decided(db: Connection, policies: Sequence[Policy]) -> list[ListEntry]:
    """All servers about which this was decided, by name, for a list of ours."""
    rows = await db.fetch(
        "SELECT authority, policy, policy_reason AS reason FROM peer WHERE policy = ANY($1::text[]) ORDER BY authority",
        list(policies),
    )
    return [ListEntry(**row) for row in rows]


async def standing(
    db: Connection, authorities: Sequence[str], *, subscription_id: int | None = None
) -> dict[str, ListEntry]:
    """What stands about these servers, and about all that a subscribed list shut out, with who brought it."""
    rows = await db.fetch(
        """
        SELECT peer.authority, peer.policy, peer.policy_reason AS reason, peer.policy_list_id AS list_id,
               peer.is_by_hand, list.subscription_id
          FROM peer
          LEFT JOIN peer_list list ON list.id = peer.policy_list_id
         WHERE peer.authority = ANY($1::text[])
            OR peer.policy_list_id IN (SELECT id FROM peer_list WHERE subscription_id = $2)
        """,
        list(authorities),
        subscription_id,
    )
    return {row["authority"]: ListEntry(**row) for row in rows}


async def names(db: Connection, list_ids: Sequence[int]) -> dict[int, str]:
    """How these lists are called."""
    rows = await db.fetch("SELECT id, name FROM peer_list WHERE id = ANY($1::bigint[])", list(list_ids))
    return {row["id"]: row["name"] for row in rows}


async def waiting_count(db: Connection) -> int:
    """How many subscribed lists want something otherwise and wait for somebody to look."""
    return await db.fetchval("SELECT count(*) FROM peer_list WHERE state = 'proposed' AND subscription_id IS NOT NULL")


async def begin(
    db: Connection,
    by_id: int,
    list_id: int,
    leaving_out: Sequence[str],
    *,
    is_automatic: bool = False,
    now: datetime,
) -> PeerList:
    """Take a list over, these servers left out; `go_on` does it. Raises NotFound, Conflict (it was already)."""
    found = await _in_state(db, list_id, "proposed")
    out = set(leaving_out)
    kept = [entry for entry in found.entries if entry.authority not in out]
    await db.execute(
        "UPDATE peer_list SET state = 'applying', entries = $2, applied_at = $3, is_automatic = $4 WHERE id = $1",
        list_id,
        msgspec.to_builtins(kept),
        now,
        is_automatic,
    )
    by: int | None = None if is_automatic else by_id
    await audit.write(db, by, "take list of peers over", found.name, details={"entries": len(kept)}, now=now)
    return found


async def take_back(db: Connection, by_id: int, list_id: int, *, now: datetime) -> PeerList:
    """Undo what a list changed; `go_on` does it. Raises NotFound, Conflict (it was not taken over)."""
    found = await _in_state(db, list_id, "applied")
    await db.execute(
        "UPDATE peer_list SET state = 'undoing', done_count = 0, undone_at = $2 WHERE id = $1", list_id, now
    )
    await audit.write(db, by_id, "take list of peers back", found.name, details={"count": len(found.before)}, now=now)
    return found


async def throw_away(db: Connection, list_id: int) -> PeerList:
    """Forget a list that was only looked at. Raises NotFound, Conflict (it was taken over)."""
    found = await _in_state(db, list_id, "proposed")
    await db.execute("DELETE FROM peer_list WHERE id = $1", list_id)
    return found


async def _in_state(db: Connection, list_id: int, state: State) -> PeerList:
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM peer_list WHERE id = $1 FOR UPDATE", list_id)
    if row is None:
        raise NotFound("There is no such list.")
    if row["state"] != state:
        raise Conflict("Somebody was quicker. Please look at the list again.")
    return _list(row)


async def go_on(db: Connection, *, now: datetime, list_id: int | None = None) -> bool:
    """Take some steps of a list that is being taken over or back. Whether there may be more to do."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM peer_list
         WHERE state IN ('applying', 'undoing') AND ($1::bigint IS NULL OR id = $1)
      ORDER BY id
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """,
        list_id,
    )
    if row is None:
        return False
    found = _list(row)
    if found.state == "applying":
        await _apply_some(db, found, now=now)
    else:
        await _undo_some(db, found, now=now)
    return True


async def _apply_some(db: Connection, found: PeerList, *, now: datetime) -> None:
    steps = found.entries[found.done_count : found.done_count + AT_ONCE]
    before = await standing(db, [step.authority for step in steps])
    origin = Origin(found.id, is_by_hand=found.subscription_id is None)
    changed: list[ListEntry] = []
    for step in steps:
        was = before.get(step.authority, ListEntry(step.authority, "default"))
        if may_change(was, step.policy, found.subscription_id):
            await _decide(db, found, step, origin, now=now)
            changed.append(was)
    done = found.done_count + len(steps)
    await _note(db, found, done, "applied" if done >= len(found.entries) else "applying", [*found.before, *changed])


async def _undo_some(db: Connection, found: PeerList, *, now: datetime) -> None:
    steps = found.before[found.done_count : found.done_count + AT_ONCE]
    now_decided = await standing(db, [step.authority for step in steps])
    set_here = {entry.authority: entry.policy for entry in found.entries}
    for step in steps:
        current = now_decided.get(step.authority)
        if current is None or current.list_id != found.id:
            continue
        if current.policy == set_here.get(step.authority):
            await _decide(db, found, step, Origin(step.list_id, is_by_hand=step.is_by_hand), now=now)
    done = found.done_count + len(steps)
    await _note(db, found, done, "undone" if done >= len(found.before) else "undoing", found.before)


async def _decide(db: Connection, found: PeerList, entry: ListEntry, origin: Origin, *, now: datetime) -> None:
    verbs: dict[Policy, Any] = {
        "default": peers.restore,
        "allowed": peers.allow,
        "limited": peers.limit,
        "suspended": peers.suspend,
    }
    by_id = None if found.is_automatic and found.state == "applying" else found.by_id
    await verbs[entry.policy](db, by_id, entry.authority, entry.reason, origin=origin, now=now)


async def _note(db: Connection, found: PeerList, done: int, state: State, before: Sequence[ListEntry]) -> None:
    await db.execute(
        "UPDATE peer_list SET done_count = $2, state = $3, before = $4 WHERE id = $1",
        found.id,
        done,
        state,
        msgspec.to_builtins(list(before)),
    )
