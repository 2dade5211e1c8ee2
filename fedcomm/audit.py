"""Who did what to whom and why: append only, shown by admin and moderation, sealed as a chain (product 13, 26; C06).

Each entry carries a hash over itself and the hash before it, so that a changed, removed or inserted one is found by
whoever looks through the chain (`./run check`). Once a day its end is sealed with the secret of the instance, which the
database does not hold: who can write to the database alone cannot make the whole chain anew either.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import orjson

from fedcomm import ids
from fedcomm.cursor import Cursor
from fedcomm.database import Connection, Row, one
from fedcomm.sealing import Seal

SEALED_FOR = "end of the log"
READ_AT_ONCE = 2_000

_COLUMNS = "id, actor_id, action, target, reason, details, created_at, group_id"


class Entry(msgspec.Struct, frozen=True):
    """One act. `actor_id` is None for the command line and the server itself; `group_id`: in which group of ours."""

    id: int
    actor_id: int | None
    action: str
    target: str
    reason: str
    details: dict[str, Any]
    created_at: datetime
    group_id: int | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the log."""

    group_id: int | None = None
    actor_id: int | None = None
    action: str = ""
    actions: tuple[str, ...] = ()
    """Only these kinds; none: all. `action`: only this one."""
    target: str = ""


EVERYTHING = Wanted()


async def write(
    db: Connection,
    actor_id: int | None,
    action: str,
    target: str,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    *,
    group_id: int | None = None,
    now: datetime,
) -> None:
    """Note an act in the transaction that does it. `details` never hold texts of members, tokens or addresses.

    Who writes at the same moment waits until this transaction ends: the chain has one end.
    """
    await _append(db, [Entry(ids.new(now), actor_id, action, target, reason, dict(details or {}), now, group_id)])


async def write_several(
    db: Connection,
    actor_id: int | None,
    action: str,
    targets: Mapping[str, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Note the same act about several things, each with its details, at once. None = nothing."""
    await _append(
        db,
        [
            Entry(ids.new(now), actor_id, action, target, "", dict(details), now, None)
            for target, details in targets.items()
        ],
    )


async def _append(db: Connection, entries: Sequence[Entry]) -> None:
    """Put entries behind the last one, in this order."""
    if not entries:
        return
    end = await one(
        db,
        """
        INSERT INTO audit_chain (length, hash, earlier_count)
        VALUES (0, '', 0)
            ON CONFLICT (is_only) DO UPDATE
           SET length = audit_chain.length
        RETURNING length, hash
        """,
    )
    last, seals = end["hash"], list[bytes]()
    places = list(range(end["length"] + 1, end["length"] + 1 + len(entries)))
    for place, entry in zip(places, entries, strict=True):
        last = _hash(last, place, entry)
        seals.append(last)
    await db.execute(
        """
        WITH written AS (
            INSERT INTO audit_entry (id, actor_id, action, target, reason, details, created_at, group_id, place, hash)
            SELECT e.id, e.actor_id, e.action, e.target, e.reason, e.details::jsonb, e.created_at, e.group_id, e.place,
                   e.hash
              FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                          $7::timestamptz[], $8::bigint[], $9::bigint[], $10::bytea[])
                   AS e (id, actor_id, action, target, reason, details, created_at, group_id, place, hash)
        )
        UPDATE audit_chain
           SET length = $11, hash = $12
        """,
        [entry.id for entry in entries],
        [entry.actor_id for entry in entries],
        [entry.action for entry in entries],
        [entry.target for entry in entries],
        [entry.reason for entry in entries],
        [orjson.dumps(entry.details).decode() for entry in entries],
        [entry.created_at for entry in entries],
        [entry.group_id for entry in entries],
        places,
        seals,
        places[-1],
        last,
    )


def _hash(before: bytes, place: int, entry: Entry) -> bytes:
    """The hash of an entry that stands behind this one."""
    said = [
        place,
        entry.id,
        entry.actor_id,
        entry.action,
        entry.target,
        entry.reason,
        entry.details,
        entry.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.group_id,
    ]
    return hashlib.sha256(before + orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


async def page(
    db: Connection, *, before: int | None = None, limit: int = 50, wanted: Wanted = EVERYTHING
) -> list[Entry]:
    """Entries, newest first, below an id."""
    return await between(db, wanted, Cursor(max_id=before, limit=limit))


async def between(db: Connection, wanted: Wanted, cursor: Cursor) -> list[Entry]:
    """A page of the entries that are wanted, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM audit_entry
         WHERE id < $1 AND id > $2
           AND ($4::bigint IS NULL OR group_id = $4)
           AND ($5::bigint IS NULL OR actor_id = $5)
           AND (cardinality($6::text[]) = 0 OR action = ANY($6))
           AND ($7 = '' OR target = $7)
         ORDER BY id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        wanted.group_id,
        wanted.actor_id,
        [wanted.action] if wanted.action else list(wanted.actions),
        wanted.target,
    )
    return sorted((Entry(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def about(db: Connection, targets: Sequence[str], *, most: int = 10_000) -> list[dict[str, Any]]:
    """Entries about any of these, in their order, each with its place in the chain and its hash; for evidence."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS}, place, hash FROM audit_entry WHERE target = ANY($1::text[]) ORDER BY id LIMIT $2",
        list(targets),
        most,
    )
    return [{**row, "id": str(row["id"]), "hash": row["hash"].hex() if row["hash"] else None} for row in rows]


async def end_of_chain(db: Connection) -> tuple[int, str]:
    """How many entries the chain has, and the hash of the last."""
    row = await db.fetchrow("SELECT length, hash FROM audit_chain")
    return (row["length"], row["hash"].hex()) if row is not None else (0, "")


async def actions(db: Connection) -> Sequence[str]:
    """All kinds of acts that the log has, in the order of the alphabet."""
    rows = await db.fetch("SELECT DISTINCT action FROM audit_entry ORDER BY action")
    return [row["action"] for row in rows]


async def wrong_places(db: Connection) -> list[str]:
    """What is not as it was written, one sentence each; none when the chain is whole. Stops at the first gap."""
    end = await db.fetchrow("SELECT length, hash, earlier_count FROM audit_chain")
    length, last, earlier = (end["length"], end["hash"], end["earlier_count"]) if end else (0, b"", 0)
    outside = await db.fetchval("SELECT count(*) FROM audit_entry WHERE place IS NULL")
    wrong = [] if outside == earlier else [f"{outside} entries stand outside of the chain, {earlier} are older than it"]
    place, before = 0, b""
    while rows := await _behind(db, place):
        for row in rows:
            place += 1
            if row["place"] != place:
                return [*wrong, f"entry {place} is missing"]
            entry = Entry(**{name: value for name, value in row.items() if name not in ("place", "hash")})
            if row["hash"] != _hash(before, place, entry):
                return [*wrong, f"entry {place} ({entry.action}, {entry.created_at:%Y-%m-%d %H:%M}) was changed"]
            before = row["hash"]
    if (place, before) != (length, last):
        wrong.append(f"the log ends at entry {place}, {length} were written")
    return wrong


async def _behind(db: Connection, place: int) -> list[Row]:
    return await db.fetch(
        f"SELECT {_COLUMNS}, place, hash FROM audit_entry WHERE place > $1 ORDER BY place LIMIT $2",
        place,
        READ_AT_ONCE,
    )


async def length(db: Connection) -> int:
    """How many entries the chain has."""
    return await db.fetchval("SELECT COALESCE(max(length), 0) FROM audit_chain")


async def seal_day(db: Connection, seal: Seal, *, now: datetime) -> bool:
    """Seal how far the log has come, once a day; False when that is done. Raises NoSecret."""
    day = now.astimezone(UTC).date()
    end = await db.fetchrow(
        """
        SELECT length, hash
          FROM audit_chain
         WHERE length > COALESCE((SELECT max(length) FROM audit_seal), 0)
           AND NOT EXISTS (SELECT FROM audit_seal WHERE day = $1)
        """,
        day,
    )
    if end is None:
        return False
    made = await db.fetchval(
        """
        INSERT INTO audit_seal (day, length, sealed, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (day) DO NOTHING
        RETURNING true
        """,
        day,
        end["length"],
        await seal.sealed(SEALED_FOR, _end(day, end["length"], end["hash"])),
        now,
    )
    return bool(made)


async def wrong_seals(db: Connection, seal: Seal) -> list[str]:
    """Days whose seal does not fit the log any more, one sentence each. Raises NoSecret."""
    rows = await db.fetch(
        """
        SELECT audit_seal.day, audit_seal.length, audit_seal.sealed, audit_entry.hash
          FROM audit_seal
     LEFT JOIN audit_entry ON audit_entry.place = audit_seal.length
         ORDER BY audit_seal.day
        """
    )
    wrong: list[str] = []
    for row in rows:
        opened = await seal.opened(SEALED_FOR, row["sealed"])
        if opened is None:
            wrong.append(f"the seal of {row['day']} was made with another secret, or changed")
        elif row["hash"] is None or opened != _end(row["day"], row["length"], row["hash"]):
            wrong.append(f"the log until {row['day']} is not the one that was sealed")
    return wrong


def _end(day: date, length: int, last: bytes) -> bytes:
    return f"{day.isoformat()} {length} {last.hex()}".encode()
