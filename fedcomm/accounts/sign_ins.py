"""When, how and with what somebody signed in, and what was tried with their name: kept for them alone, 30 days (D60).

Of the place only the network is kept, and of the browser only what it is called: enough to see that it was not oneself,
too little to tell who mistyped a name.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.cursor import Cursor
from fedcomm.database import Connection

Way = Literal["password", "code", "passkey", "provider", "link", "sign-up"]
"""`code`: the second step, after password or provider; `link`: one that was mailed, to set a password."""

ONE_GO = timedelta(hours=1)
"""What fails again and again from one place within it is one entry with a number."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be seen of whoever is at the browser."""

    program: str
    network: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody got in, or did not, as often as `times` says; `happened_at` is the last time."""

    id: int
    let_in: bool
    way: Way
    program: str
    network: str
    times: int
    happened_at: datetime


def network(address: str) -> str:
    """The network of an address: `203.0.113.*`, the first 48 bits of IPv6; empty when nobody knows."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 48), strict=False).network_address) + "*"
    return str(found).rpartition(".")[0] + ".*"


async def tried(db: Connection, account_id: int | None, way: Way, seen: Seen, *, now: datetime) -> None:
    """Note a try before it is looked at, in the transaction that counts it; `entered` takes back what led in.

    The same is asked of the database when there is no such account, so that nobody can measure who has one (S119).
    """
    await db.execute(
        """
        WITH again AS (
            UPDATE sign_in
               SET times = times + 1, way = $3, happened_at = $6
             WHERE id = (SELECT max(id)
                           FROM sign_in
                          WHERE account_id = $2 AND NOT let_in AND program = $4 AND network = $5
                            AND happened_at > $7)
            RETURNING id
        )
        INSERT INTO sign_in (id, account_id, let_in, way, program, network, happened_at)
        SELECT $1, account_id, false, $3, $4, $5, $6
          FROM login
         WHERE account_id = $2 AND NOT EXISTS (SELECT FROM again)
        """,
        ids.new(now),
        account_id or 0,
        way,
        seen.program,
        seen.network,
        now,
        now - ONE_GO,
    )


async def entered(db: Connection, account_id: int, way: Way, seen: Seen, *, now: datetime) -> None:
    """Note that somebody got in; what failed from the same place just before was their own typing."""
    await db.execute(
        """
        DELETE FROM sign_in
         WHERE account_id = $1 AND NOT let_in AND program = $2 AND network = $3 AND happened_at > $4
        """,
        account_id,
        seen.program,
        seen.network,
        now - ONE_GO,
    )
    await db.execute(
        """
        INSERT INTO sign_in (id, account_id, let_in, way, program, network, happened_at)
        VALUES ($1, $2, true, $3, $4, $5, $6)
        """,
        ids.new(now),
        account_id,
        way,
        seen.program,
        seen.network,
        now,
    )


async def of_account(db: Connection, account_id: int, asked: Cursor) -> list[SignIn]:
    """What is known about the sign-ins of an account, newest first."""
    order = "ASC" if asked.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT id, let_in, way, program, network, times, happened_at
          FROM sign_in
         WHERE account_id = $1 AND id < $2 AND id > $3
      ORDER BY id {order}
         LIMIT $4
        """,
        account_id,
        asked.below,
        asked.above,
        asked.limit,
    )
    return sorted((SignIn(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def sweep(db: Connection, *, before: datetime) -> None:
    """Forget what is older."""
    await db.execute("DELETE FROM sign_in WHERE happened_at < $1", before)
