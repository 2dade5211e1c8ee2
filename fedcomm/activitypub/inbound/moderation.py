"""What the moderators of a group decide about its threads, told by the group, or by them to a group of ours.

Who may is asked by `moderators.voice_of` and by the verbs (S033, S044). Source: federation.md 2.4.
"""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import moderators
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import locking, reading
from fedcomm.threads.model import Post
from federation.vocabulary.activities import Lock


async def lock(said: Hearing, activity: Lock) -> None:
    """A thread is closed to further answers."""
    post, group = await _thread(said, activity.object)
    by = await moderators.voice_of(said, group)
    reason = reason_in(activity.summary)
    await locking.lock(said.db, said.here, by, post.id, reason=reason, uri=activity.id, now=said.now)


async def unlock(said: Hearing, undone: Lock) -> None:
    """It is open again."""
    post, group = await _thread(said, undone.object)
    by = await moderators.voice_of(said, group)
    await locking.unlock(said.db, said.here, by, post.id, uri=undone.id, now=said.now)


async def unlock_named(said: Hearing, uri: str) -> bool:
    """The same, where only the id of the Lock was sent. False: it is none."""
    thread_id = await locking.thread_of(said.db, uri)
    post = await reading.find(said.db, thread_id) if thread_id is not None else None
    group = await lookup.by_id(said.db, post.group_id) if post is not None and post.group_id is not None else None
    if post is None or group is None:
        return False
    by = await moderators.voice_of(said, group)
    await locking.unlock(said.db, said.here, by, post.id, uri=uri, now=said.now)
    return True


async def _thread(said: Hearing, uri: str | None) -> tuple[Post, Account]:
    """The thread with its home group. Raises Dropped."""
    post = await reading.by_uri(said.db, uri) if uri is not None else None
    group = await lookup.by_id(said.db, post.group_id) if post is not None and post.group_id is not None else None
    if post is None or group is None:
        raise Dropped("about no thread of a group that is here")
    return post, group
