"""What members bring along: kept as it was read, looked at before anything changes, taken over, and taken back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Conflict, NotFound
from fedcomm.portability import present
from fedcomm.portability.import_files import Kind, Line, ReadFile, Skipped

State = Literal["reading", "unreadable", "proposed", "applying", "applied", "undoing", "undone"]
LineState = Literal["waiting", "done", "as before", "failed", "undone"]
Failure = Literal["unknown", "refused"]

MOST_PROPOSED = 5
"""What somebody only looked at is thrown away when they look at more."""
MOST_SHOWN = 200
MOST_ATTEMPTS = 5
"""So often a step is begun that never ends."""

COLUMNS = """
    id, account_id, kind, overwrites, state, file, skipped, due_at, lease_token, attempts, created_at, begun_at,
    ended_at
"""
LINE_COLUMNS = "number, subject, told, is_ending, state, why, target_id, before"


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Something somebody brings along."""

    id: int
    account_id: int
    kind: Kind
    overwrites: bool
    state: State
    file: str | None
    skipped: list[Skipped]
    due_at: datetime
    lease_token: int | None
    attempts: int
    created_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of it, and what became of it."""

    number: int
    subject: str
    told: dict[str, Any]
    is_ending: bool
    state: LineState
    why: Failure | None
    target_id: int | None
    before: dict[str, Any] | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines are how far."""

    waiting: int = 0
    done: int = 0
    as_before: int = 0
    failed: int = 0
    undone: int = 0

    @property
    def all(self) -> int:
        """All of them."""
        return self.waiting + self.done + self.as_before + self.failed + self.undone


async def propose(
    db: Connection, account_id: int, kind: Kind, found: ReadFile, *, overwrites: bool, now: datetime
) -> int:
    """Keep what a table says, to be looked at; nothing changes yet. Its id."""
    await _throw_older_away(db, account_id)
    import_id = await db.fetchval(
        """
        INSERT INTO import_task (id, account_id, kind, overwrites, state, skipped, due_at, created_at)
        VALUES ($1, $2, $3, $4, 'proposed', $5, $6, $6)
        RETURNING id
        """,
        ids.new(now),
        account_id,
        kind,
        overwrites,
        msgspec.to_builtins(found.skipped),
        now,
    )
    await add_lines(db, import_id, found.lines)
    if overwrites:
        await _add_endings(db, account_id, import_id, kind, found)
    return import_id


async def add_lines(db: Connection, import_id: int, lines: Sequence[Line], *, is_ending: bool = False) -> None:
    """More lines of one."""
    await db.executemany(
        """
        INSERT INTO import_line (import_id, number, subject, told, is_ending)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
        """,
        [(import_id, each.number, each.subject, each.told, is_ending) for each in lines],
    )


async def _add_endings(db: Connection, account_id: int, import_id: int, kind: Kind, found: ReadFile) -> None:
    """What is so now and is not in the file."""
    kept = {(each.subject, str(each.told.get("title", ""))) for each in found.lines}
    number = max(each.number for each in found.lines)
    ending: list[Line] = []
    for subject, title in await present.all_of(db, account_id, kind, with_groups=False):
        if (subject, title) not in kept:
            number += 1
            ending.append(Line(number=number, subject=subject, told={"title": title} if title else {}))
    await add_lines(db, import_id, ending, is_ending=True)


async def _throw_older_away(db: Connection, account_id: int) -> None:
    await db.execute(
        """
        DELETE FROM import_task
         WHERE id IN (SELECT id
                        FROM import_task
                       WHERE account_id = $1 AND state = 'proposed' AND kind <> 'archive'
                    ORDER BY id DESC
                      OFFSET $2)
        """,
        account_id,
        MOST_PROPOSED - 1,
    )


async def add_archive(db: Connection, account_id: int, file: str, *, now: datetime) -> int:
    """Keep an archive that lies in the store, to be read by and by. Its id. Raises Conflict (one is here already)."""
    await db.execute("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    if await db.fetchval(
        """
        SELECT true
          FROM import_task
         WHERE account_id = $1 AND kind = 'archive' AND state IN ('reading', 'proposed', 'applying', 'undoing')
        """,
        account_id,
    ):
        raise Conflict("You have brought an archive already. Please take it over or throw it away first.")
    return await db.fetchval(
        """
        INSERT INTO import_task (id, account_id, kind, state, file, due_at, created_at)
        VALUES ($1, $2, 'archive', 'reading', $3, $4, $4)
        RETURNING id
        """,
        ids.new(now),
        account_id,
        file,
        now,
    )


async def read(db: Connection, task: Import, skipped: Sequence[Skipped]) -> None:
    """An archive was read, and can be looked at."""
    await db.execute(
        "UPDATE import_task SET skipped = $2 WHERE id = $1", task.id, msgspec.to_builtins(list(skipped)[:MOST_SHOWN])
    )


async def one(db: Connection, account_id: int, import_id: int) -> Import:
    """One's own. Raises NotFound: that of others too (S097)."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM import_task WHERE id = $1 AND account_id = $2", import_id, account_id
    )
    if row is None:
        raise NotFound
    return msgspec.convert(dict(row), Import)


async def newest(db: Connection, account_id: int, *, limit: int = 20) -> list[Import]:
    """What somebody brought along last."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM import_task WHERE account_id = $1 ORDER BY id DESC LIMIT $2", account_id, limit
    )
    return [msgspec.convert(dict(row), Import) for row in rows]


async def counts(db: Connection, import_ids: Sequence[int]) -> dict[int, Counts]:
    """How far they are."""
    rows = await db.fetch(
        """
        SELECT import_id, count(*) FILTER (WHERE state = 'waiting') AS waiting,
               count(*) FILTER (WHERE state = 'done') AS done,
               count(*) FILTER (WHERE state = 'as before') AS as_before,
               count(*) FILTER (WHERE state = 'failed') AS failed,
               count(*) FILTER (WHERE state = 'undone') AS undone
          FROM import_line
         WHERE import_id = ANY($1::bigint[])
      GROUP BY import_id
        """,
        list(import_ids),
    )
    found = {row["import_id"]: Counts(**{name: row[name] for name in Counts.__struct_fields__}) for row in rows}
    return {each: found.get(each, Counts()) for each in import_ids}


async def lines(
    db: Connection, import_id: int, state: LineState, *, limit: int, is_ending: bool | None = None
) -> list[TaskLine]:
    """Lines that are so far, in their order."""
    rows = await db.fetch(
        f"""
        SELECT {LINE_COLUMNS}
          FROM import_line
         WHERE import_id = $1 AND state = $2 AND ($4::boolean IS NULL OR is_ending = $4)
      ORDER BY number
         LIMIT $3
        """,
        import_id,
        state,
        limit,
        is_ending,
    )
    return [msgspec.convert(dict(row), TaskLine) for row in rows]


class Words(msgspec.Struct, frozen=True):
    """What a line of a table says in short, as there may be very many."""

    number: int
    subject: str
    title: str
    is_ending: bool


async def waiting(db: Connection, import_id: int) -> list[Words]:
    """All lines of a table that are only looked at, in their order."""
    rows = await db.fetch(
        """
        SELECT number, subject, COALESCE(told ->> 'title', '') AS title, is_ending
          FROM import_line
         WHERE import_id = $1 AND state = 'waiting'
      ORDER BY number
        """,
        import_id,
    )
    return [Words(*row.values()) for row in rows]


async def begin(db: Connection, account_id: int, import_id: int, *, now: datetime) -> None:
    """Take it over. Raises NotFound, Conflict (it was already)."""
    await _turn(db, account_id, import_id, ("proposed",), "applying", now=now)


async def take_back(db: Connection, account_id: int, import_id: int, *, now: datetime) -> None:
    """Undo what it changed. Raises NotFound, Conflict."""
    await _turn(db, account_id, import_id, ("applied", "applying"), "undoing", now=now)
    await db.execute("DELETE FROM import_line WHERE import_id = $1 AND state = 'waiting'", import_id)


async def try_again(db: Connection, account_id: int, import_id: int, *, now: datetime) -> None:
    """Take what failed up once more. Raises NotFound, Conflict."""
    await _turn(db, account_id, import_id, ("applied",), "applying", now=now)
    await db.execute(
        "UPDATE import_line SET state = 'waiting', why = NULL WHERE import_id = $1 AND state = 'failed'", import_id
    )


async def throw_away(db: Connection, account_id: int, import_id: int, *, now: datetime) -> None:
    """Forget what was only looked at, or is over. Raises NotFound, Conflict (it is under way)."""
    found = await one(db, account_id, import_id)
    if found.state in ("reading", "applying", "undoing"):
        raise Conflict("It is under way. Please wait for its end.")
    if found.file is None:
        await db.execute("DELETE FROM import_task WHERE id = $1", import_id)
    else:  # its file goes first, by and by
        await db.execute("UPDATE import_task SET state = 'undone', ended_at = $2 WHERE id = $1", import_id, LONG_AGO)


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def _turn(
    db: Connection, account_id: int, import_id: int, before: Sequence[State], after: State, *, now: datetime
) -> None:
    await one(db, account_id, import_id)
    turned = await db.fetchval(
        """
        UPDATE import_task
           SET state = $4, due_at = $5, begun_at = COALESCE(begun_at, $5), ended_at = NULL, lease_token = NULL,
               leased_until = NULL
         WHERE id = $1 AND account_id = $2 AND state = ANY($3::text[])
        RETURNING true
        """,
        import_id,
        account_id,
        list(before),
        after,
        now,
    )
    if not turned:
        raise Conflict("Somebody was quicker. Please look at it again.")


async def claim(db: Connection, *, lease: timedelta, now: datetime) -> Import | None:
    """One that is due and nobody works at; ours until the lease ends."""
    row = await db.fetchrow(
        f"""
        UPDATE import_task
           SET leased_until = $1, lease_token = $3, attempts = attempts + 1
         WHERE id = (SELECT id
                       FROM import_task
                      WHERE state IN ('reading', 'applying', 'undoing')
                        AND due_at <= $2
                        AND (leased_until IS NULL OR leased_until < $2)
                   ORDER BY due_at
                      LIMIT 1
                        FOR UPDATE SKIP LOCKED)
        RETURNING {COLUMNS}
        """,
        now + lease,
        now,
        ids.new(now),
    )
    return msgspec.convert(dict(row), Import) if row else None


async def is_ours(db: Connection, task: Import) -> bool:
    """Whether it is still to be done, by us; locks it for this transaction (R005)."""
    return bool(
        await db.fetchval(
            "SELECT true FROM import_task WHERE id = $1 AND lease_token = $2 AND state = $3 FOR UPDATE",
            task.id,
            task.lease_token,
            task.state,
        )
    )


async def put_down(db: Connection, task: Import, *, due_at: datetime) -> None:
    """A step is done, or was handed back; the next one is due then."""
    await db.execute(
        """
        UPDATE import_task
           SET due_at = $3, leased_until = NULL, lease_token = NULL, attempts = 0
         WHERE id = $1 AND lease_token = $2
        """,
        task.id,
        task.lease_token,
        due_at,
    )


async def give_up(db: Connection, task: Import, *, now: datetime) -> None:
    """What was begun so often and never ended counts as failed: the first line that is not done, or the whole archive.

    The rest goes on; failed lines can be taken up once more (R009).
    """
    if task.state == "reading":
        await end(db, task, "unreadable", now=now)
        return
    await db.execute(
        """
        UPDATE import_line
           SET state = 'failed', why = 'refused'
         WHERE import_id = $1
           AND number = (SELECT min(number) FROM import_line WHERE import_id = $1 AND state = $2)
        """,
        task.id,
        "waiting" if task.state == "applying" else "done",
    )
    await put_down(db, task, due_at=now)


async def end(db: Connection, task: Import, state: State, *, now: datetime) -> None:
    """Nothing is left to do."""
    await db.execute(
        """
        UPDATE import_task
           SET state = $3, ended_at = $4, leased_until = NULL, lease_token = NULL
         WHERE id = $1 AND lease_token = $2
        """,
        task.id,
        task.lease_token,
        state,
        now,
    )


async def note(
    db: Connection,
    import_id: int,
    number: int,
    state: LineState,
    *,
    target_id: int | None = None,
    before: dict[str, Any] | None = None,
    why: Failure | None = None,
) -> None:
    """What became of a line, in the transaction in which it did."""
    await db.execute(
        """
        UPDATE import_line
           SET state = $3, target_id = COALESCE($4, target_id), before = COALESCE($5, before), why = $6,
               told = CASE WHEN told ? 'content' AND $3 IN ('done', 'as before') THEN '{}' ELSE told END
         WHERE import_id = $1 AND number = $2
        """,
        import_id,
        number,
        state,
        target_id,
        before,
        why,
    )


async def over(db: Connection, *, before: datetime, limit: int = 100) -> list[tuple[int, str | None]]:
    """Those that ended, or were only looked at, so long ago: their ids and files."""
    rows = await db.fetch(
        """
        SELECT id, file
          FROM import_task
         WHERE state NOT IN ('reading', 'applying', 'undoing') AND COALESCE(ended_at, created_at) < $1
      ORDER BY id
         LIMIT $2
        """,
        before,
        limit,
    )
    return [(row["id"], row["file"]) for row in rows]


async def forget(db: Connection, import_ids: Sequence[int]) -> None:
    """Their files are gone."""
    await db.execute("DELETE FROM import_task WHERE id = ANY($1::bigint[])", list(import_ids))


async def end_of(db: Connection, account_id: int) -> None:
    """An account has ended: nothing more is taken over, and what was brought along goes."""
    await db.execute("DELETE FROM import_task WHERE account_id = $1 AND file IS NULL", account_id)
    await db.execute("DELETE FROM imported_post WHERE account_id = $1", account_id)
    await db.execute(
        "DELETE FROM import_line WHERE import_id IN (SELECT id FROM import_task WHERE account_id = $1)", account_id
    )
    await db.execute(
        "UPDATE import_task SET state = 'unreadable', ended_at = $2 WHERE account_id = $1", account_id, LONG_AGO
    )
