"""What those who run the instance look at before it appears anywhere: posts of newcomers, and by words (S168; D82).

A newcomer came in by open sign-up, with nobody's approval or invitation, less than so many hours ago. What is addressed
to single people is never held, as nobody else is to read it: there, newcomers cannot send links at all.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.permissions import may_here
from fedcomm.threads import holding
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import COLUMNS, Audience, Draft, Post

Why = Literal["first post", "link", "word"]

OPEN_SIGN_UP = "open sign-up"
"""How the way in is called of who came in with nobody's approval or invitation."""
MOST_MENTIONS = 5
LONGEST_NEW = timedelta(hours=720)
"""Nobody is new for longer, whatever is set."""
_HREF = re.compile(r'<a\s[^>]*?href="([^"]*)"[^>]*>', re.IGNORECASE)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings of the instance say, and who writes."""

    created_by: str
    role: str
    newcomer_hours: int = 24
    holds_first_posts: bool = False
    held_words: list[str] = []


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits for those who run the instance."""

    post: Post
    why: Why


async def wanted(
    db: Connection, authority: str, author: Account, draft: Draft, audience: Audience, *, now: datetime
) -> Why | None:
    """Why those who run the instance see a new post of one of ours first; None: they need not.

    Raises Invalid (a newcomer names too many people, or sends a link to single people).
    """
    rules = await _rules(db, author)
    if rules is None or rules.role != "member":
        return None
    is_new = _is_new(rules, author, now)
    if is_new:
        _check_names(draft)
    has_link = is_new and await _links_to_strangers(db, authority, draft.content_html)
    if audience not in PUBLIC:
        if has_link and audience == "direct":
            raise Invalid("New accounts cannot send links in private messages yet.", field="status")
        return "link" if has_link else None
    if has_link:
        return "link"
    if rules.holds_first_posts and rules.created_by == OPEN_SIGN_UP and not await _has_written(db, author.id):
        return "first post"
    title, summary = draft.title or "", draft.summary
    if holding.names_word(rules.held_words, title=title, summary=summary, content_html=draft.content_html):
        return "word"
    return None


async def check_edit(db: Connection, authority: str, author: Account, draft: Draft, *, now: datetime) -> None:
    """What shows already cannot be given links, or more names, by a newcomer. Raises Invalid."""
    if draft.remote is not None or now - author.created_at > LONGEST_NEW:
        return
    rules = await _rules(db, author)
    if rules is None or not _is_new(rules, author, now):
        return
    _check_names(draft)
    if await _links_to_strangers(db, authority, draft.content_html):
        raise Invalid("New accounts cannot add links to what is shown already.", field="status")


def _is_new(rules: Rules, author: Account, now: datetime) -> bool:
    return rules.created_by == OPEN_SIGN_UP and now - author.created_at < timedelta(hours=rules.newcomer_hours)


def _check_names(draft: Draft) -> None:
    if len({*draft.mention_ids, *draft.silent_mention_ids}) > MOST_MENTIONS:
        raise Invalid("New accounts can name at most %(n)s people in one post.", n=MOST_MENTIONS, field="status")


async def _rules(db: Connection, author: Account) -> Rules | None:
    row = await db.fetchrow(
        """
        SELECT login.created_by, login.role,
               (SELECT jsonb_object_agg(name, value)
                  FROM setting
                 WHERE name IN ('newcomer_hours', 'holds_first_posts', 'held_words')) AS said
          FROM login
         WHERE login.account_id = $1
        """,
        author.id,
    )
    if row is None:
        return None
    return msgspec.convert({"created_by": row["created_by"], "role": row["role"], **(row["said"] or {})}, Rules)


async def _links_to_strangers(db: Connection, authority: str, content_html: str) -> bool:
    """Whether a text links to a host that is neither ours nor of a server that is known here."""
    if not holding.has_link(content_html):
        return False
    hosts = {urlsplit(match[1]).netloc.lower() for match in _HREF.finditer(content_html)} - {authority.lower(), ""}
    if not hosts:
        return False
    known = await db.fetch(
        "SELECT authority FROM peer WHERE authority = ANY($1::text[]) AND policy IN ('default', 'allowed')", list(hosts)
    )
    return bool(hosts - {row["authority"] for row in known})


async def _has_written(db: Connection, author_id: int) -> bool:
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM post WHERE author_id = $1 AND state = 'visible' AND audience = ANY($2::text[]))",
        author_id,
        list(PUBLIC),
    )


async def keep(db: Connection, post_id: int, why: Why, *, group_too: bool, now: datetime) -> None:
    """Note that a new post waits."""
    await db.execute(
        "INSERT INTO first_look (post_id, why, group_too, created_at) VALUES ($1, $2, $3, $4)",
        post_id,
        why,
        group_too,
        now,
    )


async def waits(db: Connection, post_id: int) -> bool:
    """Whether a post waits for those who run the instance."""
    return await db.fetchval("SELECT EXISTS (SELECT FROM first_look WHERE post_id = $1)", post_id)


async def done(db: Connection, post_id: int) -> bool:
    """It was looked at, or is gone. Whether the group that it is in wants to see it first as well."""
    return bool(await db.fetchval("DELETE FROM first_look WHERE post_id = $1 RETURNING group_too", post_id))


async def check_may(db: Connection, by: Account) -> None:
    """Whether somebody decides about what waits for those who run the instance. Raises NotAllowed."""
    login = (await logins.of_many(db, [by.id])).get(by.id) if by.is_local else None
    if login is None or login.state != "active" or not may_here(login.role, "remove posts"):
        raise NotAllowed("Only those who run this instance may do this.")


async def page(db: Connection, *, cursor: Cursor) -> list[Waiting]:
    """What waits, newest first; who asks was admitted."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_POST}
          FROM first_look
          JOIN post ON post.id = first_look.post_id AND post.state = 'held'
         WHERE first_look.post_id < $1 AND first_look.post_id > $2
      ORDER BY first_look.post_id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    found = sorted((Post(**row) for row in rows), key=lambda each: each.id, reverse=True)
    reasons = await those_of(db, [each.id for each in found])
    return [Waiting(post=each, why=reasons[each.id]) for each in found]


_POST = ", ".join(f"post.{name.strip()}" for name in COLUMNS.split(","))


async def waiting_count(db: Connection) -> int:
    """How many wait."""
    return await db.fetchval(
        "SELECT count(*) FROM first_look JOIN post ON post.id = first_look.post_id AND post.state = 'held'"
    )


async def those_of(db: Connection, post_ids: Sequence[int]) -> dict[int, Why]:
    """Which of these posts wait for those who run the instance, and why."""
    rows = await db.fetch("SELECT post_id, why FROM first_look WHERE post_id = ANY($1::bigint[])", list(post_ids))
    return {row["post_id"]: row["why"] for row in rows}
