"""Emergency access: who runs the instance reads a group's threads for members only, and the members learn of it.

A reason, a second person where there are two, an end, and each look in the log. It opens pages of its own and nothing
else: timelines, search, notices and apps stay as they were; there nobody could tell a look from a list that an app
fetched. Whoever has it can read and do nothing. Source: product 13 (conflict rule), 26; D82; C17.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from fedcomm import audit, facts, ids
from fedcomm.accounts import logins, lookup
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.durations import Durations
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.groups.model import Role
from fedcomm.permissions import INSTANCE_TABLE, may, may_here, roles_that_may
from fedcomm.text import cleaning
from fedcomm.threads import for_members

State = Literal["asked", "open", "declined", "withdrawn", "lapsed", "ended"]
LONGEST_REASON = 500

COLUMNS = """
    id, group_id, reader_id, reason, state, asked_at, lapses_at, confirmed_by, opened_at, ends_at, closed_by, closed_at,
    looks_count
"""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency access. Field meanings: the migration that makes the table."""

    id: int
    group_id: int
    reader_id: int
    reason: str
    state: State
    asked_at: datetime
    lapses_at: datetime
    confirmed_by: int | None
    opened_at: datetime | None
    ends_at: datetime | None
    closed_by: int | None
    closed_at: datetime | None
    looks_count: int

    def may_read(self, account_id: int, *, now: datetime) -> bool:
        """Whether this is somebody's and opens anything now."""
        return self.reader_id == account_id and self.state == "open" and self.ends_at is not None and now < self.ends_at

    def waits(self, *, now: datetime) -> bool:
        """Whether somebody may still confirm it."""
        return self.state == "asked" and now < self.lapses_at


async def check_may(db: Connection, by: Account) -> None:
    """Whether somebody's role lets them ask for it, confirm it and see which there were. Raises NotAllowed."""
    login = (await logins.of_many(db, [by.id])).get(by.id)
    if login is None or login.state != "active" or not may_here(login.role, "read in an emergency"):
        raise NotAllowed("Only admins of this instance may do this.")


async def ask(
    db: Connection, by: Account, group: Account, reason: str, *, durations: Durations, now: datetime
) -> Access:
    """An admin wants to read what is for a group's members only. Where there are other admins, one must confirm it.

    Raises NotAllowed (a report in this group is about them, and nobody else can decide), Invalid (no such group, no
    reason, nothing that they cannot read anyway), Conflict (they have asked already).
    """
    await check_may(db, by)
    await _check_group(db, by, group)
    reason = cleaning.one_line(reason, LONGEST_REASON)
    if not reason:
        raise Invalid("Please give a reason: the members of the group are told it.", field="reason")
    is_alone = not await others(db, by.id)
    if is_alone and await _is_reported(db, group.id, by.id):
        raise NotAllowed("A report in this group is about you, and there is no second admin who could confirm this.")
    row = await db.fetchrow(
        f"""
        INSERT INTO emergency_access (id, group_id, reader_id, reason, state, asked_at, lapses_at)
        VALUES ($1, $2, $3, $4, 'asked', $5, $6)
            ON CONFLICT (group_id, reader_id) WHERE state IN ('asked', 'open') DO NOTHING
     RETURNING {COLUMNS}
        """,
        ids.new(now),
        group.id,
        by.id,
        reason,
        now,
        now + durations.emergency_asked,
    )
    if row is None:
        raise Conflict("You have asked for this group already.")
    asked = Access(**row)
    await _note(db, by.id, "ask for emergency access", asked, now=now)
    if is_alone:
        return await _open(db, asked, None, durations=durations, now=now)
    await facts.record(db, facts.EmergencyAccessAsked(asked.id), now=now)
    return asked


async def confirm(db: Connection, by: Account, access_id: int, *, durations: Durations, now: datetime) -> Access:
    """A second admin lets it begin.

    Raises NotAllowed (their own, or a report in this group is about them), NotFound, Conflict (it waits no more).
    """
    asked = await find(db, by, access_id)
    if by.id == asked.reader_id:
        raise NotAllowed("Somebody else must confirm what you asked for.")
    if await _is_reported(db, asked.group_id, by.id):
        raise NotAllowed("A report in this group is about you: somebody else must decide.")
    reader = (await logins.of_many(db, [asked.reader_id])).get(asked.reader_id)
    is_reader_there = reader is not None and reader.state == "active" and may_here(reader.role, "read in an emergency")
    if not asked.waits(now=now) or not is_reader_there:
        raise Conflict("This does not wait any more.")
    return await _open(db, asked, by.id, durations=durations, now=now)


async def close(db: Connection, by: Account, access_id: int, *, now: datetime) -> Access:
    """Whoever runs the instance ends it early, declines it, or takes their own request back.

    Raises NotAllowed, NotFound, Conflict (it is over).
    """
    found = await find(db, by, access_id)
    if found.state == "open":
        return await _end(db, found, by.id, now=now)
    state: State = "withdrawn" if by.id == found.reader_id else "declined"
    act = "withdraw emergency access" if state == "withdrawn" else "decline emergency access"
    closed = await _close(db, found, state, by.id, now=now)
    await _note(db, by.id, act, closed, now=now)
    return closed


async def end_due(db: Connection, *, now: datetime) -> int:
    """End what had its time, and let lapse what nobody confirmed. Returns how many."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM emergency_access
         WHERE (state = 'asked' AND lapses_at <= $1) OR (state = 'open' AND ends_at <= $1)
      ORDER BY id
         LIMIT 100
           FOR UPDATE
        """,
        now,
    )
    for found in (Access(**row) for row in rows):
        if found.state == "open":
            await _end(db, found, None, now=now)
        else:
            await _note(
                db, None, "let emergency access lapse", await _close(db, found, "lapsed", None, now=now), now=now
            )
    return len(rows)


async def look(db: Connection, by: Account, access_id: int, post_ids: Sequence[int], *, now: datetime) -> None:
    """Write down which posts somebody is shown; the members are told how often. Raises NotAllowed, NotFound."""
    found = await to_read(db, by, access_id, now=now)
    await db.execute("UPDATE emergency_access SET looks_count = looks_count + 1 WHERE id = $1", found.id)
    await _note(db, by.id, "look in an emergency", found, {"posts": [str(each) for each in post_ids]}, now=now)


async def to_read(db: Connection, by: Account, access_id: int, *, now: datetime) -> Access:
    """The access by which somebody reads now: the one place that says so. Raises NotFound, NotAllowed."""
    found = await find(db, by, access_id)
    if not found.may_read(by.id, now=now):
        raise NotAllowed("This access is not open, or it is not yours.")
    return found


async def find(db: Connection, by: Account, access_id: int) -> Access:
    """One, for those who may know of them. Raises NotAllowed, NotFound."""
    await check_may(db, by)
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM emergency_access WHERE id = $1", access_id)
    if row is None:
        raise NotFound
    return Access(**row)


async def page(db: Connection, by: Account, *, cursor: Cursor) -> list[Access]:
    """All that there were, newest first. Raises NotAllowed."""
    await check_may(db, by)
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM emergency_access WHERE id < $1 AND id > $2 ORDER BY id {order} LIMIT $3",
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Access(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def by_id(db: Connection, access_id: int) -> Access | None:
    """One, for what follows from it."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM emergency_access WHERE id = $1", access_id)
    return Access(**row) if row else None


async def of_group(db: Connection, group_id: int, role: Role | None, *, limit: int = 100) -> list[Access]:
    """Those by which a group's threads could be read, or still can, newest first.

    `role`: what the reader is in the group; who does not read what it writes for its members learns of none.
    """
    if not may(role, "read group threads"):
        return []
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM emergency_access
         WHERE group_id = $1 AND state IN ('open', 'ended')
      ORDER BY id DESC
         LIMIT $2
        """,
        group_id,
        limit,
    )
    return [Access(**row) for row in rows]


async def waiting_count(db: Connection, me: int, *, now: datetime) -> int:
    """How many wait for somebody else to confirm them."""
    return await db.fetchval(
        "SELECT count(*) FROM emergency_access WHERE state = 'asked' AND lapses_at > $2 AND reader_id <> $1", me, now
    )


async def others(db: Connection, account_id: int) -> list[int]:
    """Who else could confirm what somebody asks for."""
    rows = await db.fetch(
        """
        SELECT login.account_id
          FROM login
          JOIN account ON account.id = login.account_id AND account.state = 'active'
         WHERE login.state = 'active' AND login.role = ANY($1::text[]) AND login.account_id <> $2
      ORDER BY login.account_id
        """,
        sorted(INSTANCE_TABLE["read in an emergency"]),
        account_id,
    )
    return [row["account_id"] for row in rows]


async def members(db: Connection, group_id: int) -> list[int]:
    """Who of ours reads what a group writes for its members."""
    rows = await db.fetch(
        """
        SELECT membership.member_id
          FROM membership
          JOIN account ON account.id = membership.member_id AND account.is_local AND account.state = 'active'
         WHERE membership.group_id = $1 AND membership.state = 'active' AND membership.role = ANY($2::text[])
      ORDER BY membership.member_id
        """,
        group_id,
        roles_that_may("read group threads"),
    )
    return [row["member_id"] for row in rows]


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what was over before a moment; the log stays."""
    await db.execute("DELETE FROM emergency_access WHERE closed_at < $1", before)


async def _check_group(db: Connection, by: Account, group: Account) -> None:
    if not group.is_group or not group.is_local:
        raise Invalid("This is no group of this instance.", field="handle")
    if may(await membership.role(db, group.id, by.id), "read group threads"):
        raise Invalid("You are a member of this group, and read all that is written there.", field="handle")
    if not await for_members.are_there(db, group.id):
        raise Invalid("Nothing in this group is for its members only: you can read all of it.", field="handle")


async def _is_reported(db: Connection, group_id: int, account_id: int) -> bool:
    """Whether an open report in a group is about somebody (the conflict rule)."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM report WHERE group_id = $1 AND target_id = $2 AND resolved_at IS NULL)",
        group_id,
        account_id,
    )


async def _open(
    db: Connection, asked: Access, confirmed_by: int | None, *, durations: Durations, now: datetime
) -> Access:
    row = await db.fetchrow(
        f"""
        UPDATE emergency_access
           SET state = 'open', confirmed_by = $2, opened_at = $3, ends_at = $4
         WHERE id = $1 AND state = 'asked'
     RETURNING {COLUMNS}
        """,
        asked.id,
        confirmed_by,
        now,
        now + durations.emergency_access,
    )
    if row is None:
        raise Conflict("This does not wait any more.")
    opened = Access(**row)
    until = {"until": opened.ends_at.isoformat() if opened.ends_at else ""}
    await _note(db, confirmed_by or opened.reader_id, "open emergency access", opened, until, now=now)
    return opened


async def _end(db: Connection, found: Access, by_id: int | None, *, now: datetime) -> Access:
    ended = await _close(db, found, "ended", by_id, now=now)
    await _note(db, by_id, "end emergency access", ended, {"looks": ended.looks_count}, now=now)
    await facts.record(db, facts.EmergencyAccessEnded(ended.id), now=now)
    return ended


async def _close(db: Connection, found: Access, state: State, by_id: int | None, *, now: datetime) -> Access:
    row = await db.fetchrow(
        f"""
        UPDATE emergency_access
           SET state = $2, closed_by = $3, closed_at = $4
         WHERE id = $1 AND state = $5 AND state IN ('asked', 'open')
     RETURNING {COLUMNS}
        """,
        found.id,
        state,
        by_id,
        now,
        found.state,
    )
    if row is None:
        raise Conflict("This is over already.")
    return Access(**row)


async def _note(
    db: Connection,
    by_id: int | None,
    act: str,
    access: Access,
    details: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Write a step into the log, under the group's name, with the reason of the access."""
    group = await lookup.by_id(db, access.group_id)
    named = group.acct if group is not None else str(access.group_id)
    said = {"access": str(access.id), "reader": str(access.reader_id), **(details or {})}
    await audit.write(db, by_id, act, named, access.reason, said, group_id=access.group_id, now=now)
