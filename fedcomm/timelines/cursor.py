"""Entries of timelines, and pages of them that are gathered from several sources."""

from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import NamedTuple

from fedcomm.cursor import GREATEST_ID as GREATEST_ID
from fedcomm.cursor import Cursor
from fedcomm.database import Row

MOST_ROUNDS = 20
"""A reader of very busy sources, almost all of whose entries are left out, gets a shorter page."""


class Entry(NamedTuple):
    """One entry of a timeline. `id` pages; it is the post's, or that of the boost which wraps the post."""

    id: int
    post_id: int
    boost_id: int | None
    by_id: int
    """Who brought it here: the author, or who boosted or announced it."""


def newest_first(entries: list[Entry]) -> list[Entry]:
    """The entries of a page as they are shown, however they were looked for."""
    return sorted(entries, key=itemgetter(0), reverse=True)


async def in_rounds(cursor: Cursor, ask: Callable[[int, int, int], Awaitable[list[Row]]]) -> list[Entry]:
    """A page gathered from several sources, each of which gives its next few candidates at a time.

    `ask(below, above, limit)` returns the entries between two ids that may be shown, and in one row or in all
    `horizon`: the id up to which every source was seen whole, or None when all were seen to their end. What is left out
    may leave a page short, so it goes on from the horizon. A row without an id only carries the horizon.
    """
    found: list[Entry] = []
    below, above = cursor.below, cursor.above
    for _ in range(MOST_ROUNDS):
        rows = await ask(below, above, cursor.limit - len(found))
        found += [Entry(row["id"], row["post_id"], row["boost_id"], row["by_id"]) for row in rows if row["id"]]
        horizon = next((row["horizon"] for row in rows if row["horizon"] is not None), None)
        if horizon is None or len(found) >= cursor.limit:
            break
        if cursor.is_upwards:
            above = horizon
        else:
            below = horizon
    return newest_first(found)


def upwards(downwards: str) -> str:
    """The statement of `in_rounds` for pages that begin at `min_id`, from the one for pages that go down."""
    return downwards.replace(" DESC", " ASC").replace("max(id)", "min(id)").replace("id >= COALESCE", "id <= COALESCE")
