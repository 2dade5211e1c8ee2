"""What moderators do to posts of others: at home for everybody, elsewhere for their own people (product 7, 13; D61)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import audit, facts
from fedcomm.accounts import lookup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import deciding
from fedcomm.here import Here
from fedcomm.jobs.work import Work
from fedcomm.threads import announcing, appearing, first_look, reading, reception, relayed, rights
from fedcomm.threads.changing import locked
from fedcomm.threads.counting import count_post
from fedcomm.threads.model import COLUMNS, Post

AT_ONCE = 50


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a group hides for its own people, why and since when."""

    post_id: int
    reason: str
    created_at: datetime


async def remove(
    db: Connection,
    here: Here,
    moderator: Account,
    post_id: int,
    reason: str,
    *,
    is_one_of_many: bool = False,
    grounds: Grounds = UNNAMED,
    now: datetime,
) -> None:
    """Take a post out of its group. Its author and the moderators still see it; `restore` brings it back (D61).

    The moderator is a moderator or facilitator of the home group, or the home group itself when it is elsewhere.
    Removing twice changes nothing. Raises NotFound, NotAllowed.
    """
    post = await _locked(db, post_id)
    if await deciding.passed_on(db, moderator, post.group_id, "remove", post_id=post_id, reason=reason, now=now):
        return
    await _to_care(db, moderator, post, "remove post")
    if post.state not in ("visible", "held") or (post.group_id is None and post.state != "held"):
        return
    await db.execute("UPDATE post SET state = 'removed', version = version + 1 WHERE id = $1", post_id)
    await first_look.done(db, post_id)
    if post.group_id is not None:
        await reception.note_removal(db, post, reason, now=now)
    if post.state == "visible":
        await count_post(db, post, -1)
        await announcing.withdraw(db, post_id, now=now)
    else:
        await _refuse(db, post, reason, now=now)
    await facts.record(db, facts.PostRemoved(post_id, moderator.id, reason, is_one_of_many), now=now)
    await _note(db, moderator, post, "remove post", reason, now=now)
    if _decides_here(moderator, post) and moderator.id != post.author_id and not is_one_of_many:
        await statements.issue(
            db,
            post.author_id,
            "remove post",
            reason,
            grounds,
            by_id=moderator.id,
            group_id=post.group_id,
            post_ids=[post_id],
            now=now,
        )


async def remove_replies(work: Work, fact: facts.RepliesUnwanted) -> None:
    """All that answers a removed post, however far below, is removed too: some at a time (Lemmy's `withReplies`)."""
    async with work.transaction() as db:
        by = await lookup.by_id(db, fact.by_id)
        if by is None:
            return
        rows = await db.fetch(
            """
            WITH RECURSIVE below AS (
                SELECT id, state FROM post WHERE parent_id = $1
             UNION
                SELECT post.id, post.state FROM post JOIN below ON post.parent_id = below.id
            )
            SELECT id FROM below WHERE state IN ('visible', 'held') ORDER BY id DESC LIMIT $2
            """,
            fact.post_id,
            AT_ONCE,
        )
        for row in rows:
            await remove(db, work.here, by, row["id"], fact.reason, is_one_of_many=True, now=work.now)
        if len(rows) == AT_ONCE:
            await facts.record(db, fact, now=work.now)


async def remove_some_of(work: Work, fact: facts.WritingsUnwanted) -> None:
    """Who was put out of a group with all they wrote there: some posts at a time, the rest as work of its own."""
    async with work.transaction() as db:
        group = await lookup.by_id(db, fact.group_id)
        assert group is not None
        rows = await db.fetch(
            """
            SELECT id
              FROM post
             WHERE group_id = $1 AND author_id = $2 AND state IN ('visible', 'held')
          ORDER BY id DESC
             LIMIT $3
            """,
            fact.group_id,
            fact.account_id,
            AT_ONCE,
        )
        for row in rows:
            await remove(db, work.here, group, row["id"], fact.reason, is_one_of_many=True, now=work.now)
        if len(rows) == AT_ONCE:
            await facts.record(db, fact, now=work.now)


async def restore(db: Connection, here: Here, moderator: Account, post_id: int, *, now: datetime) -> Post:
    """Bring a removed post back, in its place; its group announces its thread again. Raises NotFound, NotAllowed."""
    post = await _locked(db, post_id)
    if await deciding.passed_on(db, moderator, post.group_id, "restore", post_id=post_id, now=now):
        return post
    await _to_care(db, moderator, post, "remove post")
    if post.state != "removed":
        return post
    await rights.of_another(db, moderator, post.author_id, post.group_id, "remove post", is_staff_able=True)
    await reception.note_return(db, post, now=now)
    await facts.record(db, facts.PostRestored(post_id, moderator.id), now=now)
    await _note(db, moderator, post, "restore post", now=now)
    await statements.end(db, post.author_id, "remove post", group_id=post.group_id, post_id=post_id, now=now)
    return await _show(db, here, post, now=now)


async def release(db: Connection, here: Here, moderator: Account, post_id: int, *, now: datetime) -> Post:
    """Publish a post that was held for a moderator to see. Raises NotFound, NotAllowed."""
    post = await _locked(db, post_id)
    is_for_staff = await first_look.waits(db, post_id)
    if is_for_staff:
        await first_look.check_may(db, moderator)
    else:
        await rights.to_care(db, moderator, post.group_id, "hold post")
    if post.state != "held":
        return post
    await rights.of_another(
        db, moderator, post.author_id, post.group_id, "hold post", is_staff_able=is_for_staff or post.group_id is None
    )
    await _note(db, moderator, post, "let held post through", now=now)
    if is_for_staff and await first_look.done(db, post_id):
        return post  # its group looks at it now
    return await _show(db, here, post, now=now)


async def hide(
    db: Connection,
    here: Here,
    by: Account,
    group_id: int,
    post_id: int,
    *,
    reason: str,
    grounds: Grounds = UNNAMED,
    now: datetime,
) -> None:
    """A group hides a post of a thread for its own people; elsewhere it stays, and its author is told why.

    Twice is once. Raises NotAllowed, NotFound, Invalid (no reason).
    """
    await rights.to_care(db, by, group_id, "hide post")
    post = await reading.by_id(db, post_id, by.id)
    if post.group_id != group_id and not await announcing.is_shown_by(db, post.thread_id, group_id):
        raise NotFound("There is no such post in this group.")
    reason = statements.reason_given(reason)
    made = await db.fetchval(
        """
        INSERT INTO group_hidden_post (group_id, post_id, hidden_by, reason, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        group_id,
        post_id,
        by.id,
        reason,
        now,
    )
    if not made:
        return
    details = {"author": str(post.author_id)}
    await audit.write(db, by.id, "hide post", str(post_id), reason, details, group_id=group_id, now=now)
    if by.id != post.author_id:
        await statements.issue(
            db, post.author_id, "hide", reason, grounds, by_id=by.id, group_id=group_id, post_ids=[post_id], now=now
        )


async def show_again(db: Connection, here: Here, by: Account, group_id: int, post_id: int, *, now: datetime) -> None:
    """A group no longer hides a post. Twice is once. Raises NotAllowed, NotFound."""
    await rights.to_care(db, by, group_id, "hide post")
    post = await reading.find(db, post_id)
    if post is None:
        raise NotFound("There is no such post.")
    await rights.of_another(db, by, post.author_id, group_id, "hide post", is_staff_able=True)
    gone = await db.fetchval(
        "DELETE FROM group_hidden_post WHERE group_id = $1 AND post_id = $2 RETURNING true", group_id, post_id
    )
    if gone:
        await audit.write(db, by.id, "show hidden post", str(post_id), group_id=group_id, now=now)
        await statements.end(db, post.author_id, "hide", group_id=group_id, post_id=post_id, now=now)


async def is_hidden(db: Connection, group_id: int, post_id: int) -> bool:
    """Whether a group hides this post for its own people."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM group_hidden_post WHERE group_id = $1 AND post_id = $2)", group_id, post_id
    )


async def hidden_among(db: Connection, group_id: int, post_ids: Sequence[int]) -> set[int]:
    """Which of these posts a group hides for its own people."""
    rows = await db.fetch(
        "SELECT post_id FROM group_hidden_post WHERE group_id = $1 AND post_id = ANY($2::bigint[])",
        group_id,
        list(post_ids),
    )
    return {row["post_id"] for row in rows}


async def hidden(db: Connection, by: Account, group_id: int, *, limit: int = 200) -> list[Hidden]:
    """What a group hides for its own people, the latest first, for those who decide it. Raises NotAllowed."""
    await rights.to_care(db, by, group_id, "hide post")
    rows = await db.fetch(
        """
        SELECT hidden.post_id, hidden.reason, hidden.created_at
          FROM group_hidden_post hidden
          JOIN post ON post.id = hidden.post_id AND post.state <> 'deleted'
         WHERE hidden.group_id = $1
      ORDER BY hidden.created_at DESC, hidden.post_id DESC
         LIMIT $2
        """,
        group_id,
        limit,
    )
    return [Hidden(**row) for row in rows]


async def _to_care(db: Connection, by: Account, post: Post, action: Literal["remove post"]) -> None:
    """What is in no group, and what waits for them, those who run the instance decide about. Raises NotAllowed."""
    if post.group_id is None or await first_look.waits(db, post.id):
        await first_look.check_may(db, by)
    else:
        await rights.to_care(db, by, post.group_id, action)


async def _refuse(db: Connection, post: Post, reason: str, *, now: datetime) -> None:
    """What was held and is not let in: its author elsewhere is answered as if it had not been taken (D45)."""
    if post.is_local or post.group_id is None:
        return
    kept = await relayed.of(db, post.id, "Create")
    said = kept.activity_uri if kept is not None else post.uri
    await facts.record(db, facts.PostRefused(post.group_id, post.author_id, said, reason), now=now)


async def _note(db: Connection, by: Account, post: Post, action: str, reason: str = "", *, now: datetime) -> None:
    """Write into the log of this instance what is decided here; what a group elsewhere decides stands in its own."""
    if _decides_here(by, post):
        details = {"author": str(post.author_id)}
        await audit.write(db, by.id, action, str(post.id), reason, details, group_id=post.group_id, now=now)


def _decides_here(by: Account, post: Post) -> bool:
    """False: a group elsewhere decided it, and tells its authors itself."""
    return by.id != post.group_id or by.is_local


async def _locked(db: Connection, post_id: int) -> Post:
    post = await locked(db, post_id)
    if post.state == "deleted":
        raise NotFound("There is no such post.")
    return post


async def _show(db: Connection, here: Here, post: Post, *, now: datetime) -> Post:
    row = await db.fetchrow(
        f"UPDATE post SET state = 'visible', version = version + 1 WHERE id = $1 RETURNING {COLUMNS}", post.id
    )
    assert row is not None
    shown = Post(**row)
    author = await lookup.by_id(db, shown.author_id)
    assert author is not None
    await appearing.appear(db, here, author, shown, now=now)
    return shown
