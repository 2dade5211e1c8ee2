"""What is gone for ever, also when word of its end arrived before it did (S009, R019, R021).

Each entry belongs to the actor who said so: nobody keeps away what is another's.
"""

from collections.abc import Mapping
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


async def kept_away(db: Connection, arriving: Mapping[str, str], *, now: datetime) -> set[str]:
    """The same for many things, each with its actor: those that are gone already."""
    uris = sorted(arriving)  # always in this order, so that no two transactions wait for each other
    actors = [arriving[uri] for uri in uris]
    written = await db.fetch(
        """
        INSERT INTO tombstone (uri, actor_uri, deleted_at)
        SELECT arriving.*, $3
          FROM unnest($1::text[], $2::text[]) AS arriving (uri, actor_uri)
            ON CONFLICT DO NOTHING
        RETURNING uri
        """,
        uris,
        actors,
        now,
    )
    there = {row["uri"] for row in written}
    await db.execute(
        """
        DELETE FROM tombstone
         USING unnest($1::text[], $2::text[]) AS asked (uri, actor_uri)
         WHERE tombstone.uri = asked.uri AND tombstone.actor_uri = asked.actor_uri
        """,
        [uri for uri in uris if uri in there],
        [arriving[uri] for uri in uris if uri in there],
    )
    return arriving.keys() - there


async def is_gone(db: Connection, uri: str) -> bool:
    """Whether somebody of its own server said so: only their word is written down here."""
    return await db.fetchval("SELECT EXISTS (SELECT FROM tombstone WHERE uri = $1)", uri)
