"""Acting as a group: those who look after it may let an app speak in its name (groups in clients 3; product 26)."""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.permissions import may, roles_that_may


async def groups_of(db: Connection, person_id: int) -> list[Account]:
    """The groups of ours as which somebody may act, by handle."""
    rows = await db.fetch(
        """
        SELECT m.group_id
          FROM membership m
          JOIN account a ON a.id = m.group_id
         WHERE m.member_id = $1
           AND m.state = 'active'
           AND m.role = ANY($2::text[])
           AND a.is_local
           AND a.state = 'active'
      ORDER BY a.handle
        """,
        person_id,
        roles_that_may("act as group"),
    )
    known = await lookup.by_ids(db, [row["group_id"] for row in rows])
    return [known[row["group_id"]] for row in rows if row["group_id"] in known]


async def may_act(db: Connection, person_id: int, group_id: int) -> bool:
    """Whether somebody may act as a group now."""
    role = await db.fetchval(
        "SELECT role FROM membership WHERE group_id = $1 AND member_id = $2 AND state = 'active'", group_id, person_id
    )
    return may(role, "act as group")
