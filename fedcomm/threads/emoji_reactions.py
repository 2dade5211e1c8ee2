"""The emoji that people favour a post with (FEP-c0e0, Misskey): who chose which, and what a post shows of them.

Whoever has chosen one has favoured the post, once however many they chose; `reactions.py` keeps both together. Pictures
are those of the reacting person's own server. What is shown is kept with the post: nobody counts when it is read.
"""

from datetime import datetime
from typing import Any

import msgspec

from fedcomm import emojis, ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.emojis import Given
from fedcomm.text.emojis import SHORTCODE, is_emoji

MOST_OF_ONE = 5
"""Different emoji of one person below one post."""
MOST_SHOWN = 20


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One emoji that somebody chose; with a picture, `name` is its shortcode."""

    name: str
    emoji_id: int | None = None
    version: int = 1


async def understood(
    db: Connection, by: Account, text: str, picture: Given | None = None, *, now: datetime
) -> Chosen | None:
    """Which emoji a text means: a character, or `:shortcode:` with a picture of their server. None: neither."""
    text = text.strip()
    if is_emoji(text):
        return Chosen(name=text)
    name = text.strip(":").partition("@")[0]
    if not SHORTCODE.fullmatch(name):
        return None
    if picture is not None and picture.shortcode == name and not by.is_local:
        await emojis.remember(db, by.authority, [picture], now=now)
    found = await emojis.used(db, emojis.OURS if by.is_local else by.authority, f":{name}:")
    return Chosen(name=name, emoji_id=found[0]["id"], version=found[0]["version"]) if found else None


async def keep(db: Connection, account_id: int, post_id: int, chosen: Chosen, uri: str, *, now: datetime) -> None:
    """Somebody chose an emoji; twice is once, and what is too much is only a favourite."""
    await _lock(db, post_id)
    made = await db.fetchval(
        """
        INSERT INTO emoji_reaction (id, post_id, account_id, name, emoji_id, uri, created_at)
        SELECT $1, $2, $3, $4, $5, $6, $7
         WHERE (SELECT count(*) FROM emoji_reaction WHERE account_id = $3 AND post_id = $2) < $8
            ON CONFLICT (account_id, post_id, name) DO UPDATE
           SET uri = excluded.uri, emoji_id = excluded.emoji_id
        RETURNING true
        """,
        ids.new(now),
        post_id,
        account_id,
        chosen.name,
        chosen.emoji_id,
        uri,
        now,
        MOST_OF_ONE,
    )
    if made:
        await _settle(db, post_id)


async def end_one(db: Connection, account_id: int, uri: str) -> int | None:
    """Take back the one with this id. The post it was about, if there was one."""
    post_id: int | None = await db.fetchval(
        "DELETE FROM emoji_reaction WHERE account_id = $1 AND uri = $2 RETURNING post_id", account_id, uri
    )
    if post_id is not None:
        await _lock(db, post_id)
        await _settle(db, post_id)
    return post_id


async def end_all(db: Connection, account_id: int, post_id: int) -> None:
    """Somebody favours a post no longer, with whatever emoji."""
    gone = await db.fetch(
        "DELETE FROM emoji_reaction WHERE account_id = $1 AND post_id = $2 RETURNING id", account_id, post_id
    )
    if gone:
        await _lock(db, post_id)
        await _settle(db, post_id)


async def has_chosen(db: Connection, account_id: int, post_id: int, name: str) -> bool:
    """Whether somebody favours the post with this emoji."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM emoji_reaction WHERE account_id = $1 AND post_id = $2 AND name = $3)",
        account_id,
        post_id,
        name,
    )


async def uri_of(db: Connection, account_id: int, post_id: int, text: str) -> str | None:
    """The id of the activity by which somebody chose an emoji, named as it was sent."""
    return await db.fetchval(
        "SELECT uri FROM emoji_reaction WHERE account_id = $1 AND post_id = $2 AND name = ANY($3::text[])",
        account_id,
        post_id,
        [text.strip(), text.strip().strip(":").partition("@")[0]],
    )


async def another(db: Connection, account_id: int, post_id: int) -> str | None:
    """The id of an activity by which they still favour the post."""
    return await db.fetchval(
        "SELECT uri FROM emoji_reaction WHERE account_id = $1 AND post_id = $2 ORDER BY id LIMIT 1",
        account_id,
        post_id,
    )


async def of_activity(db: Connection, account_id: int, uri: str) -> tuple[Chosen, list[dict[str, Any]]] | None:
    """The emoji that an activity of ours sent, and its picture as texts keep theirs; None: it was a plain favourite."""
    row = await db.fetchrow(
        """
        SELECT r.name, e.id, e.version
          FROM emoji_reaction r
     LEFT JOIN custom_emoji e ON e.id = r.emoji_id
         WHERE r.account_id = $1 AND r.uri = $2
        """,
        account_id,
        uri,
    )
    if row is None:
        return None
    picture = [{"shortcode": row["name"], "id": row["id"], "version": row["version"]}] if row["id"] else []
    return Chosen(name=row["name"], emoji_id=row["id"], version=row["version"] or 1), picture


async def drop(db: Connection, emoji_id: int) -> None:
    """A picture is gone or has another name: posts show it no longer, and who chose it still favours them."""
    rows = await db.fetch("DELETE FROM emoji_reaction WHERE emoji_id = $1 RETURNING post_id", emoji_id)
    for post_id in sorted({row["post_id"] for row in rows}):
        await _lock(db, post_id)
        await _settle(db, post_id)


async def _lock(db: Connection, post_id: int) -> None:
    """Nobody else counts the emoji of this post meanwhile."""
    await db.fetch("SELECT FROM post WHERE id = $1 FOR NO KEY UPDATE", post_id)


async def _settle(db: Connection, post_id: int) -> None:
    """What the post shows, counted anew; the fragment that is kept of it is not what it shows any more (D63)."""
    await db.execute(
        """
        UPDATE post
           SET version = version + 1,
               reactions = (SELECT COALESCE(jsonb_agg(to_jsonb(counted) ORDER BY count DESC, name), '[]')
                              FROM (SELECT r.name, count(*) AS count, e.id, e.version
                                      FROM emoji_reaction r
                                 LEFT JOIN custom_emoji e ON e.id = r.emoji_id
                                     WHERE r.post_id = $1
                                  GROUP BY r.name, e.id, e.version
                                  ORDER BY count(*) DESC, r.name
                                     LIMIT $2) counted)
         WHERE id = $1
        """,
        post_id,
        MOST_SHOWN,
    )
