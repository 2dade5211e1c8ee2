"""Blocks: between two people, and bans from groups, as Lemmy, PieFed and Mbin say them (federation.md 2.4).

A Block without `target` by a person hides two people from each other; with a group as `target`, or by a group itself,
it puts somebody out. Bans from whole other servers: `site_bans.py`.
"""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import moderators, site_bans
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.groups import banning, parting
from fedcomm.jobs.inbox_queue import Dropped
from federation.vocabulary.activities import Block


async def block(said: Hearing, activity: Block) -> None:
    """Somebody blocks one of ours, or a group puts somebody out."""
    if activity.object is None:
        raise Dropped("a Block of nobody")
    if await site_bans.is_one(said, activity):
        await site_bans.ban(said, activity)
        return
    group = await _group(said, activity)
    if group is None:
        await _between_two(said, activity.object)
        return
    by = await moderators.voice_of(said, group)
    person = await _person(said, group, activity.object)
    reason, ends_at, removes = reason_in(activity.summary), activity.ends_at, activity.remove_data
    if group.is_local:
        await banning.ban(
            said.db, said.here, by, group, person, reason=reason, ends_at=ends_at, removes_posts=removes, now=said.now
        )
    elif not await banning.receive(
        said.db,
        said.here,
        group,
        person,
        reason=reason,
        ends_at=ends_at,
        removes_posts=removes,
        uri=activity.id,
        now=said.now,
    ):
        raise Dropped("a ban that is over")


async def undo(said: Hearing, undone: Block) -> None:
    """Somebody takes a block back, or a group lets somebody come back."""
    if await site_bans.is_one(said, undone):
        await site_bans.lift(said, undone)
        return
    group = await _group(said, undone)
    if group is None:
        if not said.is_first_hand or undone.actor != said.activity.actor:
            raise Dropped("an Undo of what somebody else did")
        target = await lookup.by_uri(said.db, undone.object) if undone.object is not None else None
        await parting.receive_unblock(
            said.db, await said.actor(), target.id if target else None, undone.id, now=said.now
        )
        return
    by = await moderators.voice_of(said, group)
    person = await lookup.by_uri(said.db, undone.object) if undone.object is not None else None
    if group.is_local:
        if person is None:
            raise Dropped("nobody has put them out")
        await banning.lift(said.db, said.here, by, group, person.id, now=said.now)
    else:
        await banning.receive_lifting(said.db, group, person.id if person else None, undone.id, now=said.now)


async def undo_named(said: Hearing, by: Account, uri: str) -> bool:
    """The same, where only the id of the Block was sent. False: it is none."""
    if by.is_group:
        return await banning.receive_lifting(said.db, by, None, uri, now=said.now)
    return await parting.receive_unblock(said.db, by, None, uri, now=said.now)


async def _group(said: Hearing, activity: Block) -> Account | None:
    """The group that somebody is put out of; None: it is a matter between two. Raises Dropped."""
    if activity.target is not None and activity.target != activity.object:
        return await moderators.group_at(said, activity.target)
    speaker = said.relayed_by or await said.actor()
    if said.relayed_by is not None and activity.actor != speaker.uri:
        raise Dropped("passed on by somebody else")
    return speaker if speaker.is_group else None


async def _between_two(said: Hearing, uri: str) -> None:
    if not said.is_first_hand:
        raise Dropped("passed on by somebody else")
    if not said.here.is_ours(uri):
        raise Dropped("a Block of nobody here")
    target = await said.account(uri)
    if target.kind == "application":
        raise Dropped("the instance itself is not blocked")
    if not await parting.receive_block(said.db, said.here, await said.actor(), target, said.uri, now=said.now):
        raise Dropped("its Undo was here before")


async def _person(said: Hearing, group: Account, uri: str) -> Account:
    """Who is put out. Whom nobody here knows matters to groups of ours only."""
    if group.is_local or said.here.is_ours(uri):
        return await said.account(uri)
    known = await lookup.by_uri(said.db, uri)
    if known is None:
        raise Dropped("a ban of somebody who is not known here")
    return known
