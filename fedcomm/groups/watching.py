"""Members of whom a group wants to see first what they write (product 13): for a while, and told why."""

from datetime import datetime

from fedcomm import audit, permissions
from fedcomm.accounts import statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import membership


async def watch(
    db: Connection,
    by: Account,
    group: Account,
    person: Account,
    *,
    reason: str,
    grounds: Grounds = UNNAMED,
    now: datetime,
) -> None:
    """What a member writes from now on is first looked at. Twice is once.

    Raises NotAllowed, Invalid (no member, oneself, who looks after the group as well).
    """
    await check_may(db, by, group)
    role = await membership.role(db, group.id, person.id)
    if person.id == by.id or role is None or permissions.may(role, "hold post"):
        raise Invalid("Only other members can be looked at first, none who look after the group.", field="handle")
    if await _set(db, group.id, person.id, is_held=True, now=now):
        await audit.write(db, by.id, "look first at a member", person.acct, reason, group_id=group.id, now=now)
        await statements.issue(db, person.id, "hold", reason, grounds, by_id=by.id, group_id=group.id, now=now)


async def trust(db: Connection, by: Account, group: Account, person_id: int, *, now: datetime) -> None:
    """What they write shows at once again. Twice is once. Raises NotAllowed."""
    await check_may(db, by, group)
    if await _set(db, group.id, person_id, is_held=False, now=now):
        await audit.write(db, by.id, "trust a member again", str(person_id), group_id=group.id, now=now)
        await statements.end(db, person_id, "hold", group_id=group.id, now=now)


async def watched(db: Connection, group_id: int, *, limit: int = 200) -> list[int]:
    """The members of a group who are looked at first."""
    rows = await db.fetch(
        """
        SELECT member_id
          FROM membership
         WHERE group_id = $1 AND is_held AND state = 'active'
      ORDER BY member_id
         LIMIT $2
        """,
        group_id,
        limit,
    )
    return [row["member_id"] for row in rows]


async def check_may(db: Connection, by: Account, group: Account) -> None:
    """Whether somebody looks first at what others write in a group of ours. Raises NotAllowed."""
    role = await membership.role(db, group.id, by.id) if group.is_local else None
    if by.id != group.id and not permissions.may(role, "hold post"):
        raise NotAllowed("Only moderators and facilitators of the group may do this.")


async def _set(db: Connection, group_id: int, person_id: int, *, is_held: bool, now: datetime) -> bool:
    changed = await db.fetchval(
        """
        UPDATE membership
           SET is_held = $3, updated_at = $4
         WHERE group_id = $1 AND member_id = $2 AND is_held <> $3
        RETURNING true
        """,
        group_id,
        person_id,
        is_held,
        now,
    )
    return bool(changed)
