"""The groups of this instance for those who run it: which nobody looks after, and appointing somebody (product 4, 26).

Groups govern themselves: who runs the instance appoints a facilitator only where none is left who could, and only among
the members, so that it is no way into what a group keeps to itself.
"""

from datetime import datetime

import msgspec

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, NotFound
from fedcomm.groups import membership, reading
from fedcomm.here import Here
from fedcomm.text.patterns import literally

LONGEST = 100
_FACILITATORS = """(SELECT count(*)
                      FROM membership carer
                      JOIN account person ON person.id = carer.member_id AND person.state = 'active'
                     WHERE carer.group_id = account.id AND carer.role = 'facilitator' AND carer.state = 'active')"""
_OURS = "account.is_local AND account.kind = 'group' AND account.state = 'active' AND group_profile.state <> 'moved'"


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group, how many can look after it, and how many ask to join."""

    group: Account
    facilitators_count: int
    asking_count: int


async def page(
    db: Connection, typed: str, *, below: int | None, limit: int, is_orphaned: bool = False
) -> list[GroupLine]:
    """Groups of ours, the newest first, `below` the id of one; `typed` stands in their name or begins their handle."""
    text = literally(typed.strip()[:LONGEST].removeprefix("@").casefold())
    rows = await db.fetch(
        f"""
        SELECT found.*
          FROM (SELECT account.id, {_FACILITATORS} AS facilitators_count,
                       (SELECT count(*)
                          FROM membership asking
                         WHERE asking.group_id = account.id AND asking.state = 'requested') AS asking_count
                  FROM group_profile
                  JOIN account ON account.id = group_profile.account_id
                 WHERE {_OURS}
                   AND ($1::bigint IS NULL OR account.id < $1)
                   AND ($2 = '' OR lower(account.name) LIKE '%' || $2 || '%' OR account.handle_key LIKE $2 || '%')
              ORDER BY account.id DESC) found
         WHERE NOT $4 OR found.facilitators_count = 0
         LIMIT $3
        """,
        below,
        text,
        limit,
        is_orphaned,
    )
    known = await lookup.by_ids(db, [row["id"] for row in rows])
    return [
        GroupLine(
            group=known[row["id"]], facilitators_count=row["facilitators_count"], asking_count=row["asking_count"]
        )
        for row in rows
        if row["id"] in known
    ]


async def orphaned_count(db: Connection) -> int:
    """How many groups of ours nobody can look after."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM group_profile
          JOIN account ON account.id = group_profile.account_id
         WHERE {_OURS} AND {_FACILITATORS} = 0
        """
    )


async def give_facilitator(
    db: Connection, here: Here, by: Account, group_id: int, handle: str, *, now: datetime
) -> None:
    """Appoint a member of a group that nobody can look after, for who runs the instance.

    Raises NotFound (no group of ours, nobody, not its member), Conflict (somebody looks after it, or they cannot).
    """
    group = await lookup.by_id(db, group_id)
    if group is None or not reading.is_ours(group) or group.state != "active":
        raise NotFound("There is no such group.")
    carers = await membership.members(db, group.id, roles=["facilitator"])
    known = await lookup.by_ids(db, [each.member_id for each in carers])
    if any(each.state == "active" for each in known.values()):
        raise Conflict("Somebody looks after this group: its facilitators appoint others.")
    name, _, host = handle.strip().removeprefix("@").partition("@")
    person = await lookup.by_handle(db, name, host or here.domain)
    if person is None:
        raise NotFound("There is no such member.")
    if person.state != "active":
        raise Conflict("This account is shut out, and can look after nothing.")
    await membership.appoint_by_command(db, group, person.id, "facilitator", by_id=by.id, now=now)
