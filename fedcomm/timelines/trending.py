"""What many people use or react to these days: tags, links and posts, counted from public posts and nothing else.

Something trends when at least two people used it, so that nobody can trend alone; authors who do not want to be
discovered are not counted. Source: Mastodon API documentation, methods/trends; S092.
"""

import html
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from fedcomm import ids
from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection, Row
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.timelines import reviews
from fedcomm.timelines.cursor import Cursor, Entry, newest_first

HISTORY_DAYS = 7
RECENT = timedelta(days=3)
FEWEST_PEOPLE = 2
FEWEST_REACTIONS = 2
DAY_MS = 86_400_000
MOST_TAGS = 5_000

_COUNTED = f"""post.id >= $1
               AND post.audience = 'public'
               AND post.state = 'visible'
               AND author.is_discoverable
               AND {author_is_heard("author.id")}"""
_LINK = """<a (?![^>]*class="[^"]*(?:mention|hashtag))[^>]*?href="(https?://[^"]+)\""""


class Day(msgspec.Struct, frozen=True):
    """How much something was used on a day (UTC)."""

    starts_at: int
    accounts: int
    uses: int


class Trend(msgspec.Struct, frozen=True):
    """A tag as it was last written, or the address of a link; and its days, the newest first."""

    name: str
    days: list[Day]


async def tags(db: Connection, *, limit: int, now: datetime) -> list[Trend]:
    """Tags by how many people used them in the last days."""
    rows = await db.fetch(
        f"""
        WITH used AS (
            SELECT post_tag.tag AS key, post_tag.shown_as, post.id, post.author_id
              FROM post_tag
              JOIN post ON post.id = post_tag.post_id
              JOIN account author ON author.id = post.author_id
             WHERE post_tag.post_id >= $1 AND {_COUNTED}
        ), trend AS (
            SELECT key, (array_agg(shown_as ORDER BY id DESC))[1] AS name, count(DISTINCT author_id) AS people,
                   count(*) AS uses
              FROM used
             WHERE id >= $2
          GROUP BY key
            HAVING count(DISTINCT author_id) >= $3
          ORDER BY people DESC, uses DESC, key
             LIMIT $4
        )
        SELECT trend.name, (used.id >> 16) / {DAY_MS} AS day, count(DISTINCT used.author_id) AS accounts,
               count(*) AS uses
          FROM trend
          JOIN used USING (key)
      GROUP BY trend.people, trend.uses, key, trend.name, day
      ORDER BY trend.people DESC, trend.uses DESC, key
        """,
        ids.lowest(now - timedelta(days=HISTORY_DAYS)),
        ids.lowest(now - RECENT),
        FEWEST_PEOPLE,
        limit,
    )
    return _with_days(rows, now)


async def links(db: Connection, *, ours: str, limit: int, now: datetime) -> list[Trend]:
    """Links by how many people posted them in the last days; `ours`: the origin whose pages are no links."""
    rows = await db.fetch(
        f"""
        WITH used AS (
            SELECT link.key, post.id, post.author_id
              FROM post
              JOIN account author ON author.id = post.author_id
        CROSS JOIN LATERAL (SELECT DISTINCT found[1] AS key
                              FROM regexp_matches(post.content_html, $5, 'g') AS found) link
             WHERE {_COUNTED}
               AND position('<a ' IN post.content_html) > 0
               AND length(link.key) < 2000
               AND NOT starts_with(link.key, $6)
        ), trend AS (
            SELECT key, count(DISTINCT author_id) AS people, count(*) AS uses
              FROM used
             WHERE id >= $2
          GROUP BY key
            HAVING count(DISTINCT author_id) >= $3
          ORDER BY people DESC, uses DESC, key
             LIMIT $4
        )
        SELECT key AS name, (used.id >> 16) / {DAY_MS} AS day, count(DISTINCT used.author_id) AS accounts,
               count(*) AS uses
          FROM trend
          JOIN used USING (key)
      GROUP BY trend.people, trend.uses, key, day
      ORDER BY trend.people DESC, trend.uses DESC, key
        """,
        ids.lowest(now - timedelta(days=HISTORY_DAYS)),
        ids.lowest(now - RECENT),
        FEWEST_PEOPLE,
        limit,
        _LINK,
        f"{ours}/",
    )
    return [Trend(html.unescape(each.name), each.days) for each in _with_days(rows, now)]


async def used_lately(db: Connection, *, now: datetime) -> list[str]:
    """All tags of the last days, in their common form, the most used first; for those who look them through."""
    rows = await db.fetch(
        """
        SELECT tag
          FROM post_tag
         WHERE post_id >= $1
      GROUP BY tag
      ORDER BY count(*) DESC, tag
         LIMIT $2
        """,
        ids.lowest(now - timedelta(days=HISTORY_DAYS)),
        MOST_TAGS,
    )
    return [row["tag"] for row in rows]


def _with_days(rows: Sequence[Row], now: datetime) -> list[Trend]:
    """Each with a line for every one of the last days, those without use too."""
    today = int(now.timestamp()) // 86_400
    counted: dict[str, dict[int, Row]] = {}
    for row in rows:
        counted.setdefault(row["name"], {})[row["day"]] = row
    return [
        Trend(
            name,
            [
                Day(day * 86_400, days[day]["accounts"] if day in days else 0, days[day]["uses"] if day in days else 0)
                for day in range(today, today - HISTORY_DAYS, -1)
            ],
        )
        for name, days in counted.items()
    ]


async def posts(
    db: Connection,
    viewer_id: int | None,
    *,
    needs_approval: bool | None,
    limit: int,
    offset: int = 0,
    now: datetime,
) -> list[int]:
    """Public posts that begin something, by how many reacted to them, the older the less.

    `needs_approval`: whether only those show that were let through; None shows those too that were kept out.
    """
    rows = await db.fetch(
        f"""
        SELECT post.id
          FROM post
          JOIN account author ON author.id = post.author_id
         WHERE {_COUNTED}
           AND post.thread_id = post.id
           AND post.parent_uri IS NULL
           AND NOT post.is_sensitive
           AND NOT post.is_covered
           AND author.is_indexable
           AND post.favourites_count + post.boosts_count >= $2
           AND {visible_to("$3")}
           AND {is_welcome("$3", "post.author_id")}
           AND {reviews.post_may("post", "$7")}
      ORDER BY (post.favourites_count + 2 * post.boosts_count + post.replies_count)
               / power((($4::bigint - (post.id >> 16)) / 3600000.0) + 2, 1.2) DESC,
               post.id DESC
         LIMIT $5
        OFFSET $6
        """,
        ids.lowest(now - RECENT),
        FEWEST_REACTIONS,
        viewer_id,
        int(now.timestamp() * 1000),
        limit,
        offset,
        needs_approval,
    )
    return [row["id"] for row in rows]


async def with_link(db: Connection, viewer_id: int | None, url: str, *, cursor: Cursor, now: datetime) -> list[Entry]:
    """Public posts of the last days with a link, newest first."""
    rows = await db.fetch(
        f"""
        SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id
          FROM post
          JOIN account author ON author.id = post.author_id
         WHERE {_COUNTED}
           AND post.id < $2
           AND post.id > $3
           AND position('href="' || $4 || '"' IN post.content_html) > 0
           AND {visible_to("$5")}
           AND {is_welcome("$5", "post.author_id")}
      ORDER BY post.id {"ASC" if cursor.is_upwards else "DESC"}
         LIMIT $6
        """,
        ids.lowest(now - timedelta(days=HISTORY_DAYS)),
        cursor.below,
        cursor.above,
        html.escape(url, quote=True),
        viewer_id,
        cursor.limit,
    )
    return newest_first([Entry(**row) for row in rows])
