"""What moderators decide about threads and about who they are, told by their group, or by them to a group of ours.

Who may is asked by `moderators.voice_of` and by the verbs (S033, S044). Source: federation.md 2.4.
"""

from fedcomm import facts
from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import early, heeded, moderators, walls
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.groups import membership
from fedcomm.groups.model import Role
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import locking, pins, posting, reading
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.vocabulary.activities import Add, Lock, Remove


async def lock(said: Hearing, activity: Lock) -> None:
    """A thread is closed to further answers."""
    if await early.is_kept(said, activity.object, "about no thread that is here"):
        return
    post, group = await _thread(said, activity.object)
    by = await moderators.voice_of(said, group, thread_id=post.thread_id)
    reason = reason_in(activity.summary)
    await locking.lock(said.db, said.here, by, post.id, reason=reason, uri=activity.id, now=said.now)
    await heeded.note(said, post)


async def unlock(said: Hearing, undone: Lock) -> None:
    """It is open again."""
    if await early.is_kept(said, undone.object, "about no thread that is here"):
        return
    post, group = await _thread(said, undone.object)
    by = await moderators.voice_of(said, group, thread_id=post.thread_id)
    await locking.unlock(said.db, said.here, by, post.id, uri=undone.id, now=said.now)
    await heeded.note(said, post)


async def unlock_named(said: Hearing, uri: str) -> bool:
    """The same, where only the id of the Lock was sent. False: it is none."""
    thread_id = await locking.thread_of(said.db, uri)
    post = await reading.find(said.db, thread_id) if thread_id is not None else None
    group = await lookup.by_id(said.db, post.group_id) if post is not None and post.group_id is not None else None
    if post is None or group is None:
        return False
    by = await moderators.voice_of(said, group, thread_id=post.thread_id)
    await locking.unlock(said.db, said.here, by, post.id, uri=uri, now=said.now)
    await heeded.note(said, post)
    return True


async def add(said: Hearing, activity: Add) -> None:
    """Something is put into a collection: a pinned post, a moderator."""
    await _listed(said, activity, is_added=True)


async def remove(said: Hearing, activity: Remove) -> None:
    """Something is taken out of one; out of a conversation by its group, that is a removal (FEP-f15d)."""
    root = await reading.root_of_context(said.db, [activity.target]) if activity.target is not None else None
    if root is None or activity.object is None:
        await _listed(said, activity, is_added=False)
        return
    post, group = await _thread(said, activity.object)
    by = await moderators.voice_of(said, group)
    if post.thread_id != root.id:
        raise Dropped("a post of another thread")
    await posting.remove(said.db, said.here, by, post.id, reason_in(activity.summary), now=said.now)


async def _listed(said: Hearing, activity: Add | Remove, *, is_added: bool) -> None:
    if activity.object is None or activity.target is None:
        raise Dropped("an Add or Remove without object or target")
    owner = await lookup.by_collection(said.db, activity.target)
    if owner is None and await walls.changed(said, activity):
        return
    if owner is None or owner.state != "active":
        raise Dropped("about a collection that nobody here knows")
    if activity.target == owner.moderators_url and owner.is_group:
        await _moderator(said, owner, activity.object, is_added=is_added)
    elif owner.is_group:
        await _pinned_in_group(said, owner, activity.object, is_pinned=is_added)
    else:
        await _pinned(said, owner, activity.object, is_pinned=is_added)


async def _pinned(said: Hearing, owner: Account, uri: str, *, is_pinned: bool) -> None:
    """Somebody pins a post of their own; what is not here is fetched where somebody here reads them."""
    by = await said.actor()
    if by.id != owner.id or said.relayed_by is not None:
        raise Dropped("somebody else's collection")
    post = await reading.by_uri(said.db, uri)
    if post is None and is_pinned and live_together(uri, owner.uri) and await follows.is_read_here(said.db, owner.id):
        found = await said.need(f"pinned {uri}", lambda: _fetched(said, uri))
        post = await reading.by_uri(said.db, found) if found is not None else None
    if post is None or not await pins.receive(said.db, owner, post, is_pinned=is_pinned, now=said.now):
        raise Dropped("a pin of what is not theirs, or not here")


async def _pinned_in_group(said: Hearing, group: Account, uri: str, *, is_pinned: bool) -> None:
    """A group puts a thread on top of its page."""
    if not group.is_local and await early.is_kept(said, uri, "a pin of what is not here"):
        return
    post = await reading.by_uri(said.db, uri)
    by = await moderators.voice_of(said, group, thread_id=post.thread_id if post is not None else None)
    if post is None or post.group_id != group.id:
        raise Dropped("a pin of what is no thread of the group here")
    if not group.is_local:
        await pins.receive(said.db, group, post, is_pinned=is_pinned, now=said.now)
        await heeded.note(said, post)
    elif is_pinned:
        await pins.pin_in_group(said.db, said.here, by, post.id, now=said.now)
    else:
        await pins.unpin_in_group(said.db, said.here, by, post.id, now=said.now)


async def _moderator(said: Hearing, group: Account, uri: str, *, is_added: bool) -> None:
    """Somebody begins or ceases to look after a group. Of a group elsewhere its own collection says who does."""
    by = await moderators.voice_of(said, group)
    if not group.is_local:
        await facts.record(said.db, facts.CollectionsWanted(group.id, moderators_only=True), now=said.now)
        return
    person = await lookup.by_uri(said.db, uri)
    if person is None:
        raise Dropped("nobody here knows whom")
    present = await membership.role(said.db, group.id, person.id)
    if is_added and present in membership.CARERS:
        return
    role: Role = "moderator" if is_added else "member"
    await membership.appoint(said.db, by, group, person.id, role, now=said.now)


async def _fetched(said: Hearing, uri: str) -> str:
    return (await said.resolver.post(uri)).uri


async def _thread(said: Hearing, uri: str | None) -> tuple[Post, Account]:
    """The thread with its home group. Raises Dropped."""
    post = await reading.by_uri(said.db, uri) if uri is not None else None
    group = await lookup.by_id(said.db, post.group_id) if post is not None and post.group_id is not None else None
    if post is None or group is None:
        raise Dropped("about no thread of a group that is here")
    return post, group
