"""Groups that follow groups: their people see what the other one announces (FEP-d36d; federation.md 2.4).

The one that follows is no member of the other and speaks in no thread there; what it shows is shown here only, never
announced again, so that nothing goes round in circles (`threads/showing_along.py`). Who may change a group decides whom
it follows; who may admit members, which groups follow it.
"""

from datetime import datetime

from fedcomm import audit, permissions
from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.groups import membership, neighbours, reading
from fedcomm.here import Here


async def check_may(db: Connection, by: Account, group: Account) -> None:
    """Whether somebody decides whom a group of ours follows. Raises NotAllowed."""
    if not reading.is_ours(group) or not (
        by.id == group.id or permissions.may(await membership.role(db, group.id, by.id), "change group")
    ):
        raise NotAllowed("Only a facilitator of the group may do this.")


async def follow(
    db: Connection, here: Here, by: Account, group: Account, target: Account, *, now: datetime
) -> follows.Follow:
    """A group of ours follows another one, here or elsewhere; twice is once. Raises NotAllowed, Invalid, NotFound."""
    await check_may(db, by, group)
    await neighbours.check_possible(db, group, target)
    if not await reading.may_know_of(db, target.id, by.id):
        raise NotFound("There is no such group.")
    before = await follows.find(db, group.id, target.id)
    made = await membership.follow_or_join(db, here, group, target, now=now)
    if before is None:
        await audit.write(db, by.id, "follow group", target.acct, group_id=group.id, now=now)
    return made


async def unfollow(db: Connection, here: Here, by: Account, group: Account, target: Account, *, now: datetime) -> bool:
    """It follows no longer, and no longer shows what it showed for that. Raises NotAllowed. False: it did not."""
    await check_may(db, by, group)
    ended = await membership.leave_or_unfollow(db, here, group, target, now=now)
    if ended:
        await audit.write(db, by.id, "unfollow group", target.acct, group_id=group.id, now=now)
    return ended
