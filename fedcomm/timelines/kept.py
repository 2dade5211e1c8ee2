"""What somebody has kept for themselves or favourited, as far as they may still read it; the last one first.

Pages go by the id of the bookmark or favourite, which only the Link header tells.
"""

from fedcomm.database import Connection
from fedcomm.threads.audience import visible_to
from fedcomm.timelines.cursor import Cursor, Entry, newest_first

_COLUMNS = "kept.id, kept.post_id, NULL::bigint AS boost_id, post.author_id AS by_id"
_READABLE = f"""
    JOIN post ON post.id = kept.post_id
   WHERE kept.account_id = $1 AND kept.id < $2 AND kept.id > $3 AND {visible_to("$1")}
"""


async def bookmarks(db: Connection, account_id: int, *, cursor: Cursor) -> list[Entry]:
    """A page of one's bookmarks. Source: Mastodon API documentation, methods/bookmarks."""
    return await _page(db, f"SELECT {_COLUMNS} FROM bookmark kept {_READABLE}", account_id, cursor)


async def favourites(db: Connection, account_id: int, *, cursor: Cursor) -> list[Entry]:
    """A page of what one has favourited. Source: Mastodon API documentation, methods/favourites."""
    return await _page(db, f"SELECT {_COLUMNS} FROM favourite kept {_READABLE}", account_id, cursor)


async def _page(db: Connection, kept: str, account_id: int, cursor: Cursor) -> list[Entry]:
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"{kept} ORDER BY kept.id {order} LIMIT $4", account_id, cursor.below, cursor.above, cursor.limit
    )
    return newest_first([Entry(**row) for row in rows])
