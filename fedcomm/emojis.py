"""Custom emoji: small pictures that stand for a shortcode such as `:oven:`, ours and those of other servers.

What a text uses is decided when it is written and kept with it. Only a server's own emoji count in its texts.
Source: Mastodon API documentation, methods/custom_emojis; FEP-9098.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import cleaning
from fedcomm.text.emojis import SHORTCODE, shortcodes

OURS = ""
MOST_OURS = 2_000
MOST_OF_A_PEER = 20_000
MOST_IN_A_TEXT = 100
LONGEST_CATEGORY = 60
LARGEST = 256 * 1024
"""Bytes of a picture, ours or not. Source: Mastodon's limit."""

LEFT_OUT = """version = version + 1,
       emojis = (SELECT COALESCE(jsonb_agg(each), '[]')
                   FROM jsonb_array_elements(emojis) AS each
                  WHERE (each ->> 'id')::bigint <> $1)"""
"""What is set in the row of a text that shows this emoji no longer."""
USED = "emojis <> '[]' AND emojis @> jsonb_build_array(jsonb_build_object('id', $1::bigint))"
"""Whether the row of a text has it."""

COLUMNS = "id, shortcode, authority, icon_url, file, category, is_disabled, version"


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """One custom emoji. `file` is a name in the store, for ours; `icon_url` where others keep theirs."""

    id: int
    shortcode: str
    authority: str
    icon_url: str | None
    file: str | None
    category: str | None
    is_disabled: bool
    version: int


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji as another server describes it beside a text."""

    shortcode: str
    icon_url: str


async def used(db: Connection, authority: str, *texts: str) -> list[dict[str, Any]]:
    """The emoji of a server that these texts use, as they are kept with them; texts may be HTML."""
    wanted = shortcodes(*texts)[:MOST_IN_A_TEXT]
    if not wanted:
        return []
    rows = await db.fetch(
        """
        SELECT id, shortcode, version
          FROM custom_emoji
         WHERE authority = $1 AND shortcode = ANY($2::text[]) AND NOT is_disabled
      ORDER BY shortcode
        """,
        authority,
        wanted,
    )
    return [{"shortcode": row["shortcode"], "id": row["id"], "version": row["version"]} for row in rows]


async def remember(db: Connection, authority: str, given: Sequence[Given], *, now: datetime) -> None:
    """What another server says its emoji look like; a picture at another address is a new one."""
    named = {each.shortcode: each.icon_url for each in given if SHORTCODE.fullmatch(each.shortcode)}
    if not named:
        return
    count = await db.fetchval("SELECT count(*) FROM custom_emoji WHERE authority = $1", authority)
    if count >= MOST_OF_A_PEER:
        return
    await db.execute(
        """
        INSERT INTO custom_emoji AS e (id, shortcode, authority, icon_url, created_at, updated_at)
        SELECT given.id, given.shortcode, $2, given.icon_url, $5, $5
          FROM unnest($1::bigint[], $3::text[], $4::text[]) AS given (id, shortcode, icon_url)
            ON CONFLICT (shortcode, authority) DO UPDATE
           SET icon_url = excluded.icon_url, version = e.version + 1, updated_at = excluded.updated_at
         WHERE e.icon_url IS DISTINCT FROM excluded.icon_url
        """,
        [ids.new(now) for _ in named],
        authority,
        list(named),
        list(named.values()),
        now,
    )


async def ours(db: Connection) -> list[Emoji]:
    """Our own, by category and shortcode, those too that are disabled."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM custom_emoji WHERE authority = '' ORDER BY category NULLS FIRST, shortcode"
    )
    return [Emoji(**row) for row in rows]


async def by_id(db: Connection, emoji_id: int) -> Emoji | None:
    """An emoji, ours or not."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM custom_emoji WHERE id = $1", emoji_id)
    return Emoji(**row) if row else None


async def add(db: Connection, shortcode: str, file: str, *, category: str = "", now: datetime) -> Emoji:
    """A new one of ours, whose picture lies in the store. Raises Invalid."""
    if await db.fetchval("SELECT count(*) FROM custom_emoji WHERE authority = ''") >= MOST_OURS:
        raise Invalid("There are as many emoji as there can be.")
    row = await db.fetchrow(
        f"""
        INSERT INTO custom_emoji (id, shortcode, authority, file, category, created_at, updated_at)
        VALUES ($1, $2, '', $3, $4, $5, $5)
            ON CONFLICT (shortcode, authority) DO NOTHING
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        checked(shortcode),
        file,
        _category(category),
        now,
    )
    if row is None:
        raise Invalid("There is an emoji of this name already.", field="shortcode")
    return Emoji(**row)


async def change(
    db: Connection, emoji_id: int, *, shortcode: str, category: str, is_disabled: bool, now: datetime
) -> Emoji:
    """Rename, sort in, disable or enable one of ours; the caller lets texts know of a new name.

    Raises NotFound, Invalid.
    """
    name = checked(shortcode)
    taken = await db.fetchval(
        "SELECT true FROM custom_emoji WHERE shortcode = $1 AND authority = '' AND id <> $2", name, emoji_id
    )
    if taken:
        raise Invalid("There is an emoji of this name already.", field="shortcode")
    row = await db.fetchrow(
        f"""
        UPDATE custom_emoji
           SET shortcode = $2, category = $3, is_disabled = $4, updated_at = $5
         WHERE id = $1 AND authority = ''
        RETURNING {COLUMNS}
        """,
        emoji_id,
        name,
        _category(category),
        is_disabled,
        now,
    )
    if row is None:
        raise NotFound("There is no such emoji.")
    return Emoji(**row)


async def remove(db: Connection, emoji_id: int) -> Emoji:
    """Remove one of ours; the caller removes its file, and lets texts know. Raises NotFound."""
    row = await db.fetchrow(f"DELETE FROM custom_emoji WHERE id = $1 AND authority = '' RETURNING {COLUMNS}", emoji_id)
    if row is None:
        raise NotFound("There is no such emoji.")
    return Emoji(**row)


def checked(typed: str) -> str:
    """A shortcode as it is kept. Raises Invalid."""
    shortcode = typed.strip().strip(":")
    if not SHORTCODE.fullmatch(shortcode):
        raise Invalid("A name has 2 to 50 letters, digits or underscores.", field="shortcode")
    return shortcode


def _category(typed: str) -> str | None:
    return cleaning.one_line(typed, LONGEST_CATEGORY) or None
