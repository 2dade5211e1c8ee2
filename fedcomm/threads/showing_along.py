"""What a group shows because another group announced it, which it follows (FEP-d36d; federation.md 2.4).

It is shown to those who are here, in its list and in the homes of its members, and announced to nobody: an announcement
inside an announcement would go round in circles. Home, rules and moderators stay those of the thread's own group; the
one that shows it may hide it for its people.
"""

from collections.abc import Sequence
from datetime import datetime

from fedcomm import facts, ids
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.threads import announcing
from fedcomm.threads.audience import PUBLIC


async def concerning(db: Connection, boost_ids: Sequence[int]) -> list[int]:
    """Those of these announcements that groups of ours show along."""
    rows = await db.fetch(
        """
        SELECT boost.id
          FROM boost
         WHERE boost.id = ANY($1::bigint[])
           AND EXISTS (SELECT
                         FROM follow
                         JOIN account g ON g.id = follow.follower_id AND g.is_local AND g.kind = 'group'
                        WHERE follow.followee_id = boost.account_id AND follow.state = 'accepted')
        """,
        list(boost_ids),
    )
    return [row["id"] for row in rows]


async def show(work: Work, fact: facts.ThreadAnnounced | facts.ThreadAnnouncedElsewhere) -> None:
    """A group announced a thread: the groups of ours that follow it show it too, once however many they follow."""
    async with work.transaction() as db:
        rows = await db.fetch(
            """
            SELECT g.id AS group_id, boost.account_id AS via_id, post.id AS post_id, post.author_id, post.audience
              FROM boost
              JOIN post ON post.id = boost.post_id
                       AND post.state = 'visible'
                       AND post.thread_id = post.id
                       AND post.audience = ANY($2::text[])
              JOIN follow ON follow.followee_id = boost.account_id AND follow.state = 'accepted'
              JOIN account g ON g.id = follow.follower_id AND g.is_local AND g.kind = 'group' AND g.state = 'active'
              JOIN group_profile profile ON profile.account_id = g.id AND profile.state = 'active'
             WHERE boost.id = $1
               AND boost.is_group
               AND boost.via_id IS NULL
               AND post.group_id IS DISTINCT FROM g.id
               AND NOT EXISTS (SELECT
                                 FROM membership m
                                WHERE m.group_id = g.id AND m.member_id = post.author_id AND m.state = 'removed')
          ORDER BY g.id
            """,
            fact.boost_id,
            list(PUBLIC),
        )
        for row in rows:
            made = await _show(db, **row, now=work.now)
            if made is not None:
                await facts.record(db, facts.ThreadShownAlong(made), now=work.now)


async def _show(
    db: Connection, group_id: int, via_id: int, post_id: int, author_id: int, audience: str, *, now: datetime
) -> int | None:
    """The wrapper; None where the group has one already."""
    made = await db.fetchval(
        """
        INSERT INTO boost (id, account_id, post_id, author_id, is_group, audience, created_at, via_id)
        VALUES ($1, $2, $3, $4, true, $5, $6, $7)
            ON CONFLICT (account_id, post_id) DO NOTHING
        RETURNING id
        """,
        ids.new(now),
        group_id,
        post_id,
        author_id,
        audience,
        now,
        via_id,
    )
    if made is not None:
        await announcing.count(db, group_id, 1, now=now)
    return made


async def end(work: Work, fact: facts.GroupUnfollowed) -> None:
    """A group of ours follows another no longer: what it showed for that alone goes from its list and from homes."""
    async with work.transaction() as db:
        await db.execute(
            """
            UPDATE boost
               SET via_id = other.account_id
              FROM boost other
              JOIN follow ON follow.followee_id = other.account_id
                         AND follow.follower_id = $1
                         AND follow.state = 'accepted'
             WHERE boost.account_id = $1
               AND boost.via_id = $2
               AND other.post_id = boost.post_id
               AND other.is_group
               AND other.via_id IS NULL
               AND other.account_id <> $2
            """,
            fact.group_id,
            fact.target_id,
        )
        gone = await db.fetch(
            "DELETE FROM boost WHERE account_id = $1 AND via_id = $2 RETURNING id", fact.group_id, fact.target_id
        )
        if gone:
            await announcing.count(db, fact.group_id, -len(gone))
