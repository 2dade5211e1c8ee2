"""The raw activities that made, changed or deleted a post, as they came: groups pass them on byte for byte (D17, D60).

They live as long as the post; deleting it takes them away, but for the Delete itself, which still has to be passed on.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.database import Connection

Kind = Literal["Create", "Update", "Delete"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One activity about a post, by its author."""

    activity_uri: str
    type: Kind
    body: bytes
    has_proof: bool


async def keep(
    db: Connection, post_id: int, activity_uri: str, type: Kind, body: bytes, *, has_proof: bool, now: datetime
) -> None:
    """Keep the bytes of an activity about a post. The same one twice changes nothing."""
    await db.execute(
        """
        INSERT INTO post_activity (activity_uri, post_id, type, body, has_proof, received_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
        """,
        activity_uri,
        post_id,
        type,
        body,
        has_proof,
        now,
    )


async def forget_updates(db: Connection, post_id: int) -> None:
    """Drop the Updates of a post before a later one, which says all that they said and how its poll stands."""
    await db.execute("DELETE FROM post_activity WHERE post_id = $1 AND type = 'Update'", post_id)


async def of(db: Connection, post_id: int, type: Kind) -> Kept | None:
    """The latest activity of this type about a post; None where we have none, because it was fetched by its id."""
    row = await db.fetchrow(
        """
        SELECT activity_uri, type, body, has_proof
          FROM post_activity
         WHERE post_id = $1 AND type = $2
      ORDER BY received_at DESC, activity_uri
         LIMIT 1
        """,
        post_id,
        type,
    )
    return Kept(**row) if row else None


async def forget(db: Connection, post_ids: Sequence[int]) -> None:
    """Posts that waited for their place stand where no group of ours passes anything on."""
    await db.execute("DELETE FROM post_activity WHERE post_id = ANY($1::bigint[])", post_ids)


async def sweep(db: Connection, *, before: datetime) -> None:
    """Drop the Deletes that have been passed on long ago, and what waited in vain for its place in a thread."""
    await db.execute("DELETE FROM post_activity WHERE type = 'Delete' AND received_at < $1", before)
    await db.execute(
        """
        DELETE FROM post_activity kept
         USING post top, post waiting
         WHERE top.parent_uri IS NOT NULL AND top.created_at < $1
           AND waiting.thread_id = top.id
           AND kept.post_id = waiting.id
        """,
        before,
    )
