"""Votes of somebody who is gone: polls that go on lose them, of those that have ended nobody knows whose they were."""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.database import Connection
from fedcomm.polls import counting


async def forget(db: Connection, account_id: int, *, now: datetime) -> None:
    """Take somebody's votes out of the polls of ours that go on; where a result stands, only their name goes.

    How polls elsewhere stand is their own servers' to say.
    """
    await db.execute(
        """
        WITH voted AS (
            SELECT vote.post_id, min(vote.id) AS id
              FROM poll_vote vote
              JOIN poll ON poll.post_id = vote.post_id
             WHERE vote.account_id = $1 AND poll.ended_at IS NOT NULL
          GROUP BY vote.post_id
        )
        UPDATE poll_vote
           SET account_id = -voted.id
          FROM voted
         WHERE poll_vote.post_id = voted.post_id AND poll_vote.account_id = $1
        """,
        account_id,
    )
    left = await db.fetch("SELECT DISTINCT post_id FROM poll_vote WHERE account_id = $1 ORDER BY post_id", account_id)
    for row in left:
        await counting.take_back(db, account_id, row["post_id"], now=now)


async def forget_polls(db: Connection, post_ids: Sequence[int]) -> None:
    """The polls of posts that are here no longer, with options and votes."""
    await db.execute("DELETE FROM poll WHERE post_id = ANY($1::bigint[])", list(post_ids))
