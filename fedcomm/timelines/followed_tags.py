"""Tags that somebody follows: public posts with them stand in their home.

Source: Mastodon API documentation, methods/followed_tags, methods/tags.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import mentions
from fedcomm.text.mentions import normalised_tag

MOST_FOLLOWED = 200


class FollowedTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that somebody follows, as they wrote it when they began to."""

    id: int
    tag: str
    shown_as: str


async def page(
    db: Connection, account_id: int, *, below: int, above: int = 0, upwards: bool = False, limit: int
) -> list[FollowedTag]:
    """A page of the tags somebody follows, the last one first."""
    order = "ASC" if upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT id, tag, shown_as
          FROM tag_follow
         WHERE account_id = $1 AND id < $2 AND id > $3
      ORDER BY id {order}
         LIMIT $4
        """,
        account_id,
        below,
        above,
        limit,
    )
    return sorted((FollowedTag(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def follow(db: Connection, account_id: int, typed: str, *, now: datetime) -> None:
    """Follow a tag. Twice is once. Raises NotFound (that is no tag), Invalid (too many)."""
    name = typed.removeprefix("#")
    found = mentions.find_hashtags(f"#{name}")
    if len(found) != 1 or found[0].tag != name:
        raise NotFound
    await db.execute("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    others = await db.fetchval(
        "SELECT count(*) FROM tag_follow WHERE account_id = $1 AND tag <> $2", account_id, normalised_tag(name)
    )
    if others >= MOST_FOLLOWED:
        raise Invalid(f"You can follow {MOST_FOLLOWED} tags at most.")
    await db.execute(
        """
        INSERT INTO tag_follow (id, account_id, tag, shown_as, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, tag) DO NOTHING
        """,
        ids.new(now),
        account_id,
        normalised_tag(name),
        name,
        now,
    )


async def unfollow(db: Connection, account_id: int, typed: str) -> None:
    """Follow a tag no longer; nothing happens if it was not followed."""
    await db.execute("DELETE FROM tag_follow WHERE account_id = $1 AND tag = $2", account_id, normalised_tag(typed))


async def forget(db: Connection, account_id: int) -> None:
    """Somebody is gone, and follows no tag."""
    await db.execute("DELETE FROM tag_follow WHERE account_id = $1", account_id)


async def among(db: Connection, account_id: int | None, names: Collection[str]) -> set[str]:
    """Which of these tags somebody follows, in their common form."""
    rows = await db.fetch(
        "SELECT tag FROM tag_follow WHERE account_id = $1 AND tag = ANY($2::text[])",
        account_id,
        [normalised_tag(each) for each in names],
    )
    return {row["tag"] for row in rows}
