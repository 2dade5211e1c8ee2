"""Appeals: whom a measure struck asks, once, that somebody else decides it anew (product 13; C14, S169).

They may do so while they are suspended or shut out too. Granted, the measure is undone. Who decides:
`appeal_rights.may_decide`.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit, facts
from fedcomm.accounts import lookup, measures, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Statement
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.groups import banning, pausing, watching
from fedcomm.here import Here
from fedcomm.moderation.appeal_rights import may_decide
from fedcomm.text import cleaning
from fedcomm.threads import asking_authors, moderating, reading

LONGEST_TEXT = 2_000
COLUMNS = "statement_id, text, created_at, is_granted, answer, decided_by_id, decided_at"


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against a measure. `is_granted` is None while nobody has decided it."""

    statement_id: int
    text: str
    created_at: datetime
    is_granted: bool | None
    answer: str
    decided_by_id: int | None
    decided_at: datetime | None


async def statement_of(db: Connection, account_id: int, statement_id: int) -> Statement:
    """A statement for whom it is about. Raises NotFound, also for those about others (S097)."""
    found = (await statements.by_ids(db, account_id, [statement_id])).get(statement_id)
    if found is None:
        raise NotFound("There is no such statement.")
    return found


async def file(db: Connection, by: Account, statement_id: int, text: str, *, now: datetime) -> Appeal:
    """Ask that it is decided anew. Raises NotFound, Conflict (once; not of what is over), Invalid (no text)."""
    about = await statement_of(db, by.id, statement_id)
    text = cleaning.paragraphs(text, LONGEST_TEXT + 1)
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Invalid("Please say in at most %(n)s characters why.", n=LONGEST_TEXT, field="text")
    if about.ended_at is not None:
        raise Conflict("This no longer holds; there is nothing to appeal against.")
    row = await db.fetchrow(
        f"""
        INSERT INTO appeal (statement_id, text, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (statement_id) DO NOTHING
        RETURNING {COLUMNS}
        """,
        statement_id,
        text,
        now,
    )
    if row is None:
        raise Conflict("You have appealed against this already.")
    await audit.write(db, by.id, "appeal", str(statement_id), group_id=about.group_id, now=now)
    await facts.record(db, facts.AppealFiled(statement_id), now=now)
    return Appeal(**row)


async def of(db: Connection, statement_ids: Sequence[int]) -> dict[int, Appeal]:
    """The appeals against these measures."""
    if not statement_ids:
        return {}
    rows = await db.fetch(f"SELECT {COLUMNS} FROM appeal WHERE statement_id = ANY($1::bigint[])", list(statement_ids))
    return {row["statement_id"]: Appeal(**row) for row in rows}


async def to_decide(db: Connection, by_id: int, statement_id: int) -> tuple[Statement, Appeal]:
    """An appeal with what it is against, for who may decide it. Raises NotFound."""
    row = await db.fetchrow(
        f"""
        SELECT {statements.COLUMNS}
          FROM statement
          JOIN appeal ON appeal.statement_id = statement.id
         WHERE statement.id = $2 AND {may_decide("$1")}
        """,
        by_id,
        statement_id,
    )
    if row is None:
        raise NotFound("There is no such appeal.")
    return Statement(**row), (await of(db, [statement_id]))[statement_id]


async def page(db: Connection, viewer_id: int, *, is_decided: bool, cursor: Cursor) -> list[tuple[Statement, Appeal]]:
    """A page of the appeals that somebody may decide, or that are decided, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {statements.COLUMNS}
          FROM statement
          JOIN appeal ON appeal.statement_id = statement.id
         WHERE statement.id < $2 AND statement.id > $3
           AND (appeal.is_granted IS NOT NULL) = $5
           AND {may_decide("$1")}
      ORDER BY statement.id {order}
         LIMIT $4
        """,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
        is_decided,
    )
    found = sorted((Statement(**row) for row in rows), key=lambda each: each.id, reverse=True)
    said = await of(db, [each.id for each in found])
    return [(each, said[each.id]) for each in found]


async def waiting_count(db: Connection, viewer_id: int) -> int:
    """How many appeals wait for somebody."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM statement
          JOIN appeal ON appeal.statement_id = statement.id
         WHERE appeal.is_granted IS NULL AND {may_decide("$1")}
        """,
        viewer_id,
    )


async def deciders(db: Connection, statement_id: int) -> list[int]:
    """Everybody who may decide an appeal."""
    rows = await db.fetch(
        f"""
        SELECT person.account_id
          FROM login person
          JOIN account ON account.id = person.account_id AND account.state = 'active'
          JOIN statement ON statement.id = $1
         WHERE person.state = 'active' AND {may_decide("person.account_id")}
        """,
        statement_id,
    )
    return [row["account_id"] for row in rows]


async def decide(
    db: Connection, here: Here, by: Account, statement_id: int, *, grants: bool, answer: str, now: datetime
) -> Appeal:
    """Grant an appeal, which undoes the measure, or turn it down, with a sentence for who appealed.

    Raises NotFound (not theirs to decide), Conflict (decided already), Invalid (no answer), NotAllowed (whom it is
    about stands as high).
    """
    about, _ = await to_decide(db, by.id, statement_id)
    answer = cleaning.one_line(answer, statements.LONGEST_REASON)
    if not answer:
        raise Invalid("Please give a reason: they are told it.", field="answer")
    row = await db.fetchrow(
        f"""
        UPDATE appeal
           SET is_granted = $2, answer = $3, decided_by_id = $4, decided_at = $5
         WHERE statement_id = $1 AND is_granted IS NULL
        RETURNING {COLUMNS}
        """,
        statement_id,
        grants,
        answer,
        by.id,
        now,
    )
    if row is None:
        raise Conflict("This appeal was decided already.")
    done = "grant appeal" if grants else "turn appeal down"
    await audit.write(db, by.id, done, str(statement_id), answer, group_id=about.group_id, now=now)
    if grants and about.ended_at is None:
        await _undo(db, here, by, about, now=now)
    await facts.record(db, facts.AppealDecided(statement_id), now=now)
    return Appeal(**row)


async def _undo(db: Connection, here: Here, by: Account, about: Statement, *, now: datetime) -> None:
    """Take a measure back; one of a group in the group's name, as who decides need not look after it themselves."""
    target = await lookup.by_id(db, about.account_id)
    if target is None or target.state == "deleted":
        return
    group = await lookup.by_id(db, about.group_id) if about.group_id is not None else None
    match about.measure:
        case "warn":
            await statements.end(db, target.id, "warn", now=now)
        case "cover":
            await measures.uncover(db, by, target, now=now)
        case "limit":
            await measures.unlimit(db, by, target, now=now)
        case "disable":
            await measures.enable(db, by, target, now=now)
        case "end":
            return  # nothing brings it back, and whom it struck cannot sign in to appeal
        case "suspend":
            await measures.restore(db, by, target, now=now)
        case "remove post":
            for post_id in about.post_ids:
                post = await reading.find(db, post_id)
                if post is not None and post.state == "removed":
                    await moderating.restore(db, here, group or by, post_id, now=now)
        case "hold":
            if group is not None:
                await watching.trust(db, group, group, target.id, now=now)
        case "note" | "ask to edit":
            await asking_authors.end(db, by, about, now=now)
        case "hide":
            for post_id in about.post_ids:
                if group is not None and await reading.find(db, post_id) is not None:
                    await moderating.show_again(db, here, group, group.id, post_id, now=now)
        case "pause":
            if group is not None and await pausing.find(db, group.id, target.id) is not None:
                await pausing.go_on(db, group, group, target.id, now=now)
        case "ban":
            if group is not None and await banning.find(db, group.id, target.id) is not None:
                await banning.lift(db, here, group, group, target.id, now=now)
