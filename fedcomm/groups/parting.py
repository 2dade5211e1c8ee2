"""Blocking people and whole servers, which also ends what was between: follows on both sides, taking part in groups.

Who is blocked elsewhere is told so, for their server to keep to it, as others tell us; that a whole server is hidden
stays here. A group that blocks somebody puts them out (`banning.py`).
"""

from datetime import datetime

from fedcomm import facts, tombstones
from fedcomm.accounts import blocks, follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import banning, membership
from fedcomm.here import Here


async def block(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> None:
    """Block somebody, or a group, which one leaves by it. A group of ours that blocks somebody puts them out.

    Raises Invalid (oneself), Conflict (the last facilitator of the group).
    """
    made = await blocks.put_block(db, by.id, target.id, now=now)
    if by.is_group and not target.is_group:
        await banning.ban(db, here, by, by, target, now=now)
        return
    await _end(db, here, by, target, now=now)
    if made is not None and not target.is_local and not target.is_group:
        await facts.record(db, facts.AccountBlocked(by.id, target.id, here.activity_uri(made)), now=now)


async def unblock(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> None:
    """Take a block back; nothing happens if there was none."""
    gone = await blocks.take_back(db, by.id, target_id=target.id)
    if gone is None:
        return
    if by.is_group and not target.is_group:
        await banning.lift(db, here, by, by, target.id, now=now)
    elif not target.is_local and not target.is_group:
        await facts.record(db, facts.AccountUnblocked(by.id, target.id, here.activity_uri(gone)), now=now)


async def receive_block(
    db: Connection, here: Here, by: Account, target: Account, uri: str | None, *, now: datetime
) -> bool:
    """Somebody elsewhere blocks one of ours: neither follows the other any more. False: its Undo was here (R021)."""
    if uri is not None and await tombstones.keeps_away(db, uri, by.uri, now=now):
        return False
    await blocks.put_block(db, by.id, target.id, uri=uri, now=now)
    await membership.receive_undo(db, here, by, target, now=now)
    await membership.receive_reject(db, here, target, by, now=now)
    return True


async def receive_unblock(
    db: Connection, by: Account, target_id: int | None, uri: str | None, *, now: datetime
) -> bool:
    """Somebody elsewhere takes a block back, perhaps before it was here. False: there was none."""
    if uri is not None:
        await tombstones.remember(db, uri, by.uri, now=now)
    return await blocks.take_back(db, by.id, target_id=target_id, uri=uri) is not None


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


async def part_from_gone(db: Connection, here: Here, inbox_url: str, *, now: datetime, limit: int = 1_000) -> int:
    """Who was reached at an inbox that is gone follows ours no longer. Returns how many follows ended."""
    ended = await follows.reached_at(db, inbox_url, limit=limit)
    people = await lookup.by_ids(db, {each for follow in ended for each in (follow.follower_id, follow.followee_id)})
    for follow in ended:
        await membership.receive_undo(db, here, people[follow.follower_id], people[follow.followee_id], now=now)
    return len(ended)
