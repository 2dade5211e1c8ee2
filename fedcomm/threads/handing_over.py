"""Moving a thread to a group of another server: both must want it (federation.md 4.3; FEP-f15d).

Who looks after the old group asks; who looks after the new one says yes or no; then the old group says that it has
moved, and only then does it stand in the new one, so that it is never in two. A row of the question is kept on both
servers: it says which conversation goes on where.
"""

from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import facts, ids
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, one
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.here import Here
from fedcomm.text import cleaning
from fedcomm.threads import announcing, carrying, reading, reception, relocating, rights
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.changing import locked
from fedcomm.threads.model import Post

MOST_WRITERS = 200
"""Of a thread, whose servers hear that it has moved."""

MoveState = Literal["requested", "accepted", "declined", "done"]

_COLUMNS = """
    id, thread_id, origin_id, target_id, requested_by, state, offer_uri, old_context, new_context, reason, created_at,
    decided_at
"""


class ThreadMove(msgspec.Struct, frozen=True, kw_only=True):
    """That a thread is to go from a group of one server to a group of another. `accepted`: it may, but has not yet."""

    id: int
    thread_id: int
    origin_id: int
    target_id: int
    requested_by: int
    state: MoveState
    offer_uri: str | None
    old_context: str
    new_context: str | None
    reason: str
    created_at: datetime
    decided_at: datetime | None


async def move(
    db: Connection, here: Here, by: Account, post_id: int, target: Account, *, now: datetime
) -> ThreadMove | None:
    """Move a thread of a group of ours: at once to another one of ours, else its server is asked.

    None: it has moved. Raises NotFound, NotAllowed, Invalid (a reply, not public, carried, or to no group), Conflict.
    """
    if not target.is_group or target.is_local:
        await relocating.move(db, here, by, post_id, target, now=now)
        return None
    post = await locked(db, post_id)
    await rights.to_care(db, by, post.group_id, "remove post")
    if not post.is_root or post.state != "visible" or post.group_id is None:
        raise Invalid("Only threads can be moved.")
    if post.audience not in PUBLIC:
        raise Invalid("Only public threads can be moved to another server.")
    if any(each.state == "carried" for each in (await carrying.carriers(db, [post.id]))[post.id]):
        raise Conflict("Other groups show this thread as well, and would no longer hear of it. End that first.")
    asked = await _ask(db, post, target, by.id, None, post.context_uri or post.uri, now=now)
    await facts.record(db, facts.ThreadMoveAsked(asked.id), now=now)
    return asked


async def receive_offer(
    db: Connection, here: Here, by: Account, post: Post, target: Account, uri: str, context: str, *, now: datetime
) -> ThreadMove | None:
    """Those who look after a group elsewhere ask a group of ours to take a thread of theirs, which the caller has made
    sure of. Who looks after both says yes by that.

    None: it is nothing that could be taken. A repeated Offer is answered again.
    """
    if not target.is_group or not target.is_local or target.id == post.group_id or not _is_movable(post):
        return None
    asked = await _ask(db, post, target, by.id, uri, context, now=now)
    if asked.state != "requested":
        await facts.record(db, facts.ThreadMoveDecided(asked.id), now=now)
    elif await rights.cares(db, by, target.id, "decide carrying"):
        await _say_yes(db, here, asked, now=now)
    elif (await rights.standing(db, target.id, by.id)).state not in ("active", None):
        await _decline(db, asked, "The group takes no threads at present.", now=now)
    return await by_id(db, asked.id)


async def accept(db: Connection, here: Here, by: Account, move_id: int, *, now: datetime) -> ThreadMove:
    """Who looks after the asked group takes the thread; it comes as soon as its old group hears of it.

    Raises NotFound, NotAllowed.
    """
    asked = await _asked(db, move_id)
    await rights.to_care(db, by, asked.target_id, "decide carrying")
    post = await reading.find(db, asked.thread_id)
    if post is None or not _is_movable(post):
        raise NotFound("The thread is gone.")
    if asked.state == "requested":
        await _say_yes(db, here, asked, now=now)
    return await _asked(db, move_id)


async def decline(db: Connection, by: Account, move_id: int, *, reason: str = "", now: datetime) -> ThreadMove:
    """Who looks after the asked group does not take the thread. Raises NotFound, NotAllowed."""
    asked = await _asked(db, move_id)
    await rights.to_care(db, by, asked.target_id, "decide carrying")
    await _decline(db, asked, reason, now=now)
    return await _asked(db, move_id)


async def receive_accept(
    db: Connection, target: Account, offer_uri: str, new_context: str | None, *, now: datetime
) -> bool:
    """A group elsewhere takes a thread of ours: it moves. False: nobody had asked that group (S039)."""
    asked = await by_offer(db, offer_uri)
    if asked is None or asked.target_id != target.id:
        return False
    post = await locked(db, asked.thread_id)
    origin = await lookup.by_id(db, asked.origin_id)
    if asked.state != "requested" or origin is None or not origin.is_local:
        return True
    if post.group_id != asked.origin_id or not _is_movable(post):
        await _decline(db, asked, "", now=now)
        return True
    await _decide(db, asked.id, "done", new_context=new_context, now=now)
    await relocating.take(db, post, target.id, context=new_context)
    await announcing.withdraw(db, post.id, group_id=asked.origin_id, now=now)
    await facts.record(db, facts.ThreadMoved(post.id, asked.origin_id, target.id, asked.requested_by), now=now)
    await facts.record(db, facts.ThreadMoveDecided(asked.id), now=now)
    return True


async def receive_reject(db: Connection, target: Account, offer_uri: str, reason: str, *, now: datetime) -> bool:
    """A group elsewhere does not take a thread of ours; who asked is told. False: nobody had asked that group."""
    asked = await by_offer(db, offer_uri)
    if asked is None or asked.target_id != target.id:
        return False
    await _decline(db, asked, reason, now=now)
    return True


async def take_over(db: Connection, here: Here, post: Post, target: Account, *, now: datetime) -> bool:
    """The group that a thread stood in says that it has moved to one of ours. False: that had not agreed (S033)."""
    post = await locked(db, post.id)
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM thread_move
         WHERE thread_id = $1 AND origin_id = $2 AND target_id = $3 AND state = 'accepted'
        """,
        post.id,
        post.group_id,
        target.id,
    )
    if row is None or not _is_movable(post):
        return False
    asked = ThreadMove(**row)
    await _decide(db, asked.id, "done", new_context=asked.new_context, now=now)
    await relocating.take(db, post, target.id, context=asked.new_context)
    await announcing.withdraw(db, post.id, group_id=asked.origin_id, now=now)
    await announcing.announce(db, here, target.id, post, now=now)
    # What was said there since the question came.
    await facts.record(db, facts.ThreadIncomplete(post.id, ((asked.old_context, 1),)), now=now)
    return True


async def by_id(db: Connection, move_id: int) -> ThreadMove | None:
    """The question with this id."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM thread_move WHERE id = $1", move_id)
    return ThreadMove(**row) if row else None


async def by_offer(db: Connection, offer_uri: str) -> ThreadMove | None:
    """What was asked by this Offer."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM thread_move WHERE offer_uri = $1 LIMIT 1", offer_uri)
    return ThreadMove(**row) if row else None


async def asked_of(db: Connection, group_id: int) -> list[ThreadMove]:
    """What waits for those who look after a group, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM thread_move WHERE target_id = $1 AND state = 'requested' ORDER BY id LIMIT 200",
        group_id,
    )
    return [ThreadMove(**row) for row in rows]


async def last(db: Connection, thread_id: int, origin_id: int, target_id: int) -> ThreadMove | None:
    """What was said of moving a thread from one group to another, if these live at two servers."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM thread_move WHERE (thread_id, origin_id, target_id) = ($1, $2, $3)",
        thread_id,
        origin_id,
        target_id,
    )
    return ThreadMove(**row) if row else None


async def now_at(db: Connection, thread_id: int) -> ThreadMove | None:
    """How a thread came to the group that it stands in, from or to another server; None: it has always been there.

    Also while its new group has said yes and the old one has not heard of it: others make sure of that.
    """
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM thread_move
         WHERE thread_id = $1 AND state IN ('accepted', 'done')
      ORDER BY decided_at DESC
         LIMIT 1
        """,
        thread_id,
    )
    return ThreadMove(**row) if row else None


async def writers(db: Connection, thread_id: int) -> list[int]:
    """Who of other servers wrote in a thread, those who did so first."""
    rows = await db.fetch(
        """
        SELECT author_id
          FROM post
          JOIN account author ON author.id = post.author_id AND NOT author.is_local
         WHERE thread_id = $1 AND post.state = 'visible'
      GROUP BY author_id
      ORDER BY min(post.id)
         LIMIT $2
        """,
        thread_id,
        MOST_WRITERS,
    )
    return [row["author_id"] for row in rows]


async def set_offer_uri(db: Connection, move_id: int, offer_uri: str) -> None:
    """Remember the id of the Offer that we send, so that its answer is recognised."""
    await db.execute("UPDATE thread_move SET offer_uri = $2 WHERE id = $1", move_id, offer_uri)


def _is_movable(post: Post) -> bool:
    return post.is_root and post.group_id is not None and post.audience in PUBLIC and post.state == "visible"


async def _say_yes(db: Connection, here: Here, asked: ThreadMove, *, now: datetime) -> None:
    await _decide(db, asked.id, "accepted", new_context=here.context_uri(asked.thread_id), now=now)
    await facts.record(db, facts.ThreadMoveDecided(asked.id), now=now)


async def _decline(db: Connection, asked: ThreadMove, reason: str, *, now: datetime) -> None:
    if asked.state == "requested":
        reason = cleaning.one_line(reason, reception.LONGEST_REASON)
        await _decide(db, asked.id, "declined", reason=reason, now=now)
        await facts.record(db, facts.ThreadMoveDecided(asked.id), now=now)


async def _decide(
    db: Connection, move_id: int, state: MoveState, *, new_context: str | None = None, reason: str = "", now: datetime
) -> None:
    await db.execute(
        "UPDATE thread_move SET state = $2, new_context = $3, reason = $4, decided_at = $5 WHERE id = $1",
        move_id,
        state,
        new_context,
        reason,
        now,
    )


async def _ask(
    db: Connection, post: Post, target: Account, by_id: int, offer_uri: str | None, context: str, *, now: datetime
) -> ThreadMove:
    """The row of a question; after a no, or when the thread came back, it is asked anew."""
    row = await one(
        db,
        f"""
        INSERT INTO thread_move (id, thread_id, origin_id, target_id, requested_by, state, offer_uri, old_context,
                                 created_at)
        VALUES ($1, $2, $3, $4, $5, 'requested', $6, $7, $8)
            ON CONFLICT (thread_id, origin_id, target_id) DO UPDATE
           SET offer_uri = COALESCE(excluded.offer_uri, thread_move.offer_uri),
               requested_by = excluded.requested_by,
               state = CASE WHEN thread_move.state = 'accepted' THEN 'accepted' ELSE 'requested' END,
               old_context = excluded.old_context,
               decided_at = CASE WHEN thread_move.state = 'accepted' THEN thread_move.decided_at END
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        post.id,
        post.group_id,
        target.id,
        by_id,
        offer_uri,
        context,
        now,
    )
    return ThreadMove(**row)


async def _asked(db: Connection, move_id: int) -> ThreadMove:
    found = await by_id(db, move_id)
    if found is None:
        raise NotFound("There is no such request.")
    return found
