"""People and groups that move: ours leave with their followers, and follow along others (federation.md 1.9, 4.3).

What a group wrote stays where it is; it is read there, and written in no more.
"""

from datetime import datetime

from fedcomm import audit, facts, permissions
from fedcomm.accounts import follows, lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.here import Here
from fedcomm.jobs.work import Work

AT_ONCE = 50


async def move_out(
    db: Connection, here: Here, by: Account, account: Account, target: Account, *, now: datetime
) -> None:
    """One of ours goes to another account with their followers; of a group, somebody who may change it decides so.

    Raises NotAllowed, Invalid (see `accounts.moving.note`).
    """
    await check_may(db, by, account)
    await moving.note(db, account, target, now=now)
    if account.is_group:
        await db.execute("UPDATE group_profile SET state = 'moved' WHERE account_id = $1", account.id)
        await audit.write(db, by.id, "move group", target.acct, group_id=account.id, now=now)
    await facts.record(db, facts.AccountChanged(account.id), now=now)


async def come_back(db: Connection, here: Here, by: Account, account: Account, *, now: datetime) -> None:
    """They are here again. Raises NotAllowed."""
    await check_may(db, by, account)
    await moving.come_back(db, account, now=now)
    if account.is_group:
        await db.execute(
            "UPDATE group_profile SET state = 'active' WHERE account_id = $1 AND state = 'moved'", account.id
        )


async def check_may(db: Connection, by: Account, account: Account) -> None:
    """Whether somebody decides where an account of ours lives: their own, or that of their group. Raises NotAllowed."""
    if account.is_local and by.id == account.id:
        return
    role = await membership.role(db, account.id, by.id) if account.is_local and account.is_group else None
    if role is None or not permissions.may(role, "change group"):
        raise NotAllowed("Only a facilitator of the group may do this.")


async def follow_along(work: Work, fact: facts.AccountMoved) -> None:
    """Ours who followed the old account, or were in the old group, follow the new one, some at a time."""
    async with work.transaction() as db:
        people = await lookup.by_ids(db, {fact.account_id, fact.target_id})
        old, target = people[fact.account_id], people[fact.target_id]
        page = await follows.by_ours(db, old.id, above=fact.above, limit=AT_ONCE)
        followers = await lookup.by_ids(db, [each.follower_id for each in page])
        for each in page:
            await _one(db, work.here, followers[each.follower_id], old, target, each, now=work.now)
        if len(page) == AT_ONCE:
            await facts.record(db, facts.AccountMoved(old.id, target.id, page[-1].id), now=work.now)


async def _one(
    db: Connection, here: Here, who: Account, old: Account, target: Account, follow: follows.Follow, *, now: datetime
) -> None:
    """Who may not follow the new account follows neither; who is needed in the old group stays there."""
    if who.id != target.id:
        try:
            async with db.transaction():
                await membership.follow_or_join(
                    db,
                    here,
                    who,
                    target,
                    now=now,
                    show_boosts=follow.show_boosts,
                    notify=follow.notify,
                    languages=follow.languages,
                )
        except (NotAllowed, NotFound, Invalid):
            pass
    try:
        async with db.transaction():
            await membership.leave_or_unfollow(db, here, who, old, now=now)
    except Conflict:
        pass
