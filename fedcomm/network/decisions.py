"""What was decided about other servers, as client apps list it: by number, one for each domain.

Source: Mastodon API documentation, methods/admin/domain_blocks, methods/admin/domain_allows.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.network.peers import Policy

NUMBER = "(('x' || substr(md5(authority), 1, 15))::bit(60)::bigint + 1)"
"""The number of a domain: peers are known by name, and clients want a number that stays."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a server, and why."""

    number: int
    authority: str
    policy: Policy
    reason: str
    created_at: datetime


_READ = f"SELECT {NUMBER} AS number, authority, policy, policy_reason AS reason, first_seen_at AS created_at FROM peer"


async def page(db: Connection, policies: Sequence[Policy], *, cursor: Cursor) -> list[Decision]:
    """A page of decisions, the greatest number first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT decided.number, decided.authority, decided.policy, decided.reason, decided.created_at
          FROM ({_READ} WHERE policy = ANY($1::text[])) decided
         WHERE decided.number < $2 AND decided.number > $3
      ORDER BY decided.number {order}
         LIMIT $4
        """,
        list(policies),
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Decision(**row) for row in rows), key=lambda each: each.number, reverse=True)


async def by_number(db: Connection, policies: Sequence[Policy], number: int) -> Decision:
    """A decision. Raises NotFound."""
    row = await db.fetchrow(f"{_READ} WHERE policy = ANY($1::text[]) AND {NUMBER} = $2", list(policies), number)
    if row is None:
        raise NotFound("There is no such domain.")
    return Decision(**row)


async def of(db: Connection, authority: str) -> Decision | None:
    """What was decided about a server itself."""
    row = await db.fetchrow(f"{_READ} WHERE authority = $1 AND policy <> 'default'", authority)
    return Decision(**row) if row is not None else None


async def explain(db: Connection, by_id: int, authority: str, reason: str, *, now: datetime) -> None:
    """Give another reason for what was decided."""
    await db.execute("UPDATE peer SET policy_reason = $2 WHERE authority = $1", authority, reason)
    await audit.write(db, by_id, "explain peer", authority, reason, now=now)
