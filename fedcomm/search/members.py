"""Finding the members of a group by their name or handle, and by what they are in it (product 4, 26)."""

from fedcomm.database import Connection
from fedcomm.groups.model import ROLES, Membership, Role
from fedcomm.network import peers
from fedcomm.text.patterns import literally

LONGEST = 100


async def members(
    db: Connection, group_id: int, typed: str = "", *, role: Role | None = None, limit: int, offset: int = 0
) -> list[Membership]:
    """Those who take part in a group now, who came last first; `typed` stands in their name or begins their handle.

    Left out are accounts that are suspended, and those of servers that are.
    """
    text = literally(typed.strip()[:LONGEST].removeprefix("@").casefold())
    shut = await peers.suspended(db)
    rows = await db.fetch(
        """
        SELECT membership.group_id, membership.member_id, membership.role, membership.state, membership.how,
               membership.created_at, membership.updated_at
          FROM membership
          JOIN account ON account.id = membership.member_id
         WHERE membership.group_id = $1
           AND membership.state = 'active'
           AND membership.role = ANY($2::text[])
           AND account.state = 'active'
           AND (account.is_local OR account.authority <> ALL($6::text[]))
           AND ($3 = ''
                OR lower(account.name) LIKE '%' || $3 || '%'
                OR account.handle_key || '@' || account.handle_domain LIKE $3 || '%')
      ORDER BY membership.created_at DESC, membership.member_id DESC
         LIMIT $4
        OFFSET $5
        """,
        group_id,
        [role] if role else list(ROLES),
        text,
        limit,
        offset,
        list(shut),
    )
    return [Membership(**row) for row in rows]
