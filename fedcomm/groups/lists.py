"""The automatic list of each group that somebody has joined; its id is the group's (D39)."""

import msgspec

from fedcomm.database import Connection
from fedcomm.errors import NotFound


class GroupList(msgspec.Struct, frozen=True, kw_only=True):
    """The threads of a joined group, as a list. `is_exclusive` keeps them out of the member's home."""

    group_id: int
    name: str
    is_exclusive: bool


async def of_member(db: Connection, member_id: int, *, group_id: int | None = None) -> list[GroupList]:
    """The lists of a member, by name; or the one of this group."""
    rows = await db.fetch(
        """
        SELECT a.id AS group_id, COALESCE(NULLIF(a.name, ''), a.handle) AS name,
               COALESCE(s.is_exclusive, false) AS is_exclusive
          FROM membership m
          JOIN account a ON a.id = m.group_id AND a.state = 'active'
     LEFT JOIN group_list_setting s ON s.account_id = m.member_id AND s.group_id = m.group_id
         WHERE m.member_id = $1
           AND m.state = 'active'
           AND ($2::bigint IS NULL OR m.group_id = $2)
      ORDER BY lower(a.name), a.id
        """,
        member_id,
        group_id,
    )
    return [GroupList(**row) for row in rows]


async def one_of_member(db: Connection, member_id: int, group_id: int) -> GroupList:
    """The list of a joined group. Raises NotFound, also for groups one has not joined (S097)."""
    found = await of_member(db, member_id, group_id=group_id)
    if not found:
        raise NotFound("There is no such list.")
    return found[0]


async def set_exclusive(db: Connection, member_id: int, group_id: int, *, is_exclusive: bool) -> GroupList:
    """Keep a group's threads out of one's home, or let them in again. Raises NotFound."""
    await one_of_member(db, member_id, group_id)
    await db.execute(
        """
        INSERT INTO group_list_setting (account_id, group_id, is_exclusive)
        VALUES ($1, $2, $3)
            ON CONFLICT (account_id, group_id) DO UPDATE
           SET is_exclusive = excluded.is_exclusive
        """,
        member_id,
        group_id,
        is_exclusive,
    )
    return await one_of_member(db, member_id, group_id)


async def forget(db: Connection, account_id: int) -> None:
    """Somebody, or a group, is gone: how its lists were set does not matter any more."""
    await db.execute("DELETE FROM group_list_setting WHERE account_id = $1 OR group_id = $1", account_id)
