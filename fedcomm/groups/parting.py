"""Blocking people and whole servers, which also ends what was between: follows on both sides, taking part in groups.

Nothing of it is told to other servers but the ends of follows.
"""

from datetime import datetime

from fedcomm.accounts import blocks, follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import membership
from fedcomm.here import Here


async def block(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> None:
    """Block somebody, or a group, which one leaves by it.

    Raises Invalid (oneself), Conflict (the last facilitator of the group).
    """
    await blocks.put_block(db, by.id, target.id, now=now)
    await _end(db, here, by, target, now=now)


async def block_domain(db: Connection, here: Here, by: Account, domain: str, *, now: datetime) -> None:
    """Hide a whole server. Raises Invalid (not a domain, or ours)."""
    name = blocks.checked_domain(domain)
    if name in (here.domain, here.authority):
        raise Invalid("This is the server you are on.", field="domain")
    await blocks.put_domain_block(db, by.id, name, now=now)
    following, followers = await follows.with_domain(db, by.id, name)
    others = await lookup.by_ids(db, {*following, *followers})
    for account_id in sorted(others):
        await _end(db, here, by, others[account_id], now=now)


async def _end(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> None:
    await membership.leave_or_unfollow(db, here, by, target, now=now)
    await follows.refuse(db, here, by, target.id, now=now)
