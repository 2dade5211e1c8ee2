"""Follows between two servers that wait for an answer: what each side has of them (FEP-4ccd)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from fedcomm.database import Connection

MOST = 500
"""Requests that one list tells, the latest first. One more is found, so that a longer list is seen not to be whole."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A follow that waits, by the ids that both sides know."""

    uri: str | None
    follower: str
    followee: str


_WAITING = """
    SELECT follow.uri, follower.uri AS follower, followee.uri AS followee
      FROM follow
      JOIN account follower ON follower.id = follow.follower_id
      JOIN account followee ON followee.id = follow.followee_id
     WHERE follow.state = 'requested'
"""
_LATEST = "ORDER BY follow.id DESC LIMIT $3"


async def of_followers(db: Connection, account_id: int, authority: str | None) -> list[Request]:
    """Who has asked to follow one of ours, latest first: those of one server, or all (None)."""
    side = "follow.followee_id = $1 AND ($2::text IS NULL OR follower.authority = $2)"
    rows = await db.fetch(f"{_WAITING} AND {side} {_LATEST}", account_id, authority, MOST + 1)
    return [Request(**row) for row in rows]


async def of_following(db: Connection, account_id: int, authority: str | None) -> list[Request]:
    """Whom one of ours has asked to follow, latest first: those of one server, or all (None)."""
    side = "follow.follower_id = $1 AND ($2::text IS NULL OR followee.authority = $2)"
    rows = await db.fetch(f"{_WAITING} AND {side} {_LATEST}", account_id, authority, MOST + 1)
    return [Request(**row) for row in rows]


async def long_unanswered(db: Connection, *, software: str, after: datetime, before: datetime, limit: int) -> list[int]:
    """Accounts elsewhere that one of ours asked between these times, and that may be asked how that stands.

    On servers with this software, or of which we do not know what they run. Those never asked of come first.
    """
    rows = await db.fetch(
        """
        SELECT target.id
          FROM (SELECT DISTINCT follow.followee_id
                  FROM follow
                  JOIN account follower ON follower.id = follow.follower_id AND follower.is_local
                 WHERE follow.state = 'requested' AND follow.created_at BETWEEN $2 AND $3) waiting
          JOIN account target ON target.id = waiting.followee_id AND NOT target.is_local AND target.state = 'active'
     LEFT JOIN peer ON peer.authority = target.authority
     LEFT JOIN follower_check c ON c.account_id = target.id
         WHERE (peer.software_name IS NULL OR peer.software_name = $1)
           AND (c.asked_at IS NULL OR c.asked_at < $3)
      ORDER BY c.asked_at NULLS FIRST, target.id
         LIMIT $4
        """,
        software,
        after,
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def asked_by_ours(db: Connection, account_id: int, *, before: datetime) -> Mapping[str, int]:
    """Those of ours who asked somebody elsewhere before then, by id; not whose question has not left yet."""
    rows = await db.fetch(
        """
        SELECT follower.uri, follower.id
          FROM follow
          JOIN account follower ON follower.id = follow.follower_id AND follower.is_local
         WHERE follow.followee_id = $1
           AND follow.state = 'requested'
           AND follow.created_at <= $2
           AND NOT EXISTS (SELECT FROM pending_delivery WHERE activity_id = follow.id)
        """,
        account_id,
        before,
    )
    return {row["uri"]: row["id"] for row in rows}
