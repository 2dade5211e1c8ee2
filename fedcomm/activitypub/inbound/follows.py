"""Follow, and what is answered to one; a Follow of a group is a request to join it (S038-S040; R021)."""

from fedcomm import facts
from fedcomm.accounts import follows, lookup, remote
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import carries, quotes, receptions, relocations
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.groups import banning, membership
from fedcomm.jobs.inbox_queue import Dropped
from federation.vocabulary.activities import Accept, Follow, Join, Leave, Offer, Reject


async def follow(said: Hearing, activity: Follow) -> None:
    """Somebody wants to follow one of ours, or join a group of ours."""
    if activity.object is None or not said.here.is_ours(activity.object):
        raise Dropped("a Follow of nobody here")
    target = await said.account(activity.object)
    if target.kind == "application":
        raise Dropped("the instance itself is not followed")
    follower = await said.actor()
    await membership.receive_follow(said.db, said.here, follower, target, said.uri, now=said.now)


async def join(said: Hearing, activity: Join) -> None:
    """The same of a group by servers that know membership apart from following; they are answered in their words."""
    uri = activity.object
    group = await said.account(uri) if uri is not None and said.here.is_ours(uri) else None
    if group is None or not group.is_group:
        raise Dropped("a Join of no group here")
    by = await said.actor()
    await membership.receive_follow(said.db, said.here, by, group, said.uri, is_join=True, now=said.now)


async def undo(said: Hearing, activity: Follow | Join | Leave) -> None:
    """Somebody stops following one of ours, or leaves a group."""
    if activity.object is None or not said.here.is_ours(activity.object):
        raise Dropped("an Undo of a Follow of nobody here")
    target = await said.account(activity.object)
    ended = activity.id if not isinstance(activity, Leave) else None
    await membership.receive_undo(said.db, said.here, await said.actor(), target, ended, now=said.now)


async def undo_named(said: Hearing, uri: str) -> bool:
    """The same, where only the id of the Follow was sent or, as snac does, of whom they follow. False: neither."""
    by = await said.actor()
    followed = await lookup.by_uri(said.db, uri) if said.here.is_ours(uri) else None
    if followed is not None:
        return await membership.receive_undo(said.db, said.here, by, followed, now=said.now)
    known = await follows.by_uri(said.db, uri)
    if known is None or known.follower_id != by.id:
        return False
    target = await lookup.by_id(said.db, known.followee_id)
    assert target is not None
    return await membership.receive_undo(said.db, said.here, by, target, uri, now=said.now)


async def accept(said: Hearing, activity: Accept) -> None:
    """Somebody accepts what one of ours asked, or sent a group. Unasked it means nothing (S039)."""
    by = await said.actor()
    if await carries.accepted(said, activity, by) or await quotes.accepted(said, activity, by):
        return
    if await relocations.accepted(said, activity, by) or await receptions.accepted(said, activity, by):
        return
    follower = await _asked(said, activity, by)
    if follower is None:
        raise Dropped("an Accept of what nobody asked")
    if by.is_group:
        await banning.receive_lifting(said.db, by, follower.id, now=said.now)  # who is let in is banned no longer
    if await membership.receive_accept(said.db, said.here, follower, by, now=said.now) is not None:
        await facts.record(said.db, facts.CollectionsWanted(by.id), now=said.now)
        await remote.want_posts(said.db, by.id, now=said.now)


async def reject(said: Hearing, activity: Reject) -> None:
    """Somebody refuses what one of ours asked, or ends it later."""
    by = await said.actor()
    if await carries.rejected(said, activity, by) or await quotes.rejected(said, activity, by):
        return
    if await relocations.rejected(said, activity, by) or await receptions.rejected(said, activity, by):
        return
    follower = await _asked(said, activity, by)
    if follower is None:
        raise Dropped("a Reject of what nobody asked")
    await membership.receive_reject(said.db, said.here, follower, by, now=said.now)


async def _asked(said: Hearing, activity: Accept | Reject, by: Account) -> Account | None:
    """Which of ours asked `by`, according to the Follow that the answer names or embeds; None = nobody did.

    The id is looked up first; where a server has changed it, who asked whom is enough.
    """
    asked = activity.object
    uri = asked if asked is None or isinstance(asked, str) else asked.id
    known = await follows.by_uri(said.db, uri) if uri is not None else None
    if known is None and isinstance(asked, Follow) and not isinstance(asked, Offer) and asked.object == by.uri:
        follower = await lookup.by_uri(said.db, asked.actor)
        known = await follows.find(said.db, follower.id, by.id) if follower is not None else None
    if known is None or known.followee_id != by.id:
        return None
    follower = await lookup.by_id(said.db, known.follower_id)
    return follower if follower is not None and follower.is_local else None
