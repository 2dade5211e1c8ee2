"""What was decided about somebody and why, as they are told it: written with the measure, kept (product 13; C12).

No measure is taken without one. Who is told, and what they may do about it: `moderation/`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

import msgspec

from fedcomm import facts, ids
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.text import cleaning

Measure = Literal[
    "warn",
    "cover",
    "limit",
    "disable",
    "suspend",
    "remove post",
    "ban",
    "hold",
    "end",
    "note",
    "ask to edit",
    "hide",
    "pause",
]  # fmt: skip
Code = Literal["spam", "legal", "violation", "other"]
CODES: tuple[Code, ...] = get_args(Code)
LONGEST_REASON = 500

COLUMNS = """
    statement.id, statement.account_id, statement.by_id, statement.group_id, statement.measure, statement.code,
    statement.rules, statement.reason, statement.post_ids, statement.report_id, statement.is_automated,
    statement.until, statement.ended_at, statement.created_at
"""


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """On what a measure rests. `rules`: the texts of those that were broken; `post_ids`: what was reported."""

    code: Code = "other"
    rules: tuple[str, ...] = ()
    report_id: int | None = None
    post_ids: tuple[int, ...] = ()
    is_automated: bool = False


UNNAMED = Grounds()


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A measure and its reasons. Field meanings: the migration that makes the table."""

    id: int
    account_id: int
    by_id: int | None
    group_id: int | None
    measure: Measure
    code: Code
    rules: list[str]
    reason: str
    post_ids: list[int]
    report_id: int | None
    is_automated: bool
    until: datetime | None
    ended_at: datetime | None
    created_at: datetime


def reason_given(reason: str) -> str:
    """The reason of a measure as it is kept. Raises Invalid (there is none)."""
    kept = cleaning.one_line(reason, LONGEST_REASON)
    if not kept:
        raise Invalid("Please give a reason: they are told it.", field="reason")
    return kept


async def issue(
    db: Connection,
    account_id: int,
    measure: Measure,
    reason: str,
    grounds: Grounds = UNNAMED,
    *,
    by_id: int | None,
    group_id: int | None = None,
    post_ids: Sequence[int] = (),
    until: datetime | None = None,
    now: datetime,
) -> int:
    """State a measure in the transaction that takes it; the person is told soon after."""
    statement_id = ids.new(now)
    await db.execute(
        """
        INSERT INTO statement (id, account_id, by_id, group_id, measure, code, rules, reason, post_ids, report_id,
                               is_automated, until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        statement_id,
        account_id,
        by_id,
        group_id,
        measure,
        grounds.code,
        list(grounds.rules),
        cleaning.one_line(reason, LONGEST_REASON),
        list(post_ids or grounds.post_ids),
        grounds.report_id,
        grounds.is_automated,
        until,
        now,
    )
    await facts.record(db, facts.StatementIssued(statement_id), now=now)
    return statement_id


async def end(
    db: Connection,
    account_id: int,
    measure: Measure,
    *,
    group_id: int | None = None,
    post_id: int | None = None,
    now: datetime,
) -> None:
    """A measure was taken back, or its time is over: its statement says so and stays."""
    await db.execute(
        """
        UPDATE statement
           SET ended_at = $5
         WHERE account_id = $1
           AND measure = $2
           AND group_id IS NOT DISTINCT FROM $3
           AND ($4::bigint IS NULL OR $4 = ANY(post_ids))
           AND ended_at IS NULL
        """,
        account_id,
        measure,
        group_id,
        post_id,
        now,
    )


async def end_one(db: Connection, statement_id: int, *, now: datetime) -> None:
    """This measure was taken back: its statement says so and stays."""
    await db.execute("UPDATE statement SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", statement_id, now)


async def open_about_post(db: Connection, account_id: int, measure: Measure, post_id: int) -> Statement | None:
    """The last statement of a measure about somebody's post that still holds."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM statement
         WHERE account_id = $1 AND measure = $2 AND $3 = ANY(post_ids) AND ended_at IS NULL
      ORDER BY id DESC
         LIMIT 1
        """,
        account_id,
        measure,
        post_id,
    )
    return Statement(**row) if row else None


async def find(db: Connection, statement_id: int) -> Statement | None:
    """A statement, for work inside."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM statement WHERE id = $1", statement_id)
    return Statement(**row) if row else None


async def last_of(db: Connection, account_id: int, measure: Measure) -> Statement | None:
    """The last statement of a measure about somebody."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM statement WHERE account_id = $1 AND measure = $2 ORDER BY id DESC LIMIT 1",
        account_id,
        measure,
    )
    return Statement(**row) if row else None


async def by_ids(db: Connection, account_id: int, statement_ids: Sequence[int]) -> dict[int, Statement]:
    """Those of these statements that are about somebody."""
    if not statement_ids:
        return {}
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM statement WHERE id = ANY($2::bigint[]) AND account_id = $1",
        account_id,
        list(statement_ids),
    )
    return {row["id"]: Statement(**row) for row in rows}


async def of_account(
    db: Connection, account_id: int, cursor: Cursor, *, group_id: int | None = None
) -> list[Statement]:
    """What was decided about somebody, newest first; by all, or by one group."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM statement
         WHERE account_id = $1 AND id < $2 AND id > $3 AND ($5::bigint IS NULL OR group_id = $5)
      ORDER BY id {order}
         LIMIT $4
        """,
        account_id,
        cursor.below,
        cursor.above,
        cursor.limit,
        group_id,
    )
    return sorted((Statement(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def of_posts(db: Connection, account_id: int, post_ids: Sequence[int]) -> dict[int, int]:
    """Which statements, if any, tell somebody why these posts of theirs were removed; the last one of each."""
    rows = await db.fetch(
        """
        SELECT removed.post_id, max(statement.id) AS id
          FROM statement
    CROSS JOIN unnest(statement.post_ids) AS removed (post_id)
         WHERE statement.account_id = $1 AND statement.measure = 'remove post' AND removed.post_id = ANY($2::bigint[])
      GROUP BY removed.post_id
        """,
        account_id,
        list(post_ids),
    )
    return {row["post_id"]: row["id"] for row in rows}


async def forget(db: Connection, statement_ids: Sequence[int]) -> None:
    """Remove decisions that are over since long, with their appeals."""
    await db.execute("DELETE FROM statement WHERE id = ANY($1::bigint[])", list(statement_ids))
