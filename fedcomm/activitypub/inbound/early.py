"""What is said about a post that is not here yet: two servers overtake each other, or its author could not be asked.

Kept for some hours and heard when the post comes; the post is not fetched for it, since groups pass on every vote about
threads that began before anybody here was a member. Source: D51, R018; federation.md 1.5.
"""

from fedcomm import tombstones
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs import early_activities
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import reading
from federation import relaying
from federation.vocabulary.strict_json import load_object


async def keep(said: Hearing, about: str | None, reason: str) -> None:
    """Keep it until the post is here. Raises Dropped: that will not come, or did not in time."""
    if about is None or said.here.is_ours(about) or await tombstones.is_gone(said.db, about):
        raise Dropped(reason)
    if said.now - said.item.received_at >= said.site.durations.keep_early:
        raise Dropped(reason)
    if not await early_activities.keep(said.db, said.item, _alone(said), about, now=said.now):
        raise Dropped(reason)


async def is_kept(said: Hearing, about: str | None, reason: str) -> bool:
    """The same where it was not looked yet whether the post is here. False: it is. Raises Dropped."""
    if about is not None and await reading.by_uri(said.db, about) is not None:
        return False
    await keep(said, about, reason)
    return True


def _alone(said: Hearing) -> bytes:
    """What was sent; of several activities in one Announce, an Announce of this one."""
    if said.relayed_by is None:
        return said.item.body
    return relaying.splice(load_object(said.item.body), said.body)
