"""Tags that somebody shows on their page, and how often they used them. Source: methods/featured_tags."""

from collections.abc import Collection
from datetime import date, datetime

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import mentions

MOST_FEATURED = 10


class Featured(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on somebody's page; only what everybody may read is counted (S092)."""

    id: int
    tag: str
    shown_as: str
    posts_count: int
    last_post_on: date


async def of(db: Connection, account_id: int) -> list[Featured]:
    """The tags on somebody's page that they use in public, the first one first.

    Without a post there would be no last day, which clients need.
    """
    rows = await db.fetch(
        """
        SELECT f.id, f.tag, f.shown_as, count(post.id) AS posts_count,
               (max(post.published_at) AT TIME ZONE 'UTC')::date AS last_post_on
          FROM featured_tag f
          JOIN post_tag ON post_tag.tag = f.tag
          JOIN post ON post.id = post_tag.post_id
                   AND post.author_id = f.account_id
                   AND post.state = 'visible'
                   AND post.audience = 'public'
         WHERE f.account_id = $1
      GROUP BY f.id, f.tag, f.shown_as
      ORDER BY f.id
        """,
        account_id,
    )
    return [Featured(**row) for row in rows]


async def feature(db: Connection, account_id: int, typed: str, *, now: datetime) -> Featured:
    """Show a tag on one's page. Twice is once. Raises Invalid (no tag, too many, not used yet)."""
    name = typed.strip().removeprefix("#")
    found = mentions.find_hashtags(f"#{name}")
    if len(found) != 1 or found[0].tag != name:
        raise Invalid("This is not a tag.", field="name")
    tag = mentions.normalised_tag(name)
    present = {each.tag: each for each in await of(db, account_id)}
    if tag in present:
        return present[tag]
    if len(present) >= MOST_FEATURED:
        raise Invalid(f"You can show {MOST_FEATURED} tags at most.")
    await db.execute(
        """
        INSERT INTO featured_tag (id, account_id, tag, shown_as, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, tag) DO NOTHING
        """,
        ids.new(now),
        account_id,
        tag,
        name,
        now,
    )
    made = next((each for each in await of(db, account_id) if each.tag == tag), None)
    if made is None:
        raise Invalid("Use this tag in a public post first.", field="name")
    return made


async def remove(db: Connection, account_id: int, featured_id: int) -> None:
    """Show a tag no longer. Raises NotFound, also for those of others (S097)."""
    gone = await db.fetchval(
        "DELETE FROM featured_tag WHERE id = $2 AND account_id = $1 RETURNING true", account_id, featured_id
    )
    if not gone:
        raise NotFound("There is no such tag on your page.")


async def forget(db: Connection, account_id: int) -> None:
    """Somebody is gone, and shows no tags."""
    await db.execute("DELETE FROM featured_tag WHERE account_id = $1", account_id)


async def remove_named(db: Connection, account_id: int, typed: str) -> None:
    """The same by its name; nothing happens if it was not shown."""
    await db.execute(
        "DELETE FROM featured_tag WHERE account_id = $1 AND tag = $2", account_id, mentions.normalised_tag(typed)
    )


async def among(db: Connection, account_id: int, names: Collection[str]) -> set[str]:
    """Which of these tags somebody shows, in their common form."""
    rows = await db.fetch(
        "SELECT tag FROM featured_tag WHERE account_id = $1 AND tag = ANY($2::text[])",
        account_id,
        [mentions.normalised_tag(each) for each in names],
    )
    return {row["tag"] for row in rows}


async def suggested(db: Connection, account_id: int, *, limit: int) -> list[str]:
    """Tags somebody uses most in public and does not show yet, as they wrote them last."""
    rows = await db.fetch(
        """
        SELECT (array_agg(post_tag.shown_as ORDER BY post_tag.post_id DESC))[1] AS shown_as
          FROM post
          JOIN post_tag ON post_tag.post_id = post.id
         WHERE post.author_id = $1
           AND post.state = 'visible'
           AND post.audience = 'public'
           AND NOT EXISTS (SELECT FROM featured_tag f WHERE f.account_id = $1 AND f.tag = post_tag.tag)
      GROUP BY post_tag.tag
      ORDER BY count(*) DESC, max(post_tag.post_id) DESC
         LIMIT $2
        """,
        account_id,
        limit,
    )
    return [row["shown_as"] for row in rows]
