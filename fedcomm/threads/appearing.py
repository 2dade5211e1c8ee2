"""What a post does when it becomes visible: at once, or when a moderator lets it."""

from datetime import datetime

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.threads import announcing, carrying, conversations, reception
from fedcomm.threads.counting import count_post
from fedcomm.threads.model import Post


async def appear(
    db: Connection, here: Here, author: Account, post: Post, *, quiet: bool = False, now: datetime
) -> None:
    """Count a post that is now visible, let the groups of its thread announce it, and tell everybody.

    `quiet`: it is an old one that was fetched to make a thread whole; nobody is notified (product 7, D51). A thread of
    our group is announced all the same: nobody else will.
    """
    if post.group_id is not None and (post.is_root or author.is_local):
        home = await lookup.by_id(db, post.group_id)
        if home is not None and not home.is_local and author.is_local:
            await reception.begin(db, post, home, now=now)
        if home is not None and home.is_local and post.is_root:
            await announcing.announce(db, here, home.id, post, now=now)
    if post.group_id is not None and post.is_root:
        await carrying.proceed(db, here, author, post, now=now)
    if post.audience == "direct":
        await conversations.add(db, post, quiet=quiet, now=now)
    if quiet:
        await db.execute("UPDATE post SET is_told = false WHERE id = $1", post.id)
    else:
        await facts.record(db, facts.PostPublished(post.id), now=now)
    # Last, as who writes at the same moment waits for these rows: those of the thread, and of the author.
    await count_post(db, post, 1, now=now)


async def tell(db: Connection, post: Post, *, now: datetime) -> bool:
    """A post that was fetched before comes by itself: now everybody is told, once. False: they had been told."""
    told = await db.fetchval("UPDATE post SET is_told = true WHERE id = $1 AND NOT is_told RETURNING state", post.id)
    if told == "visible":
        if post.audience == "direct":
            await conversations.add(db, post, now=now)
        await facts.record(db, facts.PostPublished(post.id), now=now)
    return told is not None
