"""Moving a thread from one group to another of the same server, with all that was said in it (product 13; FEP-f15d).

It keeps its conversation and its posts; its old group takes its announcement back, its new one announces it.
"""

from datetime import datetime

from fedcomm import facts
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.threads import announcing, pins, rights
from fedcomm.threads.changing import locked
from fedcomm.threads.model import Post


async def move(db: Connection, here: Here, by: Account, post_id: int, target: Account, *, now: datetime) -> None:
    """Move a thread between two groups of ours, by who looks after both. To where it is, nothing changes.

    Raises NotFound, NotAllowed, Invalid (a reply, or to something that is no group of ours).
    """
    post = await locked(db, post_id)
    await rights.to_care(db, by, post.group_id, "remove post")
    if not target.is_group or not target.is_local:
        raise Invalid("A thread moves to another group of this instance only.", field="group_id")
    await rights.to_care(db, by, target.id, "remove post")
    if not post.is_root or post.state != "visible" or post.group_id is None:
        raise Invalid("Only threads can be moved.")
    if post.group_id == target.id:
        return
    await take(db, post, target.id)
    await announcing.announce(db, here, target.id, post, now=now)
    await announcing.withdraw(db, post.id, group_id=post.group_id, now=now)
    await facts.record(db, facts.ThreadMoved(post.id, post.group_id, target.id, by.id), now=now)


async def receive(
    db: Connection,
    post: Post,
    target: Account,
    uri: str | None,
    *,
    at: datetime,
    context: str | None = None,
    now: datetime,
) -> None:
    """A thread elsewhere stands in another group from now on. `uri`: of the Move, `at`: when, `context`: what its
    conversation is called now, if that has changed.
    """
    post = await locked(db, post.id)
    if post.group_id is None or post.group_id == target.id or not post.is_root or post.state == "deleted":
        return
    origin_id = post.group_id
    await take(db, post, target.id, context=context)
    await announcing.withdraw(db, post.id, group_id=origin_id, now=now)
    if uri is not None and post.state == "visible":
        # Not everybody announces again what has moved; the Move then stands for the new group's announcement.
        await announcing.receive(db, target, post, uri, published_at=min(at, now), is_old=True, now=now)


async def take(db: Connection, post: Post, target_id: int, *, context: str | None = None) -> None:
    """The thread and its replies belong to the new group, which carries it no longer, and is on top of the old one no
    more. `context`: what its conversation is called from now on, beside its old names.
    """
    await db.execute(
        """
        UPDATE post
           SET group_id = $2, version = version + 1, context_uri = COALESCE($4, context_uri)
         WHERE thread_id = $1 AND group_id = $3
        """,
        post.id,
        target_id,
        post.group_id,
        context,
    )
    if context is not None:
        await db.execute(
            "INSERT INTO thread_context (uri, thread_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", context, post.id
        )
    await db.execute(
        "UPDATE carry SET state = 'withdrawn' WHERE thread_id = $1 AND group_id = $2 AND state <> 'withdrawn'",
        post.id,
        target_id,
    )
    assert post.group_id is not None
    await pins.forget(db, post.group_id, post.id)
