"""What those who run the instance say to all its members. Source: Mastodon API documentation, methods/announcements."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit, facts, ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.text import cleaning, markdown
from fedcomm.text.emojis import is_emoji

LONGEST = 5_000
MOST_SHOWN = 100
MOST_REACTIONS = 8
"""Different emojis below one announcement."""


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """How many reacted with an emoji, and whether the reader did."""

    name: str
    count: int
    me: bool


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When it takes place, if it is about something that does, and from when on it is shown (None: at once).

    What has an end is shown until then. Of whole days, the end is the last moment of the last one.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False
    shown_from: datetime | None = None


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One announcement, as one member sees it."""

    id: int
    content_html: str
    published_at: datetime
    updated_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    is_all_day: bool
    is_read: bool
    reactions: list[Reaction]


_READ = """
    SELECT announcement.id, announcement.content_html, announcement.published_at, announcement.updated_at,
           announcement.starts_at, announcement.ends_at, announcement.is_all_day,
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
_IN_ITS_TIME = "announcement.published_at <= $3 AND (announcement.ends_at IS NULL OR announcement.ends_at > $3)"


def _checked(times: Times, now: datetime) -> Times:
    """Raises Invalid."""
    if times.starts_at is not None and times.ends_at is not None and times.ends_at < times.starts_at:
        raise Invalid("It cannot end before it begins.", field="ends_at")
    if times.ends_at is not None and times.ends_at <= now:
        raise Invalid("This time is over already.", field="ends_at")
    if times.shown_from is not None and times.ends_at is not None and times.shown_from >= times.ends_at:
        raise Invalid("It would be over before anybody sees it.", field="shown_from")
    return times


async def publish(
    db: Connection, here: Here, by: Account, text: str, *, times: Times | None = None, now: datetime
) -> int:
    """Say something to all members; returns its id. Who may is asked by the page. Raises Invalid."""
    when = _checked(times or Times(), now)
    shown_from = max(when.shown_from or now, now)
    source = cleaning.paragraphs(text, LONGEST)
    if not source or len(text) > LONGEST:
        raise Invalid("An announcement has 1 to %(most)s characters.", field="text", most=LONGEST)
    announcement_id = ids.new(now)
    html = markdown.render(source, home=here.base_url)
    await db.execute(
        """
        INSERT INTO announcement (id, source, content_html, created_by, published_at, updated_at, starts_at, ends_at,
                                  is_all_day, is_told)
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)
        """,
        announcement_id,
        source,
        html,
        by.id,
        shown_from,
        when.starts_at,
        when.ends_at,
        when.is_all_day,
        shown_from == now,
    )
    await audit.write(db, by.id, "publish announcement", str(announcement_id), now=now)
    if shown_from == now:
        await facts.record(db, facts.AnnouncementSaid(announcement_id), now=now)
    return announcement_id


async def tell_due(db: Connection, *, now: datetime) -> None:
    """Whose time has come is told to those who listen, and so is whose time is over; each once."""
    begun = await db.fetch(
        "UPDATE announcement SET is_told = true WHERE NOT is_told AND published_at <= $1 RETURNING id", now
    )
    over = await db.fetch(
        "UPDATE announcement SET is_over = true WHERE NOT is_over AND ends_at <= $1 RETURNING id", now
    )
    for row in begun:
        await facts.record(db, facts.AnnouncementSaid(row["id"]), now=now)
    for row in over:
        await facts.record(db, facts.AnnouncementUnsaid(row["id"]), now=now)


async def withdraw(db: Connection, by: Account, announcement_id: int, *, now: datetime) -> None:
    """Take an announcement back. Raises NotFound."""
    if not await db.fetchval("DELETE FROM announcement WHERE id = $1 RETURNING true", announcement_id):
        raise NotFound("There is no such announcement.")
    await audit.write(db, by.id, "withdraw announcement", str(announcement_id), now=now)
    await facts.record(db, facts.AnnouncementUnsaid(announcement_id), now=now)


async def page(
    db: Connection, account_id: int, *, with_dismissed: bool = False, at_any_time: bool = False, now: datetime
) -> list[Announcement]:
    """The announcements whose time it is, the last one first; those somebody has put away only when asked for.

    `at_any_time`: for those who made them, those too that wait or are over.
    """
    rows = await db.fetch(
        f"""
        {_READ}
         WHERE ($2 OR NOT EXISTS (SELECT
                                    FROM announcement_dismissal away
                                   WHERE away.announcement_id = announcement.id AND away.account_id = $1))
           AND ($5 OR ({_IN_ITS_TIME}))
      ORDER BY announcement.published_at DESC, announcement.id DESC
         LIMIT $4
        """,
        account_id,
        with_dismissed,
        now,
        MOST_SHOWN,
        at_any_time,
    )
    return [msgspec.convert(dict(row), Announcement) for row in rows]


async def by_id(db: Connection, account_id: int, announcement_id: int, *, now: datetime) -> Announcement:
    """One announcement whose time it is, as somebody sees it. Raises NotFound."""
    row = await db.fetchrow(f"{_READ} WHERE announcement.id = $2 AND {_IN_ITS_TIME}", account_id, announcement_id, now)
    if row is None:
        raise NotFound("There is no such announcement.")
    return msgspec.convert(dict(row), Announcement)


async def dismiss(db: Connection, account_id: int, announcement_id: int, *, now: datetime) -> None:
    """Put an announcement away. Twice is once. Raises NotFound."""
    await by_id(db, account_id, announcement_id, now=now)
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
    await by_id(db, account_id, announcement_id, now=now)
    await db.execute("SELECT FROM announcement WHERE id = $1 FOR UPDATE", announcement_id)
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
    await by_id(db, account_id, announcement_id, now=now)
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
