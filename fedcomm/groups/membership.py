"""Joining and leaving groups, and who may do what there. A Follow of a group is a request to join it (D24).

A group or an application that follows a group merely reads it; everybody else becomes a member.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fedcomm import audit, facts, permissions
from fedcomm.accounts import follows, lookup, oauth
from fedcomm.accounts.follows import Follow
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import neighbours, reading
from fedcomm.groups.model import ROLES, GroupProfile, Membership, MembershipState, Role
from fedcomm.here import Here

How = Literal["roster", "invite", "request", "follow", "creator", "command"]

READERS_ONLY = ("group", "application")

CARERS = ("facilitator", "moderator")
"""Who stands in the collection of a group's moderators."""

COLUMNS = "group_id, member_id, role, state, how, created_at, updated_at, paused_until"
_FOUND = ", ".join(f"found.{name}" for name in COLUMNS.split(", "))


async def follow_or_join(
    db: Connection,
    here: Here,
    by: Account,
    target: Account,
    *,
    now: datetime,
    show_boosts: bool | None = None,
    notify: bool | None = None,
    languages: Sequence[str] | None = None,
) -> Follow:
    """What "follow" in a client app means: join a group, follow anybody else. Raises Invalid, NotAllowed, NotFound."""
    how: follows.FollowState | None = None
    if reading.is_ours(by):
        await neighbours.check_possible(db, by, target)
    if target.is_group:
        how = await _enter(db, by, target, how="follow", now=now)
    return await follows.follow(
        db,
        here,
        by,
        target,
        now=now,
        show_boosts=show_boosts,
        notify=notify,
        languages=languages,
        state=how,
    )


async def leave_or_unfollow(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> bool:
    """What "unfollow" in a client app means. False = there was nothing to end. Raises Conflict (last facilitator)."""
    if target.is_group:
        return await leave(db, here, by, target, now=now)
    return await follows.unfollow(db, here, by, target, now=now)


async def join(
    db: Connection, here: Here, person: Account, group: Account, *, how: How = "follow", now: datetime
) -> Follow:
    """One of ours joins a group, ours or another server's. Joining twice changes nothing.

    Raises Invalid (not a group), NotAllowed (by invitation, removed before), NotFound (the group is gone).
    """
    if not group.is_group:
        raise Invalid("This is not a group.")
    state = await _enter(db, person, group, how=how, now=now)
    return await follows.follow(db, here, person, group, now=now, state=state)


async def leave(db: Connection, here: Here, person: Account, group: Account, *, now: datetime) -> bool:
    """One of ours leaves a group, or takes the question back. False = there was nothing to end.

    Raises Conflict: the last facilitator names another first.
    """
    if group.is_local and await _is_last_facilitator(db, group.id, person.id):
        raise Conflict("You are the last facilitator of this group. Appoint another one before you leave.")
    ended = await follows.unfollow(db, here, person, group, now=now)
    if ended:
        await _note_unfollowed(db, person, group, now=now)
    return await _end(db, group.id, person.id, "left", now=now) or ended


async def receive_follow(
    db: Connection,
    here: Here,
    follower: Account,
    target: Account,
    uri: str | None,
    *,
    is_join: bool = False,
    now: datetime,
) -> Follow | None:
    """Somebody elsewhere follows one of ours; if that is a group, joins it. `is_join`: they said it so.

    None: nothing came of it. Where the group does not take them they are told by a refusal.
    """
    if not reading.is_ours(target):
        return await follows.receive_follow(db, here, follower, target, uri, now=now)
    try:
        state = await _enter(db, follower, target, how="follow", now=now)
    except (NotAllowed, NotFound):
        await facts.record(db, facts.FollowRefused(follower.id, target.id, uri or ""), now=now)
        return None
    made = await follows.receive_follow(db, here, follower, target, uri, now=now, state=state, is_join=is_join)
    if made is None:
        await _end(db, target.id, follower.id, "left", now=now)
    return made


async def receive_undo(
    db: Connection, here: Here, follower: Account, target: Account, uri: str | None = None, *, now: datetime
) -> bool:
    """Somebody elsewhere stops following one of ours; if that is a group, leaves it."""
    ended = await follows.receive_undo(db, here, follower, target, uri, now=now)
    if ended:
        await _note_unfollowed(db, follower, target, now=now)
    if reading.is_ours(target) and not await _is_last_facilitator(db, target.id, follower.id):
        return await _end(db, target.id, follower.id, "left", now=now) or ended
    return ended


async def receive_accept(
    db: Connection, here: Here, follower: Account, target: Account, *, now: datetime
) -> Follow | None:
    """An account elsewhere accepts one of ours as follower, a group as member. None: nobody had asked (S039)."""
    accepted = await follows.receive_accept(db, here, follower, target, now=now)
    if accepted is not None and target.is_group and follower.kind not in READERS_ONLY:
        await _put(db, target.id, follower.id, "active", how="follow", now=now)
    return accepted


async def receive_reject(db: Connection, here: Here, follower: Account, target: Account, *, now: datetime) -> bool:
    """An account elsewhere refuses one of ours, or ends it later. False = there was nothing."""
    ended = await follows.receive_reject(db, here, follower, target, now=now)
    if ended:
        await _note_unfollowed(db, follower, target, now=now)
    if target.is_group and not target.is_local:
        await _end(db, target.id, follower.id, "left", now=now)
    return ended


async def admit(db: Connection, here: Here, by: Account, group: Account, person_id: int, *, now: datetime) -> Follow:
    """A facilitator lets somebody in who has asked. Raises NotAllowed, NotFound (nobody asked)."""
    await _check_may(db, by, group, "admit members")
    accepted = await follows.accept(db, here, group, person_id, now=now)
    person = await lookup.by_id(db, person_id)
    if person is not None and person.kind not in READERS_ONLY:
        await _put(db, group.id, person_id, "active", how="request", now=now)
    return accepted


async def turn_away(db: Connection, here: Here, by: Account, group: Account, person_id: int, *, now: datetime) -> bool:
    """A facilitator refuses somebody who has asked. Raises NotAllowed."""
    await _check_may(db, by, group, "admit members")
    if await _is_last_facilitator(db, group.id, person_id):
        raise Conflict("The last facilitator of a group cannot be removed.")
    refused = await follows.refuse(db, here, group, person_id, now=now)
    person = await lookup.by_id(db, person_id) if refused else None
    if person is not None:
        await _note_unfollowed(db, person, group, now=now)
    await _end(db, group.id, person_id, "left", now=now)
    return refused


async def accept_or_admit(db: Connection, here: Here, by: Account, person_id: int, *, now: datetime) -> None:
    """What letting a follower in means in a client app: for a group, that they join. Raises NotFound (nobody asked)."""
    if by.is_group:
        await admit(db, here, by, by, person_id, now=now)
    else:
        await follows.accept(db, here, by, person_id, now=now)


async def refuse_or_turn_away(db: Connection, here: Here, by: Account, person_id: int, *, now: datetime) -> None:
    """What refusing or removing a follower means in a client app. Raises Conflict (last facilitator)."""
    if by.is_group:
        await turn_away(db, here, by, by, person_id, now=now)
    else:
        await follows.refuse(db, here, by, person_id, now=now)


async def remove(db: Connection, here: Here, by: Account, group: Account, person_id: int, *, now: datetime) -> None:
    """A facilitator puts somebody out, who cannot come back by themselves. Raises NotAllowed, Conflict."""
    await _check_may(db, by, group, "admit members")
    if await _is_last_facilitator(db, group.id, person_id):
        raise Conflict("The last facilitator of a group cannot be removed.")
    await follows.refuse(db, here, group, person_id, now=now)
    await put_out(db, group.id, person_id, now=now)
    await audit.write(db, by.id, "put out of the group", str(person_id), group_id=group.id, now=now)


async def put_out(db: Connection, group_id: int, person_id: int, *, now: datetime) -> None:
    """Write down that somebody, member or not, is out of a group and cannot come back by themselves."""
    await _note_resignation(db, group_id, person_id, now=now)
    await db.execute(
        """
        INSERT INTO membership (group_id, member_id, role, state, how, created_at, updated_at)
        VALUES ($1, $2, 'member', 'removed', 'command', $3, $3)
            ON CONFLICT (group_id, member_id) DO UPDATE
           SET state = 'removed', role = 'member', updated_at = $3
        """,
        group_id,
        person_id,
        now,
    )
    await oauth.revoke_acting(db, group_id, person_id)


async def let_back(db: Connection, group_id: int, person_id: int, *, now: datetime) -> bool:
    """Who was put out of a group may ask again. False: nobody had put them out."""
    found = await db.fetchval(
        """
        UPDATE membership
           SET state = 'left', updated_at = $3
         WHERE group_id = $1 AND member_id = $2 AND state = 'removed'
        RETURNING true
        """,
        group_id,
        person_id,
        now,
    )
    return bool(found)


async def check_not_last_facilitator(db: Connection, group_id: int, person_id: int) -> None:
    """Whether a group would keep a facilitator without somebody. Raises Conflict."""
    if await _is_last_facilitator(db, group_id, person_id):
        raise Conflict("The last facilitator of a group cannot be removed.")


async def appoint(db: Connection, by: Account, group: Account, person_id: int, role: Role, *, now: datetime) -> None:
    """A facilitator gives a member another role. Raises NotAllowed, NotFound (no member), Conflict (the last one)."""
    await _check_may(db, by, group, "appoint roles")
    await appoint_by_command(db, group, person_id, role, by_id=by.id, now=now)


async def appoint_by_command(
    db: Connection, group: Account, person_id: int, role: Role, *, by_id: int | None = None, now: datetime
) -> None:
    """Give a member of a group another role, for who runs the instance. Raises NotFound, Conflict (the last one)."""
    if role != "facilitator" and await _is_last_facilitator(db, group.id, person_id):
        raise Conflict("A group needs a facilitator. Appoint another one first.")
    before = await db.fetchval(
        """
        UPDATE membership
           SET role = $3, updated_at = $4
          FROM (SELECT role FROM membership WHERE group_id = $1 AND member_id = $2 FOR UPDATE) before
         WHERE group_id = $1 AND member_id = $2 AND state = 'active'
        RETURNING before.role
        """,
        group.id,
        person_id,
        role,
        now,
    )
    if before is None:
        raise NotFound("There is no such member.")
    if before != role:
        details = {"from": before, "to": role}
        await audit.write(db, by_id, "appoint", str(person_id), details=details, group_id=group.id, now=now)
    if (before in CARERS) != (role in CARERS):
        changed = facts.ModeratorChanged(person_id, group.id, by_id or group.id, role in CARERS)
        await facts.record(db, changed, now=now)
    if not permissions.may(role, "act as group"):
        await oauth.revoke_acting(db, group.id, person_id)


async def role(db: Connection, group_id: int, account_id: int | None) -> Role | None:
    """What somebody is in a group now; None = not an active member."""
    if account_id is None:
        return None
    return await db.fetchval(
        "SELECT role FROM membership WHERE group_id = $1 AND member_id = $2 AND state = 'active'", group_id, account_id
    )


async def find(db: Connection, group_id: int, account_id: int) -> Membership | None:
    """The membership of somebody in a group, whatever its state."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM membership WHERE group_id = $1 AND member_id = $2", group_id, account_id
    )
    return Membership(**row) if row else None


async def of_member(db: Connection, account_id: int, group_ids: Sequence[int]) -> dict[int, Membership]:
    """How somebody stands to each of these groups, by group; those they have nothing to do with are left out."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM membership WHERE member_id = $1 AND group_id = ANY($2::bigint[])",
        account_id,
        list(group_ids),
    )
    return {row["group_id"]: Membership(**row) for row in rows}


async def members(
    db: Connection,
    group_id: int,
    *,
    roles: Sequence[Role] = ROLES,
    state: MembershipState = "active",
    limit: int = 1_000,
    offset: int = 0,
) -> list[Membership]:
    """Who takes part in a group, facilitators first, then by the time they came."""
    rows = await db.fetch(
        f"""
        SELECT {_FOUND}
          FROM unnest($3::text[]) WITH ORDINALITY AS wanted (role, place)
    CROSS JOIN LATERAL (SELECT *
                          FROM membership
                         WHERE group_id = $1
                           AND state = $2
                           AND membership.role = wanted.role
                      ORDER BY created_at, member_id
                         LIMIT $4) found
      ORDER BY wanted.place, found.created_at, found.member_id
         LIMIT $5
        OFFSET $6
        """,
        group_id,
        state,
        [each for each in ROLES if each in roles],
        limit + offset,
        limit,
        offset,
    )
    return [Membership(**row) for row in rows]


async def _enter(db: Connection, person: Account, group: Account, *, how: How, now: datetime) -> follows.FollowState:
    """Write the membership that a Follow of a group asks for; the state that its follow gets."""
    if group.state != "active":
        raise NotFound("There is no such group.")
    if not group.is_local:
        if person.kind not in READERS_ONLY:
            await _put(db, group.id, person.id, "requested", how=how, now=now)
        return "requested"
    profile = await reading.profile(db, group.id)
    if profile is None or profile.state in ("draft", "closed", "moved"):
        raise NotFound("There is no such group.")
    present = await find(db, group.id, person.id)
    if present is not None and present.state == "removed":
        raise NotAllowed("You were removed from this group.")
    is_expected = how in ("creator", "command", "roster", "invite") or (
        present is not None and present.state in ("invited", "active")
    )
    if person.kind in READERS_ONLY:
        return _reading(profile)
    if profile.join_rule in ("invite", "verified companies", "roster list") and not is_expected:
        raise NotAllowed("This group can be joined by invitation only.")
    admitted = is_expected or profile.join_rule == "open"
    await _put(db, group.id, person.id, "active" if admitted else "requested", how=how, now=now)
    return "accepted" if admitted else "requested"


def _reading(profile: GroupProfile) -> follows.FollowState:
    """Who merely reads gets what is public: at once where anybody may join, else if somebody says so (FEP-d36d)."""
    if profile.visibility == "hidden":
        raise NotFound("There is no such group.")
    return "accepted" if profile.join_rule == "open" else "requested"


async def _put(
    db: Connection, group_id: int, member_id: int, state: MembershipState, *, how: How, now: datetime
) -> None:
    """Make or renew a membership. Who is active stays so; who was removed stays so until somebody invites them."""
    await db.execute(
        """
        INSERT INTO membership (group_id, member_id, role, state, how, created_at, updated_at)
        VALUES ($1, $2, CASE WHEN $4 = 'creator' THEN 'facilitator' ELSE 'member' END, $3, $4, $5, $5)
            ON CONFLICT (group_id, member_id) DO UPDATE
           SET state = excluded.state,
               how = CASE WHEN membership.state = 'requested' THEN membership.how ELSE excluded.how END,
               updated_at = excluded.updated_at
         WHERE membership.state NOT IN ('active', 'removed', 'paused')
            OR (membership.state <> 'active' AND $4 IN ('command', 'invite'))
        """,
        group_id,
        member_id,
        state,
        how,
        now,
    )


async def _note_unfollowed(db: Connection, group: Account, target: Account, *, now: datetime) -> None:
    """A group of ours follows another no longer, whoever ended it: what it showed for that goes."""
    if reading.is_ours(group):
        await facts.record(db, facts.GroupUnfollowed(group.id, target.id), now=now)


async def _note_resignation(db: Connection, group_id: int, member_id: int, *, now: datetime) -> None:
    """Who looked after a group does so no longer when they are out of it."""
    if await role(db, group_id, member_id) in CARERS:
        await facts.record(db, facts.ModeratorChanged(member_id, group_id, group_id, False), now=now)


async def _end(db: Connection, group_id: int, member_id: int, state: MembershipState, *, now: datetime) -> bool:
    await _note_resignation(db, group_id, member_id, now=now)
    ended = await db.fetchval(
        """
        UPDATE membership
           SET state = $3, role = 'member', updated_at = $4
         WHERE group_id = $1 AND member_id = $2 AND state IN ('invited', 'requested', 'active', 'paused')
        RETURNING true
        """,
        group_id,
        member_id,
        state,
        now,
    )
    if ended:
        await oauth.revoke_acting(db, group_id, member_id)
    return bool(ended)


async def is_needed_somewhere(db: Connection, person_id: int) -> bool:
    """Whether somebody is the last facilitator of a group that others are in."""
    rows = await db.fetch(
        """
        SELECT m.group_id
          FROM membership m
          JOIN account g ON g.id = m.group_id AND g.is_local AND g.state = 'active'
         WHERE m.member_id = $1 AND m.role = 'facilitator' AND m.state = 'active'
           AND EXISTS (SELECT
                         FROM membership other
                        WHERE other.group_id = m.group_id AND other.member_id <> $1 AND other.state = 'active')
        """,
        person_id,
    )
    return any([await _is_last_facilitator(db, row["group_id"], person_id) for row in rows])


async def _is_last_facilitator(db: Connection, group_id: int, member_id: int) -> bool:
    """Locks the facilitators, so that two cannot leave at once and each take the other for the last."""
    rows = await db.fetch(
        """
        SELECT member_id
          FROM membership
         WHERE group_id = $1 AND role = 'facilitator' AND state = 'active'
      ORDER BY member_id
           FOR UPDATE
        """,
        group_id,
    )
    return [row["member_id"] for row in rows] == [member_id]


async def _check_may(db: Connection, by: Account, group: Account, action: permissions.Action) -> None:
    """A group may do all of it itself: somebody acts as it who was asked for their role (`groups.acting`)."""
    if not reading.is_ours(group) or not (
        by.id == group.id or permissions.may(await role(db, group.id, by.id), action)
    ):
        raise NotAllowed("Only a facilitator of the group may do this.")
