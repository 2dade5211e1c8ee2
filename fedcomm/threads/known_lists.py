"""In which state the lists of a thread from elsewhere were read last: their ETags, as they came."""

from collections.abc import Mapping

from fedcomm.database import Connection


async def etag(db: Connection, post_id: int, uri: str) -> str | None:
    """The ETag that a list had when it was read for the thread of this post; None: it is to be read whole."""
    return await db.fetchval(
        """
        SELECT etag
          FROM known_list
         WHERE thread_id = (SELECT thread_id FROM post WHERE id = $1) AND uri = $2
        """,
        post_id,
        uri,
    )


async def remember(db: Connection, post_id: int, etags: Mapping[str, str]) -> None:
    """Lists of the thread of this post were read in these states, and what they hold is here or being looked for."""
    if not etags:
        return
    await db.execute(
        """
        INSERT INTO known_list (thread_id, uri, etag)
        SELECT post.thread_id, said.uri, said.etag
          FROM post, unnest($2::text[], $3::text[]) AS said (uri, etag)
         WHERE post.id = $1
            ON CONFLICT (thread_id, uri) DO UPDATE
           SET etag = excluded.etag
        """,
        post_id,
        list(etags.keys()),
        list(etags.values()),
    )


async def forget(db: Connection, post_id: int) -> None:
    """Something in the lists of the thread of this post could not be had: they are to be read whole the next time."""
    await db.execute("DELETE FROM known_list WHERE thread_id = (SELECT thread_id FROM post WHERE id = $1)", post_id)
