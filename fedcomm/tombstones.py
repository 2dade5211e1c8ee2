"""What is gone for ever, also when word of its end arrived before it did (S009, R019, R021).

Each entry belongs to the actor who said so: nobody keeps away what is another's.
"""

from datetime import datetime

from fedcomm.database import Connection


async def remember(db: Connection, uri: str, actor_uri: str, *, now: datetime) -> None:
    """Write down that an object or activity is gone. To be done before looking for what it would have made."""
    await db.execute(
        """
        INSERT INTO tombstone (uri, actor_uri, deleted_at)
        VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """,
        uri,
        actor_uri,
        now,
    )


async def forget(db: Connection, uri: str, actor_uri: str) -> None:
    """What was taken back had been here: nothing has to be kept away, and snac and Misskey use its id again."""
    await db.execute("DELETE FROM tombstone WHERE uri = $1 AND actor_uri = $2", uri, actor_uri)


async def keeps_away(db: Connection, uri: str, actor_uri: str, *, now: datetime) -> bool:
    """Whether what is just arriving is gone already. To be asked before the row is written.

    The question itself writes the row and takes it away again, so that two transactions that bring the object and its
    end at the same moment wait for each other: whoever comes second sees what the first did.
    """
    written = await db.fetchval(
        """
        INSERT INTO tombstone (uri, actor_uri, deleted_at)
        VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        uri,
        actor_uri,
        now,
    )
    if not written:
        return True
    await forget(db, uri, actor_uri)
    return False


async def is_gone(db: Connection, uri: str) -> bool:
    """Whether somebody of its own server said so: only their word is written down here."""
    return await db.fetchval("SELECT EXISTS (SELECT FROM tombstone WHERE uri = $1)", uri)
