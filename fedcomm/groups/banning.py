"""Putting people out of groups: for a time or for good, by its moderators here, or by word of a group elsewhere.

Who is banned is no member and cannot become one; what they write there is refused (`threads/rights.py`). Source:
product 13, 26; federation.md 2.4; S044, S166.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit, facts, ids, permissions, tombstones
from fedcomm.accounts import follows, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import deciding, membership
from fedcomm.groups.model import Role
from fedcomm.here import Here
from fedcomm.text import cleaning

LONGEST_REASON = 500
_RANKS: dict[Role, int] = {"prospect": 0, "member": 0, "moderator": 1, "facilitator": 2}

COLUMNS = "group_id, account_id, by_id, reason, ends_at, uri, created_at"


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody is put out of a group; without an end until it is lifted."""

    group_id: int
    account_id: int
    by_id: int | None
    reason: str
    ends_at: datetime | None
    uri: str | None
    created_at: datetime


async def ban(
    db: Connection,
    here: Here,
    by: Account,
    group: Account,
    person: Account,
    *,
    reason: str = "",
    ends_at: datetime | None = None,
    removes_posts: bool = False,
    grounds: Grounds = UNNAMED,
    now: datetime,
) -> Ban | None:
    """Put somebody out of a group of ours, member or not. Again = under the new conditions.

    None: it is a group of another server, which is asked (`deciding`).

    `removes_posts`: takes what they wrote out of the group as well, soon after. Raises NotAllowed (no moderator, or
    they stand as high), Invalid (a group, oneself, an end that is over).
    """
    if person.id == by.id or person.kind in membership.READERS_ONLY:
        await check_may(db, by, group)
        raise Invalid("Only other people can be put out of a group.")
    if await deciding.passed_on(
        db,
        by,
        group.id,
        "ban",
        account_id=person.id,
        reason=reason,
        ends_at=ends_at,
        removes_posts=removes_posts,
        now=now,
    ):
        return None
    await check_may(db, by, group)
    if ends_at is not None and ends_at <= now:
        raise Invalid("The end must lie ahead.", field="ends_at")
    await _check_rank(db, by, group, person)
    await follows.refuse(db, here, group, person.id, now=now)
    uri = here.activity_uri(ids.new(now))
    made = await _put(db, group, person, by_id=by.id, reason=reason, ends_at=ends_at, uri=uri, now=now)
    details = {"until": ends_at.isoformat() if ends_at else None, "with_posts": removes_posts}
    await audit.write(db, by.id, "ban", person.acct, made.reason, details, group_id=group.id, now=now)
    await statements.end(db, person.id, "ban", group_id=group.id, now=now)
    await statements.issue(
        db, person.id, "ban", made.reason, grounds, by_id=by.id, group_id=group.id, until=ends_at, now=now
    )
    await facts.record(db, facts.MemberBanned(person.id, group.id, by.id, made.reason, removes_posts), now=now)
    if removes_posts:
        await facts.record(db, facts.WritingsUnwanted(person.id, group.id, made.reason), now=now)
    return made


async def lift(db: Connection, here: Here, by: Account, group: Account, person_id: int, *, now: datetime) -> None:
    """Let somebody come back who was put out of a group of ours. Raises NotAllowed, NotFound (nobody put them out)."""
    if await deciding.passed_on(db, by, group.id, "lift", account_id=person_id, now=now):
        return
    await check_may(db, by, group)
    present = await find(db, group.id, person_id)
    if not await _lift(db, group.id, person_id, now=now):
        raise NotFound("Nobody has put them out of this group.")
    uri = present.uri if present is not None else None
    await audit.write(db, by.id, "lift ban", str(person_id), group_id=group.id, now=now)
    await facts.record(db, facts.BanLifted(person_id, group.id, by.id, uri or ""), now=now)


async def receive(
    db: Connection,
    here: Here,
    group: Account,
    person: Account,
    *,
    reason: str,
    ends_at: datetime | None,
    removes_posts: bool,
    uri: str | None,
    now: datetime,
) -> bool:
    """A group elsewhere puts somebody out, perhaps one of ours. False: that is over, or its Undo was here before."""
    if uri is not None and await tombstones.keeps_away(db, uri, group.uri, now=now):
        return False
    if ends_at is not None and ends_at <= now:
        return False
    if person.is_local:
        await membership.receive_reject(db, here, person, group, now=now)
    made = await _put(db, group, person, by_id=None, reason=reason, ends_at=ends_at, uri=uri, now=now)
    if removes_posts:
        await facts.record(db, facts.WritingsUnwanted(person.id, group.id, made.reason), now=now)
    return True


async def receive_lifting(
    db: Connection, group: Account, person_id: int | None, uri: str | None = None, *, now: datetime
) -> bool:
    """A group elsewhere lets somebody come back; named by the person, or by the id of the Block. False: unknown."""
    if uri is not None:
        await tombstones.remember(db, uri, group.uri, now=now)
        by_uri = await db.fetchval("SELECT account_id FROM ban WHERE group_id = $1 AND uri = $2", group.id, uri)
        person_id = person_id if person_id is not None else by_uri
    return person_id is not None and await _lift(db, group.id, person_id, now=now)


async def of_group(db: Connection, by: Account, group: Account, *, limit: int = 1_000) -> Sequence[Ban]:
    """Who is put out of a group, as far as it is known here, for those who decide it. Raises NotAllowed."""
    await check_may(db, by, group)
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM ban WHERE group_id = $1 ORDER BY created_at DESC, account_id LIMIT $2", group.id, limit
    )
    return [Ban(**row) for row in rows]


async def find(db: Connection, group_id: int, account_id: int) -> Ban | None:
    """The ban of somebody from a group; None when there is none."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM ban WHERE group_id = $1 AND account_id = $2", group_id, account_id)
    return Ban(**row) if row else None


async def end_due(db: Connection, *, now: datetime) -> int:
    """End the bans whose time is over; other servers know it by themselves. Returns how many."""
    rows = await db.fetch("SELECT group_id, account_id FROM ban WHERE ends_at <= $1 LIMIT 1000", now)
    for row in rows:
        await _lift(db, row["group_id"], row["account_id"], now=now)
    return len(rows)


async def check_may(db: Connection, by: Account, group: Account) -> None:
    """Whether somebody decides who is put out of a group, or has its server decide it. Raises NotAllowed."""
    role = await deciding.role(db, group, by)
    if by.id != group.id and not permissions.may(role, "ban people"):
        raise NotAllowed("Only moderators and facilitators of the group may do this.")


async def _check_rank(db: Connection, by: Account, group: Account, person: Account) -> None:
    """Nobody puts out who stands as high as they do (S044)."""
    theirs = await membership.role(db, group.id, person.id)
    if theirs is None or by.id == group.id:
        if theirs == "facilitator":
            await membership.check_not_last_facilitator(db, group.id, person.id)
        return
    mine = await membership.role(db, group.id, by.id)
    if _RANKS[theirs] >= _RANKS[mine or "member"]:
        raise NotAllowed("Only somebody who stands higher in the group may put them out.")


async def _put(
    db: Connection,
    group: Account,
    person: Account,
    *,
    by_id: int | None,
    reason: str,
    ends_at: datetime | None,
    uri: str | None,
    now: datetime,
) -> Ban:
    row = await db.fetchrow(
        f"""
        INSERT INTO ban (group_id, account_id, by_id, reason, ends_at, uri, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (group_id, account_id) DO UPDATE
           SET by_id = excluded.by_id, reason = excluded.reason, ends_at = excluded.ends_at,
               uri = COALESCE(excluded.uri, ban.uri)
        RETURNING {COLUMNS}
        """,
        group.id,
        person.id,
        by_id,
        cleaning.one_line(reason, LONGEST_REASON),
        ends_at,
        uri,
        now,
    )
    assert row is not None
    await membership.put_out(db, group.id, person.id, now=now)
    return Ban(**row)


async def _lift(db: Connection, group_id: int, person_id: int, *, now: datetime) -> bool:
    gone = await db.fetchval(
        "DELETE FROM ban WHERE group_id = $1 AND account_id = $2 RETURNING true", group_id, person_id
    )
    await statements.end(db, person_id, "ban", group_id=group_id, now=now)
    return await membership.let_back(db, group_id, person_id, now=now) or bool(gone)
