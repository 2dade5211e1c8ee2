"""A group's announcement of a thread to its members: what makes it appear in their home (product 7; D38, D81).

Each group announces a thread once, whether it is the thread's home or carries it. Only roots are announced.
"""

from datetime import datetime

from fedcomm import facts, ids, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict
from fedcomm.here import Here
from fedcomm.threads.audience import author_is_heard
from fedcomm.threads.model import Post

ID_TRIES = 5
"""Ids taken from a time elsewhere may collide (D22); five times in a row they do not."""


async def announce(db: Connection, here: Here, group_id: int, post: Post, *, now: datetime) -> int | None:
    """A group of ours announces a thread. The id of the wrapper, or None when it had announced it before.

    None also while its author's server is suspended: it has its place here then, and leaves for nowhere (T33).
    """
    boost_id = ids.new(now)
    made = await db.fetchrow(
        f"""
        INSERT INTO boost (id, account_id, post_id, author_id, uri, is_group, audience, created_at)
        VALUES ($1, $2, $3, $4, CASE WHEN {author_is_heard("$4")} THEN $5 END, true, $6, $7)
            ON CONFLICT (account_id, post_id) DO NOTHING
        RETURNING uri
        """,
        boost_id,
        group_id,
        post.id,
        post.author_id,
        here.activity_uri(boost_id),
        post.audience,
        now,
    )
    if made is not None:
        await count(db, group_id, 1, now=now)
        announced_id = boost_id if made["uri"] is not None else None
    else:
        announced_id = await _shown_along(db, here, group_id, post)
    if announced_id is not None:
        await facts.record(db, facts.ThreadAnnounced(announced_id), now=now)
    return announced_id


async def _shown_along(db: Connection, here: Here, group_id: int, post: Post) -> int | None:
    """What a group showed its people because another announced it becomes its own announcement. None: it was none."""
    shown: int | None = await db.fetchval(
        f"""
        SELECT id
          FROM boost
         WHERE account_id = $1 AND post_id = $2 AND via_id IS NOT NULL AND {author_is_heard("boost.author_id")}
           FOR UPDATE
        """,
        group_id,
        post.id,
    )
    if shown is not None:
        await db.execute("UPDATE boost SET via_id = NULL, uri = $2 WHERE id = $1", shown, here.activity_uri(shown))
    return shown


async def receive(
    db: Connection,
    group: Account,
    post: Post,
    uri: str,
    *,
    published_at: datetime,
    is_old: bool = False,
    now: datetime,
) -> int | None:
    """A group elsewhere announces a thread; of an old announcement nobody is told.

    The id of the wrapper; None when its end was here before (R021).
    """
    if await tombstones.keeps_away(db, uri, group.uri, now=now):
        return None
    for _ in range(ID_TRIES):
        boost_id = ids.at(max(published_at, post.published_at), now=now)
        made = await db.fetchval(
            """
            INSERT INTO boost (id, account_id, post_id, author_id, uri, is_group, audience, created_at)
            VALUES ($1, $2, $3, $4, $5, true, $6, $7)
                ON CONFLICT DO NOTHING
            RETURNING id
            """,
            boost_id,
            group.id,
            post.id,
            post.author_id,
            uri,
            post.audience,
            min(published_at, now),
        )
        if made is not None:
            await count(db, group.id, 1, now=min(published_at, now))
            if not is_old:
                await facts.record(db, facts.ThreadAnnouncedElsewhere(made), now=now)
            return made
        known = await db.fetchrow(
            "SELECT id, post_id FROM boost WHERE (account_id = $1 AND post_id = $2) OR uri = $3 LIMIT 1",
            group.id,
            post.id,
            uri,
        )
        if known is not None:
            return known["id"] if known["post_id"] == post.id else None
    raise Conflict("No free id was found.")


async def is_shown_by(db: Connection, post_id: int, group_id: int) -> bool:
    """Whether a group announces this thread to its people."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM boost WHERE account_id = $1 AND post_id = $2 AND is_group)", group_id, post_id
    )


async def withdraw(db: Connection, post_id: int, *, group_id: int | None = None, now: datetime) -> None:
    """Take back the announcements of a thread: that of one group, or of all. Followers of ours elsewhere are told.

    What other groups showed for that goes too, unless a further group that they follow announces the thread.
    """
    rows = await db.fetch(
        """
        DELETE FROM boost b
         USING account a
         WHERE a.id = b.account_id
           AND b.post_id = $1
           AND b.is_group
           AND ($2::bigint IS NULL
                OR b.account_id = $2
                OR (b.via_id = $2
                    AND NOT EXISTS (SELECT
                                      FROM boost other
                                      JOIN follow ON follow.followee_id = other.account_id
                                     WHERE other.post_id = $1
                                       AND other.account_id <> $2
                                       AND other.via_id IS NULL
                                       AND follow.follower_id = b.account_id
                                       AND follow.state = 'accepted')))
        RETURNING b.id, b.account_id, b.uri, a.is_local
        """,
        post_id,
        group_id,
    )
    for row in sorted(rows, key=lambda row: row["account_id"]):
        await count(db, row["account_id"], -1)
        if row["is_local"]:
            withdrawn = facts.AnnouncementWithdrawn(row["id"], row["account_id"], post_id, row["uri"] or "")
            await facts.record(db, withdrawn, now=now)


async def count(db: Connection, group_id: int, by: int, *, now: datetime | None = None) -> None:
    """What client apps see as a group's number of posts: the threads it has announced."""
    await db.execute(
        """
        UPDATE account
           SET posts_count = posts_count + $2, last_post_at = GREATEST(last_post_at, $3)
         WHERE id = $1
        """,
        group_id,
        by,
        now,
    )
