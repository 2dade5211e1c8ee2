"""What somebody puts on top of their own page, and moderators on top of their group's; others read it in the collection
`featured`.

Source: Mastodon API documentation, methods/statuses#pin; federation.md 2.4.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fedcomm import facts, ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import deciding
from fedcomm.here import Here
from fedcomm.threads import reading, rights
from fedcomm.threads.audience import visible_to
from fedcomm.threads.model import Post

MOST_PINS = 5
MOST_OF_GROUPS = 20
MOST_ELSEWHERE = 20
"""So many of others' are kept."""


async def pin(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a post of one's own on top; of a group, one of its threads. Twice is once.

    Raises NotFound, Invalid (not one's own, direct, too many).
    """
    post = await reading.by_id(db, post_id, by.id)
    if by.is_group and post.author_id != by.id:
        await pin_in_group(db, here, by, post_id, now=now)
        return
    if post.author_id != by.id:
        raise Invalid("You can pin only what you wrote yourself.")
    await _pin(db, by.id, by, post, most=MOST_OF_GROUPS if by.is_group else MOST_PINS, now=now)


async def unpin(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a post on top no longer. Raises NotFound."""
    post = await reading.by_id(db, post_id, by.id)
    await _unpin(db, by.id, by, post, now=now)


async def pin_in_group(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a thread on top of its home group's page, by who looks after the group.

    Raises NotFound, NotAllowed, Invalid (no thread of a group of ours, too many).
    """
    if await _is_asked(db, by, post_id, "pin", now=now):
        return
    post = await _thread(db, by, post_id)
    assert post.group_id is not None
    await _pin(db, post.group_id, by, post, most=MOST_OF_GROUPS, now=now)


async def unpin_in_group(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Put a thread on top of its group no longer. Raises as `pin_in_group`."""
    if await _is_asked(db, by, post_id, "unpin", now=now):
        return
    post = await _thread(db, by, post_id)
    assert post.group_id is not None
    await _unpin(db, post.group_id, by, post, now=now)


async def receive(db: Connection, account: Account, post: Post, *, is_pinned: bool, now: datetime) -> bool:
    """Somebody elsewhere pins a post of theirs, a group a thread of its own, or takes it off. False: not theirs to."""
    if account.is_local or (post.group_id if account.is_group else post.author_id) != account.id:
        return False
    if not is_pinned:
        await db.execute("DELETE FROM pin WHERE account_id = $1 AND post_id = $2", account.id, post.id)
    elif post.audience != "direct" and await _count(db, account.id) < MOST_ELSEWHERE:
        await _insert(db, account.id, post.id, now=now)
    return True


async def forget(db: Connection, account_id: int, post_id: int) -> None:
    """A thread is no longer the group's to pin."""
    await db.execute("DELETE FROM pin WHERE account_id = $1 AND post_id = $2", account_id, post_id)


async def replace(db: Connection, account: Account, post_ids: Sequence[int], *, now: datetime) -> None:
    """These posts, the first on top, and no others are pinned by somebody elsewhere; what is not theirs is left out."""
    rows = await db.fetch(
        """
        SELECT id
          FROM post
         WHERE id = ANY($1::bigint[]) AND audience <> 'direct' AND CASE WHEN $3 THEN group_id ELSE author_id END = $2
        """,
        list(post_ids),
        account.id,
        account.is_group,
    )
    theirs = {row["id"] for row in rows}
    await db.execute("DELETE FROM pin WHERE account_id = $1", account.id)
    for post_id in reversed([each for each in dict.fromkeys(post_ids) if each in theirs][:MOST_ELSEWHERE]):
        await _insert(db, account.id, post_id, now=now)


async def pinned(db: Connection, account_id: int, viewer_id: int | None) -> list[int]:
    """What an account has pinned and the viewer may read, the last one first."""
    rows = await db.fetch(
        f"""
        SELECT post.id
          FROM pin
          JOIN post ON post.id = pin.post_id AND post.state = 'visible'
         WHERE pin.account_id = $1 AND {visible_to("$2")}
      ORDER BY pin.id DESC
        """,
        account_id,
        viewer_id,
    )
    return [row["id"] for row in rows]


async def featured(db: Connection, account_id: int) -> list[str]:
    """The ActivityPub ids of what an account of ours has pinned and anybody may read, the last one first (S089)."""
    rows = await db.fetch(
        """
        SELECT post.uri
          FROM pin
          JOIN post ON post.id = pin.post_id AND post.state = 'visible' AND post.audience IN ('public', 'unlisted')
         WHERE pin.account_id = $1
      ORDER BY pin.id DESC
        """,
        account_id,
    )
    return [row["uri"] for row in rows]


async def _is_asked(
    db: Connection, by: Account, post_id: int, decision: Literal["pin", "unpin"], *, now: datetime
) -> bool:
    """Whether the thread is a group's elsewhere that one looks after, whose server decides."""
    post = await reading.by_id(db, post_id, by.id)
    return post.is_root and await deciding.passed_on(db, by, post.group_id, decision, post_id=post.id, now=now)


async def _thread(db: Connection, by: Account, post_id: int) -> Post:
    post = await reading.by_id(db, post_id, by.id)
    await rights.to_care(db, by, post.group_id, "pin thread")
    if not post.is_root:
        raise Invalid("Only threads can be pinned in a group.")
    return post


async def _pin(db: Connection, account_id: int, by: Account, post: Post, *, most: int, now: datetime) -> None:
    if post.audience == "direct" or post.state != "visible":
        raise Invalid("This post cannot be pinned.")
    await db.execute("SELECT id FROM account WHERE id = $1 FOR UPDATE", account_id)
    others = [each for each in await pinned(db, account_id, account_id) if each != post.id]
    if len(others) >= most:
        raise Invalid(f"You can pin {most} posts at most.")
    if await _insert(db, account_id, post.id, now=now):
        await facts.record(db, facts.PinChanged(post.id, account_id, by.id, True), now=now)


async def _unpin(db: Connection, account_id: int, by: Account, post: Post, *, now: datetime) -> None:
    gone = await db.fetchval(
        "DELETE FROM pin WHERE account_id = $1 AND post_id = $2 RETURNING true", account_id, post.id
    )
    if gone:
        await facts.record(db, facts.PinChanged(post.id, account_id, by.id, False), now=now)


async def _count(db: Connection, account_id: int) -> int:
    return await db.fetchval("SELECT count(*) FROM pin WHERE account_id = $1", account_id)


async def _insert(db: Connection, account_id: int, post_id: int, *, now: datetime) -> bool:
    made = await db.fetchval(
        """
        INSERT INTO pin (id, account_id, post_id, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, post_id) DO NOTHING
        RETURNING true
        """,
        ids.new(now),
        account_id,
        post_id,
        now,
    )
    return bool(made)
