"""Who follows whom across two servers, and whether both say the same (FEP-8fcf, R044)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from asyncpg import BitString

from fedcomm.database import Connection

MOST = 2_000
"""Followers of one account on one server that are compared: more would make a document too large to be read."""

_DIGEST = "bit_xor(('x' || encode(sha256(convert_to(reader.uri, 'UTF8')), 'hex'))::bit(256))"


async def digests_elsewhere(db: Connection, account_id: int) -> Mapping[str, str | None]:
    """The digest of the followers of one of ours on each other server; None where there are too many of them."""
    rows = await db.fetch(
        f"""
        SELECT reader.authority, CASE WHEN count(*) <= $2 THEN {_DIGEST} END AS digest
          FROM follow
          JOIN account reader ON reader.id = follow.follower_id AND NOT reader.is_local
         WHERE follow.followee_id = $1 AND follow.state = 'accepted'
      GROUP BY reader.authority
        """,
        account_id,
        MOST,
    )
    return {row["authority"]: _hex(row["digest"]) if row["digest"] is not None else None for row in rows}


async def digest_here(db: Connection, uri: str, followers_url: str) -> tuple[int, str | None] | None:
    """Somebody elsewhere with this list of followers, and the digest of those of ours who follow them; None: nobody
    does. None in place of both: there is no such account here.
    """
    row = await db.fetchrow(
        f"""
        SELECT account.id,
               (SELECT {_DIGEST}
                  FROM follow
                  JOIN account reader ON reader.id = follow.follower_id AND reader.is_local
                 WHERE follow.followee_id = account.id AND follow.state = 'accepted') AS digest
          FROM account
         WHERE account.uri = $1 AND NOT account.is_local AND account.followers_url = $2
        """,
        uri,
        followers_url,
    )
    return (row["id"], _hex(row["digest"]) if row["digest"] is not None else None) if row is not None else None


def _hex(digest: BitString) -> str:
    return digest.bytes.hex()


async def followers_at(db: Connection, account_id: int, authority: str) -> list[str]:
    """The ids of the followers of one of ours on another server, in order; none, if there are too many of them."""
    rows = await db.fetch(
        """
        SELECT reader.uri
          FROM follow
          JOIN account reader ON reader.id = follow.follower_id AND NOT reader.is_local
         WHERE follow.followee_id = $1 AND follow.state = 'accepted' AND reader.authority = $2
      ORDER BY reader.uri
         LIMIT $3
        """,
        account_id,
        authority,
        MOST + 1,
    )
    return [row["uri"] for row in rows] if len(rows) <= MOST else []


async def accepted_before(db: Connection, account_id: int, at: datetime) -> dict[str, int]:
    """Those of ours whom somebody elsewhere had accepted as followers by then: their account, by its id."""
    rows = await db.fetch(
        """
        SELECT reader.uri, reader.id
          FROM follow
          JOIN account reader ON reader.id = follow.follower_id AND reader.is_local
         WHERE follow.followee_id = $1 AND follow.state = 'accepted' AND follow.accepted_at <= $2
        """,
        account_id,
        at,
    )
    return {row["uri"]: row["id"] for row in rows}


async def take_turn(db: Connection, account_id: int, *, every: timedelta, now: datetime) -> bool:
    """Whether the followers of somebody elsewhere may be asked for now; they are so often at most."""
    return (
        await db.fetchval(
            """
            INSERT INTO follower_check AS c (account_id, asked_at)
            VALUES ($1, $2)
            ON CONFLICT (account_id) DO UPDATE
               SET asked_at = excluded.asked_at
             WHERE c.asked_at <= $2::timestamptz - $3::interval
            RETURNING true
            """,
            account_id,
            now,
            every,
        )
        is not None
    )
