"""What a group wants to see before its members do: posts with certain words, or with links (product 13; S168).

Who may write is asked in `rights.py`; what waits is let through or refused in `moderating.py`. Words are found whole,
in any case; in languages without spaces between words, anywhere.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.text import unspaced
from fedcomm.text.sanitise import to_plain
from fedcomm.threads.audience import visible_to
from fedcomm.threads.model import COLUMNS, Post

_LINK = re.compile(r"<a\s[^>]*>", re.IGNORECASE)
_NO_LINK = re.compile(r'class="[^"]*\b(?:mention|hashtag)\b', re.IGNORECASE)


def has_link(content_html: str) -> bool:
    """Whether a text links to somewhere: mentions and tags do not count."""
    return any(not _NO_LINK.search(tag) for tag in _LINK.findall(content_html))


def names_word(words: Sequence[str], *, title: str, summary: str, content_html: str) -> bool:
    """Whether a post says one of these words, or a phrase."""
    if not words:
        return False
    said = " ".join(f"{title} {summary} {to_plain(content_html)}".casefold().split())
    return any(_pattern(word).search(said) is not None for word in words)


@lru_cache(maxsize=4_096)
def _pattern(word: str) -> re.Pattern[str]:
    plain = re.escape(" ".join(word.casefold().split()))
    return re.compile(plain if unspaced.has_runs(word) else rf"(?<!\w){plain}(?!\w)")


async def waiting(db: Connection, group_id: int, viewer_id: int, *, cursor: Cursor) -> list[Post]:
    """The posts that wait in a group, newest first, as far as somebody may read them."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM post
         WHERE post.group_id = $1
           AND post.state = 'held'
           AND NOT EXISTS (SELECT FROM first_look WHERE first_look.post_id = post.id)
           AND post.id < $3
           AND post.id > $4
           AND {visible_to("$2")}
      ORDER BY post.id {order}
         LIMIT $5
        """,
        group_id,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Post(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def waiting_count(db: Connection, group_id: int) -> int:
    """How many posts wait in a group."""
    return await db.fetchval(
        """
        SELECT count(*)
          FROM post
         WHERE group_id = $1 AND state = 'held' AND NOT EXISTS (SELECT FROM first_look WHERE post_id = post.id)
        """,
        group_id,
    )


async def those_of(db: Connection, group_id: int, post_ids: Sequence[int]) -> list[int]:
    """Which of these posts wait in a group, the oldest first."""
    rows = await db.fetch(
        """
        SELECT id
          FROM post
         WHERE id = ANY($2::bigint[])
           AND group_id = $1
           AND state = 'held'
           AND NOT EXISTS (SELECT FROM first_look WHERE post_id = post.id)
      ORDER BY id
        """,
        group_id,
        list(post_ids),
    )
    return [row["id"] for row in rows]
