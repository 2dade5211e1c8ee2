"""Links that let somebody in: on the instance, and into groups of those who invite (product 23; S160, S167; D26, D82).

A link gives no role above that of a member. It is worth what its maker may do when it is used: who was suspended, or
looks after a group no longer, invites nobody there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from fedcomm import audit, ids
from fedcomm.accounts import logins, lookup, tokens
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Gone, Invalid, NotAllowed, NotFound
from fedcomm.groups import membership, reading
from fedcomm.here import Here
from fedcomm.permissions import may, may_here
from fedcomm.text import cleaning

MOST_OPEN = 50
MOST_GROUPS = 10
MOST_USES = 10_000
LONGEST_NOTE = 200
LONGEST_CODE = 200
LIFETIME = timedelta(days=30)
LONGEST_LIFETIME = timedelta(days=365)

COLUMNS = "id, by_id, group_ids, note, most_uses, uses, created_at, expires_at, withdrawn_at, mailed_to"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets somebody in. `most_uses` is None: as many as like."""

    id: int
    by_id: int
    group_ids: list[int]
    note: str
    most_uses: int | None
    uses: int
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    mailed_to: str | None = None
    """To whom it was mailed, until they came."""

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be used."""
        is_used_up = self.most_uses is not None and self.uses >= self.most_uses
        return self.withdrawn_at is None and self.expires_at > now and not is_used_up


async def may_invite_here(db: Connection, person: Account) -> bool:
    """Whether somebody may invite to the instance as such."""
    found = (await logins.of_many(db, [person.id])).get(person.id)
    return found is not None and may_here(found.role, "invite people")


async def groups_to_invite_to(db: Connection, person: Account) -> list[Account]:
    """The groups of ours into which somebody may invite."""
    joined = [each for each in await reading.joined(db, person.id) if each.is_local]
    mine = await membership.of_member(db, person.id, [each.id for each in joined])
    return [each for each in joined if each.id in mine and _may(mine[each.id])]


def _may(mine: membership.Membership) -> bool:
    return mine.state == "active" and may(mine.role, "invite people")


async def make(
    db: Connection,
    by: Account,
    *,
    group_ids: Collection[int] = (),
    note: str = "",
    most_uses: int | None = None,
    lasts: timedelta = LIFETIME,
    now: datetime,
) -> tuple[Invitation, str]:
    """A new link, and its code, which is shown once. Raises NotAllowed, Invalid."""
    wanted = list(dict.fromkeys(group_ids))
    allowed = {each.id for each in await groups_to_invite_to(db, by)}
    if not set(wanted) <= allowed:
        raise NotAllowed("Only a facilitator of the group may do this.")
    if not wanted and not await may_invite_here(db, by):
        raise NotAllowed("Choose a group that you look after.")
    if len(wanted) > MOST_GROUPS:
        raise Invalid("An invitation is for at most %(n)s groups.", n=MOST_GROUPS, field="groups")
    if most_uses is not None and not 1 <= most_uses <= MOST_USES:
        raise Invalid("Please say how many people may use it.", field="uses")
    if not timedelta(minutes=1) <= lasts <= LONGEST_LIFETIME:
        raise Invalid("An invitation lasts a year at most.", field="lasts")
    if sum(each.is_open(now) for each in await of(db, by.id)) >= MOST_OPEN:
        raise Invalid("You have %(n)s open invitations. Withdraw one first.", n=MOST_OPEN)
    code = tokens.new()
    row = await db.fetchrow(
        f"""
        INSERT INTO invitation (id, code_hash, by_id, group_ids, note, most_uses, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        tokens.digest(code),
        by.id,
        wanted,
        cleaning.one_line(note, LONGEST_NOTE),
        most_uses,
        now,
        now + lasts,
    )
    assert row is not None
    made = Invitation(**row)
    await audit.write(db, by.id, "make invitation", str(made.id), details={"groups": wanted}, now=now)
    return made, code


async def of(db: Connection, account_id: int, *, limit: int = 200) -> list[Invitation]:
    """The links somebody made, the last first."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM invitation WHERE by_id = $1 ORDER BY id DESC LIMIT $2", account_id, limit
    )
    return [Invitation(**row) for row in rows]


async def page(db: Connection, *, only_open: bool, cursor: Cursor, now: datetime) -> list[Invitation]:
    """A page of everybody's links, the last first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM invitation
         WHERE id < $1 AND id > $2
           AND (NOT $4 OR (withdrawn_at IS NULL AND expires_at > $5 AND (most_uses IS NULL OR uses < most_uses)))
      ORDER BY id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        only_open,
        now,
    )
    return sorted((Invitation(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def who_came(db: Connection, invitation_ids: Sequence[int], *, most: int = 500) -> dict[int, list[int]]:
    """Who came in by each of these links, the first ones."""
    rows = await db.fetch(
        """
        SELECT invitation_id, account_id
          FROM invited
         WHERE invitation_id = ANY($1::bigint[])
      ORDER BY invited_at, account_id
         LIMIT $2
        """,
        list(invitation_ids),
        most,
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row["invitation_id"], []).append(row["account_id"])
    return found


async def revoke(db: Connection, by_id: int, invitation_id: int, *, now: datetime) -> None:
    """An admin: somebody's link lets nobody in any more. Twice is once. Raises NotFound."""
    found = await db.fetchval(
        """
        UPDATE invitation
           SET withdrawn_at = COALESCE(withdrawn_at, $2), mailed_to = NULL
         WHERE id = $1
        RETURNING by_id
        """,
        invitation_id,
        now,
    )
    if found is None:
        raise NotFound("There is no such invitation.")
    await audit.write(db, by_id, "revoke invitation", str(invitation_id), details={"of": str(found)}, now=now)


async def withdraw_all(db: Connection, *, now: datetime) -> int:
    """Nobody gets in by any link that was made until now (C16). How many were open."""
    rows = await db.fetch(
        "UPDATE invitation SET withdrawn_at = $1 WHERE withdrawn_at IS NULL AND expires_at > $1 RETURNING id", now
    )
    return len(rows)


async def withdraw(db: Connection, by: Account, invitation_id: int, *, now: datetime) -> None:
    """A link lets nobody in any more. Twice is once. Raises NotFound, also for those of others (S097)."""
    found = await db.fetchval(
        """
        UPDATE invitation
           SET withdrawn_at = COALESCE(withdrawn_at, $3), mailed_to = NULL
         WHERE id = $1 AND by_id = $2
        RETURNING true
        """,
        invitation_id,
        by.id,
        now,
    )
    if not found:
        raise NotFound("There is no such invitation.")
    await audit.write(db, by.id, "withdraw invitation", str(invitation_id), now=now)


async def open_by(db: Connection, code: str, *, now: datetime) -> Invitation:
    """What a code lets one into now: groups into which its maker may invite no longer are left out.

    Raises NotFound (there never was one), Gone (used, expired, withdrawn, or its maker may invite no more).
    """
    row = None
    if len(code) <= LONGEST_CODE:
        row = await db.fetchrow(
            f"""
            SELECT {COLUMNS}
              FROM invitation
             WHERE code_hash = $1 OR id = (SELECT invitation_id FROM mailed_code WHERE code_hash = $1)
            """,
            tokens.digest(code),
        )
    if row is None:
        raise NotFound("There is no such invitation.")
    found = Invitation(**row)
    by = await lookup.by_id(db, found.by_id)
    if by is None or by.state != "active" or not found.is_open(now):
        raise Gone("This invitation does not work any more.")
    allowed = {each.id for each in await groups_to_invite_to(db, by)}
    kept = [each for each in found.group_ids if each in allowed]
    if not kept and not await may_invite_here(db, by):
        raise Gone("This invitation does not work any more.")
    return msgspec.structs.replace(found, group_ids=kept)


async def accept(
    db: Connection, here: Here, found: Invitation, person: Account, *, is_new: bool = False, now: datetime
) -> list[Account]:
    """Somebody comes in by a link, for whom it is used once; the groups they are in now.

    Who was put out of a group stays out. Raises Gone (others were faster).
    """
    first = await db.fetchval(
        """
        INSERT INTO invited (account_id, invitation_id, is_new, invited_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        person.id,
        found.id,
        is_new,
        now,
    )
    if first:
        counted = await db.fetchval(
            """
            UPDATE invitation
               SET uses = uses + 1, mailed_to = NULL
             WHERE id = $1 AND withdrawn_at IS NULL AND expires_at > $2 AND (most_uses IS NULL OR uses < most_uses)
            RETURNING true
            """,
            found.id,
            now,
        )
        if not counted:
            raise Gone("This invitation does not work any more.")
    groups = await lookup.by_ids(db, found.group_ids)
    joined: list[Account] = []
    for group_id in found.group_ids:
        if group_id in groups and await _let_in(db, here, person, groups[group_id], now=now):
            joined.append(groups[group_id])
    return joined


async def _let_in(db: Connection, here: Here, person: Account, group: Account, *, now: datetime) -> bool:
    try:
        await membership.join(db, here, person, group, how="invite", now=now)
    except (NotAllowed, NotFound):  # they were put out of it, or it is no more
        return False
    return True


async def inviters(db: Connection, account_ids: Sequence[int]) -> dict[int, int]:
    """With whose invitations these accounts were made, by account."""
    rows = await db.fetch(
        """
        SELECT invited.account_id, invitation.by_id
          FROM invited
          JOIN invitation ON invitation.id = invited.invitation_id
         WHERE invited.account_id = ANY($1::bigint[]) AND invited.is_new
        """,
        list(account_ids),
    )
    return {row["account_id"]: row["by_id"] for row in rows}
