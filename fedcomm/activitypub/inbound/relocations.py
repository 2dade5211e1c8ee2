"""A group of ours is asked to take a thread of a group elsewhere, or one elsewhere answers that (federation.md 4.3).

Who asks is a moderator whom the old group lists, at the same server, or that group itself: the word of anybody else
would move what is not theirs (S033).
"""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import carries, moderators, receptions
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import handing_over, reading
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.errors import Malformed
from federation.vocabulary.activities import Accept, Move, Offer, Reject
from federation.vocabulary.collections import Collection, CollectionPage


async def offered(said: Hearing, activity: Offer, asked: Move) -> None:
    """They ask whether a thread may move to a group of ours. Raises Missing, Dropped."""
    if said.uri is None or asked.object is None or asked.target is None or not said.here.is_ours(asked.target):
        raise Dropped("an Offer of a Move without id or thread, or to no group here")
    by = await said.actor()
    target = await said.account(asked.target)
    post = await _thread(said, asked.object)
    origin = await lookup.by_id(said.db, post.group_id) if post.group_id is not None else None
    if origin is None or asked.origin not in (None, origin.uri) or not live_together(by.uri, origin.uri):
        raise Dropped("an Offer of a thread that is not theirs")
    if by.id != origin.id and not await moderators.is_listed(said, origin, by.uri):
        raise Dropped("an Offer of a thread by who does not look after it")
    context = post.context_uri or post.uri
    if await handing_over.receive_offer(said.db, said.here, by, post, target, said.uri, context, now=said.now) is None:
        raise Dropped("an Offer of what cannot be moved")


async def accepted(said: Hearing, activity: Accept, by: Account) -> bool:
    """A group elsewhere takes a thread of ours. False: it is no answer to that."""
    uri = carries.offered(activity)
    if uri is None:
        return False
    context = activity.result if activity.result is not None and live_together(activity.result, by.uri) else None
    return await handing_over.receive_accept(said.db, by, uri, context, now=said.now)


async def rejected(said: Hearing, activity: Reject, by: Account) -> bool:
    """A group elsewhere does not take it. False: it is no answer to that."""
    uri = carries.offered(activity)
    if uri is None:
        return False
    reason = receptions.reason_in(activity.summary)
    return await handing_over.receive_reject(said.db, by, uri, reason, now=said.now)


async def agreed(said: Hearing, root: Post, target: Account, context: str) -> None:
    """Make sure that a group takes a thread, as the conversation at its server says. Raises Missing, Dropped."""
    if not live_together(context, target.uri):
        raise Dropped("a conversation that does not lie with the new group")
    names = await reading.context_uris(said.db, root.id)
    await said.need(f"conversation {context}", lambda: _goes_on(said, context, target.uri, {*names, root.uri}))


async def _goes_on(said: Hearing, context: str, target_uri: str, names: set[str]) -> str:
    found = await said.resolver.listing(context)
    is_theirs = isinstance(found, Collection) and found.id == context and found.attributed_to == target_uri
    if not is_theirs or not isinstance(found, Collection) or found.moved_from not in names:
        raise Malformed("it does not say that the thread goes on there")
    return context


async def _thread(said: Hearing, uri: str) -> Post:
    """The thread, named by its conversation or first post; fetched if need be."""
    root = await reading.root_of_context(said.db, [uri]) or await reading.by_uri(said.db, uri)
    if root is None and not said.here.is_ours(uri):
        found = await said.need(f"thread {uri}", lambda: _first_of(said, uri))
        root = await reading.by_uri(said.db, found) if found is not None else None
    if root is None:
        raise Dropped("an Offer of what is not to be had")
    return root


async def _first_of(said: Hearing, uri: str) -> str:
    try:
        found = await said.resolver.listing(uri)
    except Malformed:
        return (await said.resolver.post(uri)).uri
    items = found.items
    if isinstance(found, Collection) and not items and isinstance(found.first, CollectionPage):
        items = found.first.items
    if not items or not isinstance(items[0], str):
        raise Malformed("a conversation that does not name its first post")
    return (await said.resolver.post(items[0])).uri
