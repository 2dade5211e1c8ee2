"""Several reports at once, and taking that back: what each of them needs is asked for each (product 13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from fedcomm import ids
from fedcomm.accounts import measures
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Grounds
from fedcomm.database import Connection, one
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.here import Here
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Report
from fedcomm.text import cleaning
from fedcomm.threads import moderating, reading, rights

Action = Literal["take", "put back", "resolve", "reopen", "remove posts", "limit"]
ACTIONS: tuple[Action, ...] = get_args(Action)
STRIKING: tuple[Action, ...] = ("remove posts", "limit")
"""What somebody is told of with its reasons (C12)."""
MOST = 100
UNDONE_WITHIN = timedelta(hours=1)

_COLUMNS = "id, by_id, action, report_ids, post_ids, people_ids, created_at, undone_at"


def action_of(text: str) -> Action:
    """What a form says. Raises Invalid."""
    for each in ACTIONS:
        if each == text:
            return each
    raise Invalid("Please choose what to do.", field="what")


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about several reports at once: the reports, posts and people that it changed."""

    id: int
    by_id: int
    action: Action
    report_ids: list[int]
    post_ids: list[int] = []
    people_ids: list[int] = []
    created_at: datetime
    undone_at: datetime | None = None


async def act(
    db: Connection,
    here: Here,
    by: Account,
    action: Action,
    report_ids: Sequence[int],
    *,
    reason: str = "",
    grounds: Grounds | None = None,
    now: datetime,
) -> Batch:
    """Do the same about all of these reports, or nothing about any. Those that stand so already are left alone.

    Raises NotFound (not theirs to see), NotAllowed (their own complaint; who stands as high), Invalid (no reason).
    """
    wanted = sorted(set(report_ids))[:MOST]
    if not wanted:
        raise Invalid("Please tick the reports that you mean.")
    reason = cleaning.one_line(reason, 500)
    if action in STRIKING and (not reason or grounds is None):
        raise Invalid("Please give a reason: they are told it.", field="reason")
    posts: list[int] = []
    people: list[int] = []
    changed: list[int] = []
    for report_id in wanted:
        found = await reports.by_id(db, by.id, report_id)
        if action in STRIKING and not await _strike(db, here, by, action, found, reason, grounds, posts, people, now):
            continue
        if action in STRIKING or await _step(db, by, action, found, now=now):
            changed.append(report_id)
        if action in STRIKING:
            await reports.resolve(db, by, report_id, now=now)
    await db.execute("DELETE FROM report_batch WHERE by_id = $1", by.id)
    row = await one(
        db,
        f"""
        INSERT INTO report_batch (id, by_id, action, report_ids, post_ids, people_ids, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        by.id,
        action,
        changed,
        posts,
        people,
        now,
    )
    return Batch(**row)


async def _step(db: Connection, by: Account, action: Action, found: Report, *, now: datetime) -> bool:
    """One report; False when it stands so already, or is in somebody else's hands."""
    match action:
        case "take" if found.resolved_at is None and found.assigned_id is None:
            await reports.assign(db, by, found.id, to_id=by.id, now=now)
        case "put back" if found.assigned_id == by.id:
            await reports.assign(db, by, found.id, to_id=None, now=now)
        case "resolve" if found.resolved_at is None:
            await reports.resolve(db, by, found.id, now=now)
        case "reopen" if found.resolved_at is not None:
            await reports.reopen(db, by, found.id, now=now)
        case _:
            return False
    return True


async def _strike(
    db: Connection,
    here: Here,
    by: Account,
    action: Action,
    found: Report,
    reason: str,
    grounds: Grounds | None,
    posts: list[int],
    people: list[int],
    now: datetime,
) -> bool:
    """Take reported posts out of their groups, or limit whom a report is about; what was changed is added to the lists.

    False: of this report there was nothing to change.
    """
    ground = await reports.grounds_of(db, by, found.id, {})  # whoever complained does not decide
    if grounds is not None:
        ground = msgspec.structs.replace(ground, code=grounds.code, rules=grounds.rules)
    if action == "limit":
        target = await measures.of(db, found.target_id)
        is_limited = target.id in await measures.limited(db, [target.id])
        await measures.limit(db, by, target, reason, ground, now=now)
        people += [] if is_limited else [target.id]
        return not is_limited
    before = len(posts)
    for post_id in found.post_ids:
        post = await reading.find(db, post_id)
        if post is None or post.state != "visible" or post.group_id is None:
            continue
        if await rights.cares(db, by, post.group_id, "remove post"):
            await moderating.remove(db, here, by, post_id, reason, grounds=ground, now=now)
            posts.append(post_id)
    return len(posts) > before


async def last(db: Connection, by_id: int, *, now: datetime) -> Batch | None:
    """What somebody did last, as long as it can be taken back."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM report_batch
         WHERE by_id = $1 AND undone_at IS NULL AND created_at > $2 AND report_ids <> '{{}}'
        """,
        by_id,
        now - UNDONE_WITHIN,
    )
    return Batch(**row) if row is not None else None


async def undo(db: Connection, here: Here, by: Account, batch_id: int, *, now: datetime) -> Batch:
    """Take back what somebody did about several reports, as far as nobody has decided otherwise since.

    Raises NotFound (somebody else's), Conflict (too late, or done already).
    """
    found = await last(db, by.id, now=now)
    if found is None:
        raise Conflict("This can no longer be taken back.")
    if found.id != batch_id:
        raise NotFound
    await db.execute("UPDATE report_batch SET undone_at = $2 WHERE id = $1", batch_id, now)
    for post_id in found.post_ids:
        post = await reading.find(db, post_id)
        if post is not None and post.state == "removed":
            await moderating.restore(db, here, by, post_id, now=now)
    for person_id in found.people_ids:
        await measures.unlimit(db, by, await measures.of(db, person_id), now=now)
    for report_id in found.report_ids:
        await _step_back(db, by, found.action, await reports.by_id(db, by.id, report_id), now=now)
    return found


async def _step_back(db: Connection, by: Account, action: Action, present: Report, *, now: datetime) -> None:
    match action:
        case "take" if present.assigned_id == by.id:
            await reports.assign(db, by, present.id, to_id=None, now=now)
        case "put back" if present.assigned_id is None:
            await reports.assign(db, by, present.id, to_id=by.id, now=now)
        case "reopen" if present.resolved_at is None:
            await reports.resolve(db, by, present.id, now=now)
        case "resolve" | "remove posts" | "limit" if present.resolved_by_id == by.id:
            await _open_again(db, by, present.id, now=now)
        case _:
            pass  # somebody decided otherwise since


async def _open_again(db: Connection, by: Account, report_id: int, *, now: datetime) -> None:
    """Unless the same complaint was made anew since, and is open in that report."""
    try:
        await reports.reopen(db, by, report_id, now=now)
    except Invalid:
        return
