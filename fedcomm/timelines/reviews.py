"""What may trend: those who look after the instance let a tag, a link, a host or a post through, or keep it out.

What nobody decided about trends by itself, or, where the instance wants it so, not at all. What hangs on a link follows
the decision about its host until there is one of its own. Source: Mastodon API documentation, methods/admin/trends.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from fedcomm import audit
from fedcomm.accounts.model import Account
from fedcomm.database import Connection

Kind = Literal["tag", "link", "publisher", "post"]
MOST_REVIEWS = 1_000


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, and when."""

    kind: Kind
    key: str
    id: int
    is_allowed: bool
    reviewed_at: datetime


def number(kind: Kind, key: str) -> int:
    """How client apps call something that has no row of its own: made of its name, the same everywhere."""
    return int(key) if kind == "post" else int.from_bytes(hashlib.sha256(key.encode()).digest()[:7])


def publisher(url: str) -> str:
    """Who stands behind a link: its host."""
    return urlsplit(url).netloc.lower()


async def of(db: Connection, kind: Kind, keys: Collection[str]) -> dict[str, Review]:
    """What was decided about these."""
    rows = await db.fetch(
        "SELECT kind, key, id, is_allowed, reviewed_at FROM trend_review WHERE kind = $1 AND key = ANY($2::text[])",
        kind,
        list(keys),
    )
    return {row["key"]: Review(**row) for row in rows}


async def every(db: Connection, kind: Kind) -> list[Review]:
    """All that was decided about tags, or links, or hosts; the last first."""
    rows = await db.fetch(
        """
        SELECT kind, key, id, is_allowed, reviewed_at
          FROM trend_review
         WHERE kind = $1
      ORDER BY reviewed_at DESC, key
         LIMIT $2
        """,
        kind,
        MOST_REVIEWS,
    )
    return [Review(**row) for row in rows]


async def by_id(db: Connection, kind: Kind, review_id: int) -> Review | None:
    """What was decided about something, found by its number."""
    row = await db.fetchrow(
        "SELECT kind, key, id, is_allowed, reviewed_at FROM trend_review WHERE kind = $1 AND id = $2", kind, review_id
    )
    return Review(**row) if row is not None else None


async def decide(db: Connection, by: Account, kind: Kind, key: str, *, is_allowed: bool, now: datetime) -> None:
    """Let something trend, or keep it out; the last decision holds."""
    await db.execute(
        """
        INSERT INTO trend_review (kind, key, id, is_allowed, reviewed_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, key) DO UPDATE
           SET is_allowed = excluded.is_allowed, reviewed_at = excluded.reviewed_at
        """,
        kind,
        key,
        number(kind, key),
        is_allowed,
        now,
    )
    done = "let trend" if is_allowed else "keep from trending"
    await audit.write(db, by.id, done, key, details={"kind": kind}, now=now)


async def tags_that_may(db: Connection, keys: Collection[str], *, needs_approval: bool) -> set[str]:
    """Which of these tags, in their common form, may trend."""
    decided = await of(db, "tag", keys)
    return {key for key in keys if (decided[key].is_allowed if key in decided else not needs_approval)}


async def links_that_may(db: Connection, urls: Iterable[str], *, needs_approval: bool) -> set[str]:
    """Which of these links may trend."""
    hosts = {url: publisher(url) for url in urls}
    decided = await of(db, "link", hosts)
    about_hosts = await of(db, "publisher", set(hosts.values()))
    return {
        url
        for url, host in hosts.items()
        for review in (decided.get(url) or about_hosts.get(host),)
        if (review.is_allowed if review is not None else not needs_approval)
    }


def post_may(post: str, needs_approval: str) -> str:
    """A condition: a post may trend; the placeholder is NULL for those who look through all of them."""
    is_needed = f"{needs_approval}::boolean"
    return f"""({is_needed} IS NULL
            OR COALESCE((SELECT review.is_allowed
                           FROM trend_review review
                          WHERE review.kind = 'post' AND review.key = {post}.id::text), NOT {is_needed}))"""
