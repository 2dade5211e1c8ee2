"""Polls as somebody may see them; whether they may read the post is asked elsewhere (`threads.reading`)."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from fedcomm.database import Connection
from fedcomm.polls.model import Poll

ASKED_EVERY = timedelta(minutes=1)
"""How often the server of a poll is asked at most how it stands."""


async def of(db: Connection, post_ids: Collection[int], viewer_id: int | None) -> dict[int, Poll]:
    """The polls of these posts, with what the viewer chose; posts without one are left out."""
    rows = await db.fetch(
        """
        SELECT poll.post_id, poll.is_multiple, poll.hides_totals, poll.ends_at, poll.ended_at, poll.voters_count,
               (SELECT json_agg(json_build_object('title', option.title, 'wire_name', option.wire_name,
                                                  'votes_count', option.votes_count) ORDER BY option.position)
                  FROM poll_option option
                 WHERE option.post_id = poll.post_id) AS options,
               own.votes AS own_votes,
               cardinality(own.votes) > 0 OR COALESCE(post.author_id = $2, false) AS voted
          FROM poll
          JOIN post ON post.id = poll.post_id
    CROSS JOIN LATERAL (SELECT ARRAY(SELECT position
                                       FROM poll_vote
                                      WHERE poll_vote.post_id = poll.post_id AND poll_vote.account_id = $2::bigint
                                   ORDER BY position) AS votes) own
         WHERE poll.post_id = ANY($1::bigint[])
        """,
        list(post_ids),
        viewer_id,
    )
    return {row["post_id"]: msgspec.convert(dict(row), Poll) for row in rows}


async def of_post(db: Connection, post_id: int, viewer_id: int | None) -> Poll | None:
    """The poll of one post."""
    return (await of(db, [post_id], viewer_id)).get(post_id)


async def titles(db: Connection, post_id: int) -> list[str] | None:
    """What can be chosen in the poll of a post; None: it has none."""
    rows = await db.fetch("SELECT title FROM poll_option WHERE post_id = $1 ORDER BY position", post_id)
    return [row["title"] for row in rows] or None


async def is_to_be_asked(db: Connection, post_id: int, *, now: datetime) -> bool:
    """Whether the server of this poll shall be asked how it stands; asking again shortly is left to nobody."""
    return (
        await db.fetchval(
            """
            UPDATE poll
               SET asked_at = $2
             WHERE post_id = $1
               AND ended_at IS NULL
               AND (counted_at IS NULL OR counted_at <= $3)
               AND (asked_at IS NULL OR asked_at <= $3)
            RETURNING true
            """,
            post_id,
            now,
            now - ASKED_EVERY,
        )
        is not None
    )
