"""What streams tell, kept for some minutes: consequences of facts, read by every process that holds connections.

A row says that something happened to a post, not what the post says: that is read when it is sent, so that nobody gets
what meanwhile is deleted or closed to them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import facts, ids
from fedcomm.database import Connection
from fedcomm.jobs.work import Work

TURN = 0x11FE0DA7E
"""The number of the lock under which news are written."""

Event = Literal["update", "status.update", "delete", "announcement", "announcement.delete", "announcement.reaction"]


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `boost_id`: the wrapper a post comes in, or that was taken back."""

    id: int
    event: Event
    post_id: int
    boost_id: int | None
    by_id: int
    name: str | None = None
    """Of a reaction to an announcement, which `post_id` then is."""


async def of_post(work: Work, fact: facts.PostPublished | facts.PostPlaced) -> None:
    """A new post."""
    await _of_a_post(work, "update", fact.post_id)


async def of_posts(db: Connection, post_ids: Sequence[int], now: datetime) -> None:
    """New posts, in the order they were published here."""
    await _wait_for_turn(db)
    await db.execute(
        """
        INSERT INTO live_update (id, event, post_id, by_id)
        SELECT fresh.id, 'update', post.id, post.author_id
          FROM unnest($1::bigint[], $2::bigint[]) AS fresh (id, post_id)
          JOIN post ON post.id = fresh.post_id
        """,
        [ids.new(now) for _ in post_ids],
        list(post_ids),
    )


async def of_edit(work: Work, fact: facts.PostEdited) -> None:
    """A post says something else now."""
    await _of_a_post(work, "status.update", fact.post_id)


async def of_poll(work: Work, fact: facts.PollCounted | facts.PollEnded) -> None:
    """A poll stands otherwise than before."""
    await _of_a_post(work, "status.update", fact.poll_id)


async def of_quote(work: Work, fact: facts.QuoteAnswered | facts.QuoteWithdrawn | facts.QuotePolicyChanged) -> None:
    """A post shows what it quotes, or no longer does; or may be quoted by others than before."""
    await _of_a_post(work, "status.update", fact.post_id)


async def of_reception(work: Work, fact: facts.PostTurnedDown) -> None:
    """A post is not shown where it was sent to."""
    await _of_a_post(work, "status.update", fact.post_id)


async def of_lock(work: Work, fact: facts.ThreadLocked) -> None:
    """A thread was closed to answers, or opened again."""
    await _of_a_post(work, "status.update", fact.post_id)


async def of_deletion(work: Work, fact: facts.PostDeleted | facts.PostRemoved) -> None:
    """A post is gone."""
    await _of_a_post(work, "delete", fact.post_id)


async def of_wrapper(
    work: Work,
    fact: facts.PostBoosted | facts.ThreadAnnounced | facts.ThreadAnnouncedElsewhere | facts.ThreadShownAlong,
) -> None:
    """Somebody boosted a post, or a group announced a thread."""
    async with work.transaction() as db:
        await _wait_for_turn(db)
        await db.execute(
            """
            INSERT INTO live_update (id, event, post_id, boost_id, by_id)
            SELECT $2, 'update', boost.post_id, boost.id, boost.account_id
              FROM boost
             WHERE boost.id = $1
            """,
            fact.boost_id,
            ids.new(work.now),
        )


async def of_withdrawal(work: Work, fact: facts.AnnouncementWithdrawn) -> None:
    """A group took its announcement of a thread back."""
    await _of_what_was_taken_back(work, fact.post_id, fact.boost_id, fact.group_id)


async def of_boost_undone(work: Work, fact: facts.BoostUndone) -> None:
    """One of ours took a boost back; what the boosts of others were called here is not known any more."""
    number = fact.boost_uri.removeprefix(work.here.activity_uri(0).removesuffix("0"))
    if number.isascii() and number.isdigit():
        await _of_what_was_taken_back(work, fact.post_id, int(number), fact.account_id)


async def of_announcement(work: Work, fact: facts.AnnouncementSaid) -> None:
    """Something was said to all members."""
    await _of_announcement(work, "announcement", fact.announcement_id)


async def of_announcement_taken_back(work: Work, fact: facts.AnnouncementUnsaid) -> None:
    """It was taken back."""
    await _of_announcement(work, "announcement.delete", fact.announcement_id)


async def of_reaction(work: Work, fact: facts.AnnouncementReactedTo) -> None:
    """The number of reactions with an emoji is another one."""
    await _of_announcement(work, "announcement.reaction", fact.announcement_id, fact.name)


async def _of_announcement(work: Work, event: Event, announcement_id: int, name: str | None = None) -> None:
    async with work.transaction() as db:
        await _wait_for_turn(db)
        await db.execute(
            "INSERT INTO live_update (id, event, post_id, by_id, name) VALUES ($1, $2, $3, 0, $4)",
            ids.new(work.now),
            event,
            announcement_id,
            name,
        )


async def _of_a_post(work: Work, event: Event, post_id: int) -> None:
    async with work.transaction() as db:
        await _wait_for_turn(db)
        await db.execute(
            """
            INSERT INTO live_update (id, event, post_id, by_id)
            SELECT $2, $3, post.id, post.author_id
              FROM post
             WHERE post.id = $1
            """,
            post_id,
            ids.new(work.now),
            event,
        )


async def _of_what_was_taken_back(work: Work, post_id: int, boost_id: int, by_id: int) -> None:
    async with work.transaction() as db:
        await _wait_for_turn(db)
        await db.execute(
            """
            INSERT INTO live_update (id, event, post_id, boost_id, by_id)
            VALUES ($1, 'delete', $2, $3, $4)
            """,
            ids.new(work.now),
            post_id,
            boost_id,
            by_id,
        )


async def _wait_for_turn(db: Connection) -> None:
    """News are committed in the order of their ids: who says which came last shall have had all before it.

    The commit waits for no disk, and neither do those whose turn is next: what a database loses when it breaks is told
    again, as it forgets with it that it was told.
    """
    await db.execute("SELECT pg_advisory_xact_lock($1), set_config('synchronous_commit', 'off', true)", TURN)


async def since(db: Connection, above: int, but_not: Collection[int] = (), *, most: int = 1_000) -> list[News]:
    """What happened after the moment of an id, in its order, without what is known already."""
    rows = await db.fetch(
        """
        SELECT id, event, post_id, boost_id, by_id, name
          FROM live_update
         WHERE id > $1 AND NOT id = ANY($2::bigint[])
      ORDER BY id
         LIMIT $3
        """,
        above,
        list(but_not),
        most,
    )
    return [News(**row) for row in rows]


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what is too old to be asked for."""
    await db.execute("DELETE FROM live_update WHERE id < $1", ids.lowest(before))
