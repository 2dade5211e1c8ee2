"""Voting in polls, by people here and elsewhere alike: who may is decided here (product 12; S110; D45).

Nobody learns who voted: a vote goes to the poll's author's server alone, and is never shown as a post.
"""

from collections.abc import Collection
from datetime import datetime

from fedcomm import facts
from fedcomm.accounts.blocks import is_not_blocked
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.polls import counting
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Poll
from fedcomm.text import cleaning, limits
from fedcomm.threads import reading, rights
from fedcomm.threads.model import Draft, Post


async def vote(
    db: Connection, here: Here, by: Account, post_id: int, positions: Collection[int], *, now: datetime
) -> None:
    """Vote in the poll of a post, once; `positions` are those of the chosen answers, from 0.

    Raises NotFound, NotAllowed, Invalid (ended, one's own, voted before, no such answer).
    """
    post = await _to_vote(db, by, post_id)
    vote_ids = await counting.cast(db, by.id, post.id, positions, now=now)
    if not post.is_local:
        await facts.record(db, facts.VoteCast(by.id, post.id, tuple(vote_ids)), now=now)


async def receive_vote(db: Connection, here: Here, by: Account, post_id: int, name: str, *, now: datetime) -> None:
    """Somebody elsewhere chose the answer with this name; where several may be chosen, each comes by itself.

    Raises as `vote` does.
    """
    post = await _to_vote(db, by, post_id)
    if not post.is_local:
        raise NotFound("There is no such poll.")
    position = await counting.position_of(db, post.id, cleaning.one_line(name, limits.POLL_OPTION))
    await counting.cast(db, by.id, post.id, [-1 if position is None else position], adds=True, now=now)


async def receive_counts(db: Connection, post: Post, draft: Draft, *, at: datetime, now: datetime) -> bool:
    """How a poll elsewhere stands, as its author's server says in a new copy of the post.

    False: what it asks is new, or there is none; then it is an edit.
    """
    if post.is_local or draft.poll is None:
        return False
    return await counting.receive(db, post.id, draft.poll, at=at, now=now)


async def poll(db: Connection, post_id: int, viewer_id: int | None) -> Poll:
    """The poll of a post as somebody may see it. Raises NotFound."""
    post = await reading.by_id(db, post_id, viewer_id)
    found = await polls.of_post(db, post.id, viewer_id)
    if found is None:
        raise NotFound("There is no such poll.")
    return found


async def _to_vote(db: Connection, by: Account, post_id: int) -> Post:
    """The post in whose poll somebody may vote. Raises NotFound, NotAllowed, Invalid (it is their own)."""
    post = await reading.by_id(db, post_id, by.id)
    if post.state != "visible":
        raise NotFound("There is no such poll.")
    if post.author_id == by.id:
        raise Invalid("You cannot vote in your own poll.", field="choices")
    if by.state != "active" or by.kind != "person":
        raise NotAllowed("Only people vote in polls.")
    blocked = f"{is_not_blocked('$1', '$2::bigint')} AND {is_not_blocked('$2', '$1::bigint')}"
    if not await db.fetchval(f"SELECT {blocked}", by.id, post.author_id):
        raise NotAllowed("You cannot vote in this poll.")
    if post.group_id is not None:
        await rights.to_vote(db, by, post.group_id, post.thread_id)
    return post
