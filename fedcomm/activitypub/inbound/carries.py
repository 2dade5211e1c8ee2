"""A group is asked to carry a thread of another group, and answers (D49; federation.md 4.2)."""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import receptions
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import carrying, reading
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.vocabulary.activities import Accept, Offer, Reject


async def offer(said: Hearing, activity: Offer) -> None:
    """Somebody asks a group of ours to carry a thread, or tells us, its home, that they ask another."""
    if not isinstance(activity.object, str) or activity.target is None or said.uri is None:
        raise Dropped("an Offer without thread, group or id")
    by = await said.actor()
    post = await _thread(said, activity.object)
    group = await said.account(activity.target)
    if not group.is_local and not await _is_at_home_here(said, post):
        raise Dropped("an Offer to a group elsewhere, about a thread elsewhere")
    asked = await carrying.receive_offer(said.db, said.here, by, post, group, said.uri, now=said.now)
    if asked is None:
        raise Dropped("not theirs to ask, or nothing to be carried")


async def undo(said: Hearing, uri: str | None, activity: Offer | None = None) -> bool:
    """Who asked does not want a thread to be carried any longer. False: there is no such Offer."""
    by = await said.actor()
    carry = await carrying.by_offer(said.db, uri) if uri is not None else None
    if carry is None:
        return False
    group = await lookup.by_id(said.db, carry.group_id)
    if group is None or not group.is_local or by.id != carry.requested_by:
        raise Dropped("an Undo of somebody else's Offer")
    await carrying.stop(said.db, said.here, by, carry.thread_id, carry.group_id, now=said.now)
    return True


async def accepted(said: Hearing, activity: Accept, by: Account) -> bool:
    """A group says yes to an Offer. False: it is no answer to one."""
    uri = offered(activity)
    if uri is None or not await _was_asked(said, by, uri):
        return False
    result = activity.result if activity.result is not None and live_together(activity.result, by.uri) else None
    await carrying.receive_accept(said.db, by, uri, result, now=said.now)
    return True


async def rejected(said: Hearing, activity: Reject, by: Account) -> bool:
    """A group says no to an Offer, or ends carrying. False: it is no answer to one."""
    uri = offered(activity)
    if uri is None or not await _was_asked(said, by, uri):
        return False
    await carrying.receive_reject(said.db, by, uri, receptions.reason_in(activity.summary), now=said.now)
    return True


async def _was_asked(said: Hearing, by: Account, offer_uri: str) -> bool:
    """Whether this Offer asked this very group (S039)."""
    carry = await carrying.by_offer(said.db, offer_uri)
    return carry is not None and carry.group_id == by.id


def offered(activity: Accept | Reject) -> str | None:
    """The id of the Offer that is answered."""
    asked = activity.object
    if asked is None or isinstance(asked, str):
        return asked
    return asked.id if isinstance(asked, Offer) else None


async def _thread(said: Hearing, uri: str) -> Post:
    known = await reading.by_uri(said.db, uri)
    if known is None:
        if said.here.is_ours(uri):
            raise Dropped("an Offer of what is not here")
        found = await said.need(f"thread {uri}", lambda: _fetched(said, uri))
        known = await reading.by_uri(said.db, found) if found is not None else None
    if known is None:
        raise Dropped("an Offer of what is not to be had")
    return known


async def _fetched(said: Hearing, uri: str) -> str:
    return (await said.resolver.post(uri)).uri


async def _is_at_home_here(said: Hearing, post: Post) -> bool:
    home = await lookup.by_id(said.db, post.group_id) if post.group_id is not None else None
    return home is not None and home.is_local
