"""Following and being followed, told to the other server. To join a group is to follow it (FEP-1b12)."""

from fedcomm import facts
from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import sending
from fedcomm.activitypub.peer_profiles import learn_profile
from fedcomm.http.context import SiteWork
from federation.vocabulary.activities import Accept, Follow, Join, Reject, Undo


async def _pair(work: SiteWork, follow_id: int) -> tuple[follows.Follow, Account, Account] | None:
    """A follow with both its accounts; None when it has ended meanwhile."""
    async with work.site.read() as db:
        follow = await follows.by_id(db, follow_id)
        if follow is None:
            return None
        people = await lookup.by_ids(db, {follow.follower_id, follow.followee_id})
    return follow, people[follow.follower_id], people[follow.followee_id]


async def ask(work: SiteWork, fact: facts.FollowAsked) -> None:
    """One of ours wants to follow an account elsewhere."""
    found = await _pair(work, fact.follow_id)
    if found is None or found[2].is_local:
        return await sending.queue(work)
    follow, follower, target = found
    activity = Follow(id=follow.uri, actor=follower.uri, to=(target.uri,), object=target.uri)
    return await sending.queue(work, await sending.between(work.site, follower, target, activity, id=follow.id))


async def accept(work: SiteWork, fact: facts.FollowAccepted) -> None:
    """One of ours accepted a follower from elsewhere. Which form of announcement they read is learnt now (D56)."""
    found = await _pair(work, fact.follow_id)
    if found is None or found[1].is_local:
        return await sending.queue(work)
    follow, follower, target = found
    await learn_profile(work.site, follower.authority)
    id_, uri = sending.fresh_id(work.site)
    asked = (Join if follow.is_join else Follow)(id=follow.uri, actor=follower.uri, object=target.uri)
    activity = Accept(id=uri, actor=target.uri, to=(follower.uri,), object=asked)
    return await sending.queue(work, await sending.between(work.site, target, follower, activity, id=id_))


async def refuse(work: SiteWork, fact: facts.FollowRefused) -> None:
    """One of ours refused, or removed, a follower from elsewhere."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.follower_id, fact.followee_id})
    follower, target = people[fact.follower_id], people[fact.followee_id]
    if follower.is_local or not target.is_local:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(work.site)
    asked = Follow(id=fact.follow_uri or None, actor=follower.uri, object=target.uri)
    activity = Reject(id=uri, actor=target.uri, to=(follower.uri,), object=asked)
    return await sending.queue(work, await sending.between(work.site, target, follower, activity, id=id_))


async def end(work: SiteWork, fact: facts.FollowEnded) -> None:
    """One of ours stopped following an account elsewhere; told to that account only (T38)."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.follower_id, fact.followee_id})
    follower, target = people[fact.follower_id], people[fact.followee_id]
    if target.is_local:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(work.site)
    asked = Follow(id=fact.follow_uri or None, actor=follower.uri, object=target.uri)
    activity = Undo(id=uri, actor=follower.uri, to=(target.uri,), object=asked)
    return await sending.queue(work, await sending.between(work.site, follower, target, activity, id=id_))
