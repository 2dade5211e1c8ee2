"""The people of this instance, for those who run it."""

from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.accounts.logins import LoginState
from fedcomm.accounts.model import AccountState
from fedcomm.database import Connection
from fedcomm.permissions import InstanceRole

Shown = Literal["pending", "active", "disabled"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a login here, as those who run the instance see them."""

    id: int
    handle: str
    name: str
    email: str
    role: InstanceRole
    login_state: LoginState
    account_state: AccountState
    posts_count: int
    created_by: str
    created_at: datetime
    last_sign_in_at: datetime | None


async def page(
    db: Connection, *, state: Shown | None = None, role: InstanceRole | None = None, after: str = "", limit: int = 100
) -> list[Person]:
    """A page of people by handle, those behind `after`."""
    rows = await db.fetch(
        """
        SELECT a.id, a.handle, a.name, l.email, l.role, l.state AS login_state, a.state AS account_state, a.posts_count,
               l.created_by, l.created_at, l.last_sign_in_at
          FROM login l
          JOIN account a ON a.id = l.account_id
         WHERE a.handle_key > $1
           AND ($2::text IS NULL OR l.state = $2)
           AND ($3::text IS NULL OR l.role = $3)
      ORDER BY a.handle_key
         LIMIT $4
        """,
        after,
        state,
        role,
        limit,
    )
    return [Person(**row) for row in rows]


async def first_in_charge(db: Connection) -> str | None:
    """The handle of who has owned or run this instance for longest."""
    return await db.fetchval(
        """
        SELECT a.handle
          FROM login l
          JOIN account a ON a.id = l.account_id AND a.state = 'active'
         WHERE l.state = 'active' AND l.role IN ('owner', 'admin')
      ORDER BY l.role = 'owner' DESC, a.id
         LIMIT 1
        """
    )


async def count(db: Connection) -> int:
    """How many people of ours may sign in."""
    return await db.fetchval("SELECT count(*) FROM login WHERE state = 'active'")
