"""Votes as groups pass them on to the servers of their members: favourites, and dislikes that come from elsewhere.

Nobody here dislikes, and no dislike is shown or counted; other forums do both. Of what one person does within half a
minute only the outcome is told. Source: federation.md 1.5, 2.2, T31; D80.
"""

from datetime import datetime

import msgspec

from fedcomm import facts, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection

LONGEST_KEPT = 16_384
"""Bytes of an activity that are kept to be passed on as they came; a vote is much shorter."""


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands to a post: `uri` is that of the Like or Dislike."""

    is_like: bool
    uri: str


async def changed(db: Connection, by_id: int, post_id: int, uri: str, *, body: bytes = b"", now: datetime) -> None:
    """Somebody favoured or disliked a post, or took that back: where it stands in a group of ours, others learn of it.

    `uri`: of the Like or Dislike. `body`: the activity as it came, if it proves who says it.
    """
    if await _is_in_ours(db, post_id):
        said = body.decode() if len(body) <= LONGEST_KEPT else ""
        await facts.record(db, facts.VoteChanged(post_id, by_id, uri, said), now=now)


async def dislike(db: Connection, by: Account, post_id: int, uri: str, *, body: bytes = b"", now: datetime) -> bool:
    """Somebody elsewhere dislikes a post in a group of ours; twice is once, and nothing when its Undo was here before
    (R021). False: in other groups that is no matter of ours.
    """
    if not await _is_in_ours(db, post_id):
        return False
    if await tombstones.keeps_away(db, uri, by.uri, now=now):
        return True
    made = await db.fetchval(
        """
        INSERT INTO dislike (account_id, post_id, uri, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        by.id,
        post_id,
        uri,
        now,
    )
    if made:
        await changed(db, by.id, post_id, uri, body=body, now=now)
    return True


async def end_dislike(
    db: Connection, by: Account, *, post_id: int | None = None, uri: str | None = None, body: bytes = b"", now: datetime
) -> bool:
    """They take it back, by its id or by what it is about. False: there is none."""
    row = await db.fetchrow(
        "DELETE FROM dislike WHERE account_id = $1 AND (post_id = $2 OR uri = $3) RETURNING post_id, uri",
        by.id,
        post_id,
        uri,
    )
    if row is None:
        return False
    await changed(db, by.id, row["post_id"], row["uri"], body=body, now=now)
    return True


async def _is_in_ours(db: Connection, post_id: int) -> bool:
    return bool(
        await db.fetchval(
            "SELECT home.is_local FROM post JOIN account home ON home.id = post.group_id WHERE post.id = $1", post_id
        )
    )


async def of(db: Connection, post_id: int, by_id: int) -> Vote | None:
    """How somebody stands to a post now."""
    row = await db.fetchrow(
        """
        SELECT true AS is_like, uri FROM favourite WHERE account_id = $2 AND post_id = $1
         UNION ALL
        SELECT false, uri FROM dislike WHERE account_id = $2 AND post_id = $1
         LIMIT 1
        """,
        post_id,
        by_id,
    )
    return Vote(**row) if row else None


async def told(db: Connection, post_id: int, by_id: int) -> Vote | None:
    """What others were last told of it."""
    row = await db.fetchrow("SELECT is_like, uri FROM told_vote WHERE account_id = $2 AND post_id = $1", post_id, by_id)
    return Vote(**row) if row else None


async def note_told(db: Connection, post_id: int, by_id: int, vote: Vote | None) -> None:
    """Others are being told."""
    if vote is None:
        await db.execute("DELETE FROM told_vote WHERE account_id = $2 AND post_id = $1", post_id, by_id)
        return
    await db.execute(
        """
        INSERT INTO told_vote (account_id, post_id, is_like, uri)
        VALUES ($2, $1, $3, $4)
            ON CONFLICT (account_id, post_id) DO UPDATE
           SET is_like = excluded.is_like, uri = excluded.uri
        """,
        post_id,
        by_id,
        vote.is_like,
        vote.uri,
    )
