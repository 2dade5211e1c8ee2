"""The shape of a thread: which posts stand where, without what they say. For those who have the posts encoded (D63)."""

from collections.abc import Iterable

from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection, Row
from fedcomm.errors import NotFound
from fedcomm.threads.audience import visible_to
from fedcomm.threads.reading import MOST_POSTS

HIGHEST = 500
"""So many posts above one are told in a thread that is too long to be looked at whole."""


async def context(
    db: Connection, post_id: int, viewer_id: int | None, *, limit: int = MOST_POSTS
) -> tuple[list[int], list[int]]:
    """The ids of what a post answers, from the root down, and of what answers it, depth first, oldest first.

    What the viewer may not read or hides is left out, and so is what was deleted. Raises NotFound.
    """
    rows = await db.fetch(_THREAD, post_id, viewer_id, limit)
    if len(rows) >= limit and all(row["id"] != post_id for row in rows):
        rows = await db.fetch(_NEAR, post_id, viewer_id, limit)
    known: dict[int, Row] = {row["id"]: row for row in rows}
    if post_id not in known or not known[post_id]["is_shown"]:
        raise NotFound("There is no such post.")
    return _above(known, post_id), _below(known, post_id)


_COLUMNS = f"""post.id, post.parent_id, post.thread_id,
               post.state <> 'deleted' AND (post.id = $1 OR {is_welcome("$2", "post.author_id")}) AS is_shown"""
_KNOWN = f"(post.state = 'deleted' OR {visible_to('$2')})"
"""What the viewer may know of. $1: the post asked for; $2: the viewer; $3: how many."""
_OF_ONE = "(SELECT thread_id FROM post asked WHERE asked.id = $1)"
_THREAD = f"""
        SELECT {_COLUMNS}
          FROM post
         WHERE post.thread_id = {_OF_ONE} AND {_KNOWN}
      ORDER BY post.id
         LIMIT $3
"""
_NEAR = f"""
    WITH RECURSIVE above (id, parent_id, height) AS (
        SELECT id, parent_id, 0 FROM post WHERE id = $1
     UNION ALL
        SELECT post.id, post.parent_id, above.height + 1
          FROM above
          JOIN post ON post.id = above.parent_id
         WHERE above.height < {HIGHEST}
    ), below AS (
        SELECT id FROM post WHERE thread_id = {_OF_ONE} AND id > $1 ORDER BY id LIMIT $3
    )
        SELECT {_COLUMNS}
          FROM post
         WHERE post.id IN (SELECT id FROM above UNION ALL SELECT id FROM below) AND {_KNOWN}
      ORDER BY post.id
         LIMIT $3
"""
"""Of a thread that is too long to be looked at whole: what the post answers, and what came after it."""


def _above(known: dict[int, Row], post_id: int) -> list[int]:
    found: list[int] = []
    passed = {post_id}
    parent = known.get(known[post_id]["parent_id"])
    while parent is not None and parent["id"] not in passed:
        passed.add(parent["id"])
        if parent["is_shown"]:
            found.append(parent["id"])
        parent = known.get(parent["parent_id"])
    return found[::-1]


def _below(known: dict[int, Row], post_id: int) -> list[int]:
    """Replies whose parent is not among the posts stand directly below the root of their thread."""
    children: dict[int, list[int]] = {}
    for each_id, row in reversed(known.items()):
        if each_id != row["thread_id"] or row["parent_id"] is not None:
            parent_id = row["parent_id"] if row["parent_id"] in known else row["thread_id"]
            children.setdefault(parent_id, []).append(each_id)
    return list(_depth_first(known, children, post_id))


def _depth_first(known: dict[int, Row], children: dict[int, list[int]], post_id: int) -> Iterable[int]:
    waiting = children.pop(post_id, [])
    while waiting:
        each_id = waiting.pop()
        if known[each_id]["is_shown"]:
            yield each_id
        waiting.extend(children.pop(each_id, []))
