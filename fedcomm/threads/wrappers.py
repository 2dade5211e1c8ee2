"""Wrappers: in client apps a boost, or a group's announcement of a thread, is a post of its own around another one."""

import msgspec

from fedcomm.database import Connection
from fedcomm.threads.audience import author_is_heard, visible_to


class Wrapper(msgspec.Struct, frozen=True, kw_only=True):
    """A boost as client apps know it: `id` around `post_id`, by an account."""

    id: int
    post_id: int
    account_id: int


async def unwrapped(db: Connection, some_id: int) -> int:
    """The post that an id from a client app means: what a wrapper is around, else the id itself."""
    return await db.fetchval("SELECT COALESCE((SELECT post_id FROM boost WHERE id = $1), $1)", some_id)


async def find(db: Connection, boost_id: int, viewer_id: int | None) -> Wrapper | None:
    """The wrapper with this id, if the viewer may read what is in it and whoever made it is heard."""
    row = await db.fetchrow(
        f"""
        SELECT boost.id, boost.post_id, boost.account_id
          FROM boost
          JOIN post ON post.id = boost.post_id AND post.state = 'visible'
         WHERE boost.id = $1 AND {author_is_heard("boost.account_id")} AND {visible_to("$2")}
        """,
        boost_id,
        viewer_id,
    )
    return Wrapper(**row) if row else None


async def many(db: Connection, boost_ids: list[int], viewer_id: int | None) -> dict[int, Wrapper]:
    """Those of many wrappers that the viewer may read, in one statement."""
    rows = await db.fetch(
        f"""
        SELECT boost.id, boost.post_id, boost.account_id
          FROM boost
          JOIN post ON post.id = boost.post_id AND post.state = 'visible'
         WHERE boost.id = ANY($1::bigint[]) AND {author_is_heard("boost.account_id")} AND {visible_to("$2")}
        """,
        boost_ids,
        viewer_id,
    )
    return {row["id"]: Wrapper(**row) for row in rows}
