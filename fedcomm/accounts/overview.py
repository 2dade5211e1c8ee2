"""All accounts that are known here, for those who look after the instance. Source: methods/admin/accounts."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from fedcomm.accounts.model import COLUMNS, Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.permissions import INSTANCE_TABLE

Status = Literal["active", "pending", "disabled", "silenced", "suspended", "sensitized"]

_COLUMNS = ", ".join(f"account.{name.strip()}" for name in COLUMNS.split(","))
_STAFF: Sequence[str] = sorted(INSTANCE_TABLE["see reports"])


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts; what is None, or empty, does not matter."""

    is_local: bool | None = None
    status: Status | None = None
    is_staff: bool = False
    handle: str = ""
    name: str = ""
    domain: str = ""
    email: str = ""
    way_in: str = ""
    """How somebody of ours got their account."""


async def page(db: Connection, wanted: Wanted, *, cursor: Cursor) -> list[Account]:
    """A page of accounts, newest first; instances' own and deleted ones are left out."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM account
     LEFT JOIN login ON login.account_id = account.id
         WHERE account.id < $1 AND account.id > $2
           AND account.kind <> 'application'
           AND account.state <> 'deleted'
           AND ($4::boolean IS NULL OR account.is_local = $4)
           AND CASE COALESCE($5::text, 'all')
               WHEN 'all' THEN true
               WHEN 'active' THEN account.state = 'active' AND account.limited_at IS NULL
               WHEN 'silenced' THEN account.limited_at IS NOT NULL
               WHEN 'sensitized' THEN account.media_covered_at IS NOT NULL
               ELSE account.state = $5
               END
           AND (NOT $6 OR login.role = ANY($7::text[]))
           AND ($8 = '' OR starts_with(account.handle_key, $8))
           AND ($9 = '' OR position($9 in lower(account.name)) > 0)
           AND ($10 = '' OR account.handle_domain = $10)
           AND ($11 = '' OR login.email_key = $11)
           AND ($12 = '' OR login.created_by = $12)
      ORDER BY account.id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        wanted.is_local,
        wanted.status,
        wanted.is_staff,
        list(_STAFF),
        wanted.handle.lower(),
        wanted.name.lower(),
        wanted.domain.lower(),
        wanted.email.strip().casefold(),
        wanted.way_in,
    )
    return sorted((Account(**row) for row in rows), key=lambda each: each.id, reverse=True)
