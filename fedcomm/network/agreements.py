"""What was agreed with whoever runs another instance: contact, day, kinds of data, region (C18).

A record for those who answer for the data. What goes where is decided by the policy alone: posts for the network reach
instances that are allowed, and no others (D58, D59).
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import msgspec

from fedcomm import audit
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.network.peers import Policy, key

LONGEST = 500
COLUMNS = "peer.authority, peer.policy, contact, agreed_on, data, region, updated_at"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed; `agreed_on` is None while it is only talked about."""

    contact: str = ""
    agreed_on: date | None = None
    data: str = ""
    region: str = ""


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that gets more than public posts, or with which something was agreed."""

    authority: str
    policy: Policy
    terms: Terms | None
    updated_at: datetime | None


async def page(db: Connection, *, after: str = "", limit: int) -> list[Partner]:
    """Instances that are allowed or have an agreement, by name."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM peer
     LEFT JOIN agreement ON agreement.authority = peer.authority
         WHERE (peer.policy = 'allowed' OR agreement.authority IS NOT NULL) AND peer.authority > $1
      ORDER BY peer.authority
         LIMIT $2
        """,
        after,
        limit,
    )
    return [
        Partner(
            authority=row["authority"],
            policy=row["policy"],
            terms=Terms(**{name: row[name] for name in Terms.__struct_fields__})
            if row["updated_at"] is not None
            else None,
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


async def all_of_them(db: Connection, *, step: int = 500) -> AsyncIterator[Partner]:
    """The same, to their end."""
    after = ""
    while found := await page(db, after=after, limit=step):
        for each in found:
            yield each
        after = found[-1].authority


async def note(db: Connection, by_id: int, authority: str, terms: Terms, *, now: datetime) -> None:
    """Write down what was agreed with an instance that is known, or that nothing is any more (all of it empty).

    Raises Invalid: no such instance, too long, a day to come.
    """
    name = key(authority)
    if not await db.fetchval("SELECT EXISTS (SELECT FROM peer WHERE authority = $1)", name):
        raise Invalid("No such instance is known here.", field="authority")
    for field, text in (("contact", terms.contact), ("data", terms.data), ("region", terms.region)):
        if len(text) > LONGEST:
            raise Invalid("Please use at most 500 characters.", field=field)
    if terms.agreed_on is not None and terms.agreed_on > (now + timedelta(days=1)).date():
        raise Invalid("This day is still to come.", field="agreed_on")
    if terms == Terms():
        await db.execute("DELETE FROM agreement WHERE authority = $1", name)
    else:
        await db.execute(
            """
            INSERT INTO agreement (authority, contact, agreed_on, data, region, by_id, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (authority) DO UPDATE
               SET contact = excluded.contact, agreed_on = excluded.agreed_on, data = excluded.data,
                   region = excluded.region, by_id = excluded.by_id, updated_at = excluded.updated_at
            """,
            name,
            terms.contact,
            terms.agreed_on,
            terms.data,
            terms.region,
            by_id,
            now,
        )
    agreed_on = terms.agreed_on.isoformat() if terms.agreed_on else None
    await audit.write(db, by_id, "note agreement", name, details={"agreed_on": agreed_on}, now=now)
