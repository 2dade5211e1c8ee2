"""Walls: groups that put what is written in them into a collection of theirs, instead of announcing it (FEP-400e).

The post says by its `target` whose wall it is for; that it stands there is the owner's word alone.
"""

from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import announces
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import posting, reading
from federation.vocabulary.activities import Add, Remove


async def changed(said: Hearing, activity: Add | Remove) -> bool:
    """A group elsewhere shows a post, or takes it away. False: it is about no wall."""
    owner = await _owner(said, activity)
    if owner is None or activity.object is None:
        return False
    if isinstance(activity, Add):
        await announces.by_id(said, owner, activity.object, activity)
        return True
    post = await reading.by_uri(said.db, activity.object)
    if post is None or post.group_id != owner.id:
        raise Dropped("taken from a wall where it does not stand")
    await posting.remove(said.db, said.here, owner, post.id, reason_in(activity.summary), now=said.now)
    return True


async def _owner(said: Hearing, activity: Add | Remove) -> Account | None:
    """The group whose wall it is, if it says so itself."""
    if not said.is_first_hand or activity.target_owner != activity.actor:
        return None
    by = await said.actor()
    return by if by.is_group else None
