"""What those who run the instance say to all its members. Source: Mastodon API documentation, methods/announcements."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit, facts, ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.text import cleaning, markdown

LONGEST = 5_000
MOST_SHOWN = 100
MOST_REACTIONS = 8
"""Different emojis below one announcement."""
LONGEST_EMOJI = 16


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """How many reacted with an emoji, and whether the reader did."""

    name: str
    count: int
    me: bool


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One announcement, as one member sees it."""

    id: int
    content_html: str
    published_at: datetime
    updated_at: datetime
    is_read: bool
    reactions: list[Reaction]


_READ = """
    SELECT announcement.id, announcement.content_html, announcement.published_at, announcement.updated_at,
           EXISTS (SELECT
                     FROM announcement_dismissal away
                    WHERE away.announcement_id = announcement.id AND away.account_id = $1) AS is_read,
           (SELECT COALESCE(json_agg(json_build_object('name', given.name, 'count', given.count, 'me', given.me)
                                     ORDER BY given.first_at, given.name), '[]')
              FROM (SELECT name, count(*) AS count, bool_or(account_id = $1) AS me, min(created_at) AS first_at
                      FROM announcement_reaction
                     WHERE announcement_reaction.announcement_id = announcement.id
                  GROUP BY name) given) AS reactions
      FROM announcement
"""


async def publish(db: Connection, here: Here, by: Account, text: str, *, now: datetime) -> int:
    """Say something to all members; returns its id. Who may is asked by the page. Raises Invalid."""
    source = cleaning.paragraphs(text, LONGEST)
    if not source or len(text) > LONGEST:
        raise Invalid("An announcement has 1 to %(most)s characters.", field="text", most=LONGEST)
    announcement_id = ids.new(now)
    html = markdown.render(source, home=here.base_url)
    await db.execute(
        """
        INSERT INTO announcement (id, source, content_html, created_by, published_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        """,
        announcement_id,
        source,
        html,
        by.id,
        now,
    )
    await audit.write(db, by.id, "publish announcement", str(announcement_id), now=now)
    await facts.record(db, facts.AnnouncementSaid(announcement_id), now=now)
    return announcement_id


async def withdraw(db: Connection, by: Account, announcement_id: int, *, now: datetime) -> None:
    """Take an announcement back. Raises NotFound."""
    if not await db.fetchval("DELETE FROM announcement WHERE id = $1 RETURNING true", announcement_id):
        raise NotFound("There is no such announcement.")
    await audit.write(db, by.id, "withdraw announcement", str(announcement_id), now=now)
    await facts.record(db, facts.AnnouncementUnsaid(announcement_id), now=now)


async def page(db: Connection, account_id: int, *, with_dismissed: bool = False) -> list[Announcement]:
    """The announcements, the last one first; those somebody has put away only when asked for."""
    rows = await db.fetch(
        f"""
        {_READ}
         WHERE $2 OR NOT EXISTS (SELECT
                                   FROM announcement_dismissal away
                                  WHERE away.announcement_id = announcement.id AND away.account_id = $1)
      ORDER BY announcement.id DESC
         LIMIT $3
        """,
        account_id,
        with_dismissed,
        MOST_SHOWN,
    )
    return [msgspec.convert(dict(row), Announcement) for row in rows]


async def by_id(db: Connection, account_id: int, announcement_id: int) -> Announcement:
    """One announcement, as somebody sees it. Raises NotFound."""
    row = await db.fetchrow(f"{_READ} WHERE announcement.id = $2", account_id, announcement_id)
    if row is None:
        raise NotFound("There is no such announcement.")
    return msgspec.convert(dict(row), Announcement)


async def dismiss(db: Connection, account_id: int, announcement_id: int, *, now: datetime) -> None:
    """Put an announcement away. Twice is once. Raises NotFound."""
    await by_id(db, account_id, announcement_id)
    await db.execute(
        """
        INSERT INTO announcement_dismissal (announcement_id, account_id, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """,
        announcement_id,
        account_id,
        now,
    )


async def react(db: Connection, account_id: int, announcement_id: int, name: str, *, now: datetime) -> None:
    """React with an emoji. Twice is once. Raises NotFound, Invalid (no emoji; too many different ones)."""
    if await db.fetchval("SELECT true FROM announcement WHERE id = $1 FOR UPDATE", announcement_id) is None:
        raise NotFound("There is no such announcement.")
    if not is_emoji(name):
        raise Invalid("Validation failed: Name is not a recognized emoji", field="name")
    present: Sequence[str] = [
        row["name"]
        for row in await db.fetch(
            "SELECT DISTINCT name FROM announcement_reaction WHERE announcement_id = $1", announcement_id
        )
    ]
    if name not in present and len(present) >= MOST_REACTIONS:
        raise Invalid("Validation failed: Limit of different reactions reached", field="name")
    made = await db.fetchval(
        """
        INSERT INTO announcement_reaction (announcement_id, name, account_id, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        announcement_id,
        name,
        account_id,
        now,
    )
    if made:
        await facts.record(db, facts.AnnouncementReactedTo(announcement_id, name), now=now)


async def take_back(db: Connection, account_id: int, announcement_id: int, name: str, *, now: datetime) -> None:
    """Take a reaction back; nothing happens if there was none. Raises NotFound."""
    await by_id(db, account_id, announcement_id)
    gone = await db.fetchval(
        """
        DELETE FROM announcement_reaction
         WHERE announcement_id = $1 AND name = $2 AND account_id = $3
        RETURNING true
        """,
        announcement_id,
        name,
        account_id,
    )
    if gone:
        await facts.record(db, facts.AnnouncementReactedTo(announcement_id, name), now=now)


async def reaction_count(db: Connection, announcement_id: int, name: str) -> int:
    """How many reacted with an emoji."""
    return await db.fetchval(
        "SELECT count(*) FROM announcement_reaction WHERE announcement_id = $1 AND name = $2", announcement_id, name
    )


def is_emoji(text: str) -> bool:
    """Whether this is one emoji, with what may belong to it: skin, joined parts, a flag, a keycap."""
    if not text or len(text) > LONGEST_EMOJI:
        return False
    first = unicodedata.category(text[0])
    is_keycap = text[0] in "0123456789#*" and text.endswith("\u20e3")
    joined = "\u200d\ufe0f\u20e3"
    rest = all(
        c in joined or unicodedata.category(c) in ("So", "Sk", "Sm", "Mn", "Cf")
        for c in (text[1:] if is_keycap else text)
    )
    if not rest or (first not in ("So", "Sm") and not is_keycap):
        return False
    flags = [c for c in text if "\U0001f1e6" <= c <= "\U0001f1ff"]
    if flags:
        return len(flags) == len(text) == 2
    parts = text.split("\u200d")
    return all(sum(unicodedata.category(c) in ("So", "Sm") for c in part) == (0 if is_keycap else 1) for part in parts)
