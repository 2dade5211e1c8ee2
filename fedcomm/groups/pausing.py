"""Members who write nothing in a group for some days: they go on reading, are told why, and may appeal (product 13)."""

from datetime import datetime, timedelta

import msgspec

from fedcomm import audit, permissions
from fedcomm.accounts import statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import membership

MOST_DAYS = 90


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """That a member writes nothing until then; the statement says why."""

    account_id: int
    until: datetime
    statement_id: int | None
    reason: str


async def pause(
    db: Connection,
    by: Account,
    group: Account,
    person: Account,
    *,
    days: int,
    reason: str,
    grounds: Grounds = UNNAMED,
    now: datetime,
) -> Pause:
    """A member reads, and writes nothing there for so many days. Again = from now on, for the new reason.

    Raises NotAllowed, Invalid (no member, oneself, who looks after the group as well, no reason, no such number).
    """
    await check_may(db, by, group)
    reason = statements.reason_given(reason)
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("Please give a number of days from 1 to %(n)s.", n=MOST_DAYS, field="days")
    role = await membership.role(db, group.id, person.id)
    if person.id == by.id or role is None or permissions.may(role, "pause members"):
        raise Invalid("Only other members can be paused, none who look after the group.", field="handle")
    until = now + timedelta(days=days)
    await _set(db, group.id, person.id, until, now=now)
    await audit.write(
        db, by.id, "pause member", person.acct, reason, {"until": until.isoformat()}, group_id=group.id, now=now
    )
    await statements.end(db, person.id, "pause", group_id=group.id, now=now)
    stated = await statements.issue(
        db, person.id, "pause", reason, grounds, by_id=by.id, group_id=group.id, until=until, now=now
    )
    return Pause(account_id=person.id, until=until, statement_id=stated, reason=reason)


async def go_on(db: Connection, by: Account, group: Account, person_id: int, *, now: datetime) -> None:
    """They may write again before the pause is over. Raises NotAllowed, NotFound (nobody paused them)."""
    await check_may(db, by, group)
    if by.id == person_id:
        raise NotAllowed("This is about you: somebody else decides about it.")
    if not await _set(db, group.id, person_id, None, now=now):
        raise NotFound("Nobody has paused them.")
    await audit.write(db, by.id, "end pause", str(person_id), group_id=group.id, now=now)
    await statements.end(db, person_id, "pause", group_id=group.id, now=now)


async def end_due(db: Connection, *, now: datetime) -> int:
    """End the pauses whose time is over. Returns how many."""
    rows = await db.fetch(
        """
        SELECT group_id, member_id FROM membership WHERE paused_until <= $1 ORDER BY paused_until LIMIT 1000
        """,
        now,
    )
    for row in rows:
        await _set(db, row["group_id"], row["member_id"], None, now=now)
        await statements.end(db, row["member_id"], "pause", group_id=row["group_id"], now=now)
    return len(rows)


async def of_group(db: Connection, by: Account, group: Account, *, limit: int = 200) -> list[Pause]:
    """Who is paused in a group, those first who may write again first. Raises NotAllowed."""
    await check_may(db, by, group)
    return await _found(db, group.id, None, limit=limit)


async def find(db: Connection, group_id: int, account_id: int) -> Pause | None:
    """The pause of somebody in a group; None when there is none."""
    return next(iter(await _found(db, group_id, account_id, limit=1)), None)


async def check_may(db: Connection, by: Account, group: Account) -> None:
    """Whether somebody pauses members of a group of ours. Raises NotAllowed."""
    role = await membership.role(db, group.id, by.id) if group.is_local else None
    if by.id != group.id and not permissions.may(role, "pause members"):
        raise NotAllowed("Only moderators and facilitators of the group may do this.")


async def _found(db: Connection, group_id: int, account_id: int | None, *, limit: int) -> list[Pause]:
    rows = await db.fetch(
        """
        SELECT membership.member_id AS account_id, membership.paused_until AS until, said.id AS statement_id,
               COALESCE(said.reason, '') AS reason
          FROM membership
     LEFT JOIN LATERAL (SELECT id, reason
                          FROM statement
                         WHERE account_id = membership.member_id
                           AND group_id = membership.group_id
                           AND measure = 'pause'
                      ORDER BY id DESC
                         LIMIT 1) said ON true
         WHERE membership.group_id = $1
           AND membership.paused_until IS NOT NULL
           AND ($2::bigint IS NULL OR membership.member_id = $2)
      ORDER BY membership.paused_until, membership.member_id
         LIMIT $3
        """,
        group_id,
        account_id,
        limit,
    )
    return [Pause(**row) for row in rows]


async def _set(db: Connection, group_id: int, person_id: int, until: datetime | None, *, now: datetime) -> bool:
    changed = await db.fetchval(
        """
        UPDATE membership
           SET paused_until = $3, updated_at = $4
         WHERE group_id = $1 AND member_id = $2 AND ($3::timestamptz IS NOT NULL OR paused_until IS NOT NULL)
        RETURNING true
        """,
        group_id,
        person_id,
        until,
        now,
    )
    return bool(changed)
