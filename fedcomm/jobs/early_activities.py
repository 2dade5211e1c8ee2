"""Accepted activities that came before the post they are about: kept for a while, heard when that is here (D51, R018).

What two servers say overtakes each other; so does what follows a post whose author could not be asked at once.
"""

from datetime import datetime

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.jobs.inbox_queue import Item

MOST_OF_A_PEER = 1_000
MOST_BYTES = 64 * 1024
AT_ONCE = 500


async def keep(db: Connection, item: Item, body: bytes, about_uri: str, *, now: datetime) -> bool:
    """Keep one activity until the post is here. `body`: of it alone, where it came with others.

    False: it is too large, or so many of this peer are kept already. Nothing is kept twice.
    """
    if len(body) > MOST_BYTES:
        return False
    return (
        await db.fetchval(
            """
            INSERT INTO early_activity (id, about_uri, activity_uri, activity_type, signer_uri, authority, recipient_id,
                                        body, received_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
             WHERE (SELECT count(*) FROM early_activity WHERE authority = $6) < $10
                ON CONFLICT (authority, about_uri, md5(body)) DO UPDATE SET received_at = early_activity.received_at
            RETURNING true
            """,
            ids.new(now),
            about_uri,
            item.activity_uri,
            item.activity_type,
            item.signer_uri,
            item.authority,
            item.recipient_id,
            body,
            item.received_at,
            MOST_OF_A_PEER,
        )
        is not None
    )


async def hear(db: Connection, *, now: datetime) -> int:
    """Put what is about posts that are here by now into the inbox again, oldest first. How many there were."""
    heard: int = await db.fetchval(
        """
        WITH due AS (
            DELETE FROM early_activity
             WHERE id IN (SELECT early.id
                            FROM early_activity early
                           WHERE EXISTS (SELECT FROM post WHERE post.uri = early.about_uri)
                           ORDER BY early.id
                           LIMIT $2
                             FOR UPDATE SKIP LOCKED)
            RETURNING *
        ), put AS (
            INSERT INTO inbox_item (id, activity_uri, activity_type, signer_uri, authority, recipient_id, body,
                                    received_at, due_at)
            SELECT id, activity_uri, activity_type, signer_uri, authority, recipient_id, body, received_at, $1
              FROM due
            RETURNING true
        )
        SELECT count(*) FROM put
        """,
        now,
        AT_ONCE,
    )
    return heard


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what waited for a post that did not come."""
    await db.execute("DELETE FROM early_activity WHERE received_at < $1", before)
