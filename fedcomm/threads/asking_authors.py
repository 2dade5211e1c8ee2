"""Milder than taking a post out: those who look after its group write its author a note, or ask them to change it.

Both are stated with reasons like other measures; a request is over when the author has changed the post, and those who
asked see that. Source: product 13; C12.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

import msgspec

from fedcomm import audit
from fedcomm.accounts import statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds, Statement
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.threads import reading, rights
from fedcomm.threads.model import Post

Kind = Literal["note", "ask to edit"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SAID: dict[Kind, str] = {"note": "note to author", "ask to edit": "ask to edit"}
_ENDED: dict[Kind, str] = {"note": "end note to author", "ask to edit": "end asking to edit"}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A note or a request to an author, and what became of it. `edited_at`: when they changed the post after it."""

    id: int
    kind: Kind
    account_id: int
    post_id: int
    reason: str
    created_at: datetime
    ended_at: datetime | None
    edited_at: datetime | None


async def write(
    db: Connection,
    by: Account,
    post_id: int,
    kind: Kind,
    reason: str,
    grounds: Grounds = UNNAMED,
    *,
    now: datetime,
) -> int:
    """Tell an author something about a post in a group of ours, or ask them to change it; the statement's id.

    Raises NotFound, NotAllowed, Invalid (one's own post, no reason), Conflict (they are asked already).
    """
    post = await reading.by_id(db, post_id, by.id)
    await rights.to_care(db, by, post.group_id, "write to author")
    reason = statements.reason_given(reason)
    if post.author_id in (by.id, post.group_id):
        raise Invalid("This is not somebody else's post.")
    if post.state not in ("visible", "held"):
        raise NotFound("There is no such post.")
    await db.execute("SELECT FROM post WHERE id = $1 FOR NO KEY UPDATE", post_id)
    if kind == "ask to edit" and await asked(db, post.author_id, post_id) is not None:
        raise Conflict("The author is asked already to change this post.")
    await audit.write(
        db, by.id, _SAID[kind], str(post_id), reason, {"author": str(post.author_id)}, group_id=post.group_id, now=now
    )
    return await statements.issue(
        db, post.author_id, kind, reason, grounds, by_id=by.id, group_id=post.group_id, post_ids=[post_id], now=now
    )


async def take_back(db: Connection, by: Account, group: Account, statement_id: int, *, now: datetime) -> None:
    """A note or a request no longer holds. Twice is once. Raises NotAllowed (about oneself as well), NotFound."""
    await rights.to_care(db, by, group.id, "write to author")
    found = await statements.find(db, statement_id)
    if found is None or found.group_id != group.id or found.measure not in KINDS:
        raise NotFound("There is no such statement.")
    if found.account_id == by.id:
        raise NotAllowed("This is about you: somebody else decides about it.")
    if found.ended_at is None:
        await end(db, by, found, now=now)


async def end(db: Connection, by: Account, about: Statement, *, now: datetime) -> None:
    """Take a note or a request back, for who was asked whether they may."""
    assert about.measure in KINDS
    for post_id in about.post_ids:
        await audit.write(db, by.id, _ENDED[about.measure], str(post_id), group_id=about.group_id, now=now)
    await statements.end_one(db, about.id, now=now)


async def asked(db: Connection, account_id: int, post_id: int) -> Statement | None:
    """What an author is asked about a post, while they have not changed it."""
    return await statements.open_about_post(db, account_id, "ask to edit", post_id)


async def note_change(db: Connection, post: Post, *, now: datetime) -> None:
    """The author changed or deleted a post: nothing more is asked of them."""
    if post.group_id is not None:
        await statements.end(db, post.author_id, "ask to edit", group_id=post.group_id, post_id=post.id, now=now)


async def of_group(db: Connection, by: Account, group_id: int, cursor: Cursor) -> Sequence[Written]:
    """The notes and requests of a group to authors, newest first, for those who write them. Raises NotAllowed."""
    await rights.to_care(db, by, group_id, "write to author")
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT statement.id, statement.measure AS kind, statement.account_id, post.id AS post_id, statement.reason,
               statement.created_at, statement.ended_at,
               CASE WHEN post.edited_at > statement.created_at THEN post.edited_at END AS edited_at
          FROM statement
          JOIN post ON post.id = statement.post_ids[1] AND post.state <> 'deleted'
         WHERE statement.group_id = $1
           AND statement.measure = ANY($2::text[])
           AND statement.id < $3
           AND statement.id > $4
      ORDER BY statement.id {order}
         LIMIT $5
        """,
        group_id,
        list(KINDS),
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Written(**row) for row in rows), key=lambda each: each.id, reverse=True)
