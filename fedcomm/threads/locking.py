"""Closing a thread to further answers, by those who look after its home group, and opening it again (product 13).

What was said stays; who looks after the group may still answer. Whether somebody may answer is asked in `rights.py`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import audit, facts, ids, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import deciding
from fedcomm.here import Here
from fedcomm.text import cleaning
from fedcomm.threads import reading, rights
from fedcomm.threads.changing import locked as held_fast
from fedcomm.threads.model import Post

LONGEST_REASON = 500

COLUMNS = "thread_id, by_id, reason, uri, locked_at"


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """That a thread is closed to answers."""

    thread_id: int
    by_id: int
    reason: str
    uri: str | None
    locked_at: datetime


async def lock(
    db: Connection, here: Here, by: Account, post_id: int, *, reason: str = "", uri: str | None = None, now: datetime
) -> None:
    """Close a thread, by a moderator of its home group, or that group itself when it is elsewhere. Twice is once.

    Moderators of ours of a group elsewhere have its server asked (`groups.deciding`), as in all that is done here.

    `uri`: of the Lock that came from elsewhere; one whose Undo was here before does nothing (R021).
    Raises NotFound, NotAllowed, Invalid (a reply, or in no group).
    """
    if await _is_asked(db, by, post_id, "lock", reason, now=now):
        return
    post = await _thread(db, by, post_id)
    if uri is not None and await tombstones.keeps_away(db, uri, by.uri, now=now):
        return
    made = await db.fetchval(
        """
        INSERT INTO thread_lock (thread_id, by_id, reason, uri, locked_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (thread_id) DO NOTHING
        RETURNING uri
        """,
        post.id,
        by.id,
        cleaning.one_line(reason, LONGEST_REASON),
        uri or here.activity_uri(ids.new(now)),
        now,
    )
    if made is not None:
        await _show_anew(db, post)
        await facts.record(db, facts.ThreadLocked(post.id, by.id, True, made), now=now)
        await _note(db, by, post, "lock thread", reason, now=now)


async def unlock(
    db: Connection, here: Here, by: Account, post_id: int, *, uri: str | None = None, now: datetime
) -> None:
    """Open a thread again; one's own only if one closed it oneself, or nobody else could. Raises as `lock`."""
    if await _is_asked(db, by, post_id, "unlock", "", now=now):
        return
    post = await _thread(db, by, post_id)
    stands = (await of(db, [post.id])).get(post.id)
    if stands is not None and stands.by_id != by.id:
        await rights.of_another(db, by, post.author_id, post.group_id, "lock thread")
    if uri is not None:
        await tombstones.remember(db, uri, by.uri, now=now)
    gone = await db.fetchval("DELETE FROM thread_lock WHERE thread_id = $1 RETURNING COALESCE(uri, '')", post.id)
    if gone is not None:
        await _show_anew(db, post)
        await facts.record(db, facts.ThreadLocked(post.id, by.id, False, gone), now=now)
        await _note(db, by, post, "unlock thread", now=now)


async def of(db: Connection, thread_ids: Iterable[int]) -> dict[int, Lock]:
    """Which of these threads are closed, and how."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM thread_lock WHERE thread_id = ANY($1::bigint[])", list(set(thread_ids))
    )
    return {row["thread_id"]: Lock(**row) for row in rows}


async def thread_of(db: Connection, uri: str) -> int | None:
    """The thread that was closed by the Lock with this id."""
    return await db.fetchval("SELECT thread_id FROM thread_lock WHERE uri = $1", uri)


async def _is_asked(
    db: Connection, by: Account, post_id: int, decision: Literal["lock", "unlock"], reason: str, *, now: datetime
) -> bool:
    """Whether the thread is a group's elsewhere that one looks after, whose server decides."""
    post = await reading.by_id(db, post_id, by.id) if by.is_local else None
    if post is None or not post.is_root:
        return False
    return await deciding.passed_on(db, by, post.group_id, decision, post_id=post.id, reason=reason, now=now)


async def _thread(db: Connection, by: Account, post_id: int) -> Post:
    post = await held_fast(db, post_id)
    await rights.to_care(db, by, post.group_id, "lock thread")
    if not post.is_root or post.state == "deleted":
        raise Invalid("Only threads can be locked.")
    return post


async def _note(db: Connection, by: Account, post: Post, action: str, reason: str = "", *, now: datetime) -> None:
    if by.id != post.group_id or by.is_local:
        reason = cleaning.one_line(reason, LONGEST_REASON)
        await audit.write(db, by.id, action, str(post.id), reason, group_id=post.group_id, now=now)


async def _show_anew(db: Connection, post: Post) -> None:
    await db.execute("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
