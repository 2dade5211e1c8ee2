"""What is answered by posts that are here, and is not here itself (D51): in whose turn it is asked for."""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.database import Connection


async def page(db: Connection, *, since: datetime, limit: int) -> list[str]:
    """What posts that came since then answer: first what was never asked for, the latest first, then what was not for
    the longest time."""
    rows = await db.fetch(
        """
        SELECT post.parent_uri
          FROM post
     LEFT JOIN searched_parent asked ON asked.uri = post.parent_uri
         WHERE post.parent_uri IS NOT NULL AND post.state <> 'deleted' AND post.created_at > $1
      GROUP BY post.parent_uri, asked.asked_at
      ORDER BY asked.asked_at NULLS FIRST, max(post.id) DESC
         LIMIT $2
        """,
        since,
        limit,
    )
    return [row["parent_uri"] for row in rows]


async def note_asked(db: Connection, uris: Sequence[str], *, since: datetime, now: datetime) -> None:
    """They are asked for now; what nobody asks for any more is forgotten."""
    await db.execute(
        """
        INSERT INTO searched_parent (uri, asked_at)
        SELECT uri, $2 FROM unnest($1::text[]) AS wanted (uri)
            ON CONFLICT (uri) DO UPDATE
           SET asked_at = excluded.asked_at
        """,
        list(uris),
        now,
    )
    await db.execute("DELETE FROM searched_parent WHERE asked_at < $1", since)
