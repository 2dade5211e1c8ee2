"""Leaving an instance for good: the account ends, other servers are told, and what was written goes (product 24; S108).

The row stays with its handle, which nobody gets again; its address answers 410. First nobody can sign in, then those
who know the account are told, then posts and follows go, some at a time.
"""

from datetime import datetime

from fedcomm import facts
from fedcomm.accounts import collections, follows, lookup, signup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.groups import membership
from fedcomm.here import Here
from fedcomm.jobs.work import Work
from fedcomm.threads import posting, reading

AT_ONCE = 50


async def leave_for_good(db: Connection, here: Here, person: Account, *, now: datetime) -> None:
    """End an account of ours. Raises Invalid (a group), Conflict (the last facilitator of a group)."""
    if not person.is_local or person.kind != "person":
        raise Invalid("Only people of this instance can leave it.")
    if await membership.is_needed_somewhere(db, person.id):
        raise Conflict("You are the last facilitator of a group. Appoint another one before you leave.")
    await signup.erase(db, person.id, now=now)
    await collections.forget(db, person.id, now=now)
    await facts.record(db, facts.AccountDeleted(person.id), now=now)


async def empty(work: Work, fact: facts.AccountToldGone) -> None:
    """What somebody wrote goes, then whom they followed and who followed them; some at a time."""
    async with work.transaction() as db:
        account = await lookup.by_id(db, fact.account_id)
        if account is None or account.state != "deleted":
            return
        post_ids = await reading.ids_by(db, account.id, limit=AT_ONCE)
        for post_id in post_ids:
            await posting.delete(db, work.here, account, post_id, now=work.now)
        ended = (await follows.concerning(db, account.id))[:AT_ONCE] if not post_ids else []
        others = await lookup.by_ids(
            db, [each.followee_id if each.follower_id == account.id else each.follower_id for each in ended]
        )
        for each in ended:
            await _end(db, work.here, account, others, each, now=work.now)
        if post_ids or ended:
            await facts.record(db, fact, now=work.now)


async def _end(
    db: Connection, here: Here, account: Account, others: dict[int, Account], follow: follows.Follow, *, now: datetime
) -> None:
    """One follow on either side; nobody is told of each, they know that the account is gone."""
    if follow.follower_id != account.id:
        await membership.receive_undo(db, here, others[follow.follower_id], account, now=now)
        return
    target = others[follow.followee_id]
    if target.is_local:
        await membership.receive_undo(db, here, account, target, now=now)
    else:
        await membership.receive_reject(db, here, account, target, now=now)
