"""Somebody elsewhere says that they moved (federation.md 1.9; S045, S143), or that a thread did (FEP-f15d).

An account has moved when the new one, as its own server gives it now, names the old one. A thread moves between two
groups of one server, by the word of the group it stood in, or of somebody who looks after both; to a group of another
server by the word of both: the new one's conversation says that it goes on there, or it shows the thread already.
"""

from fedcomm.accounts import follows, lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound import moderators, relocations
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.groups import moderators as carers
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import announcing, handing_over, reading, relocating
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.vocabulary.activities import Move


async def move(said: Hearing, activity: Move) -> None:
    """Ours who follow them follow along. Raises Missing, Dropped, Invalid."""
    if activity.object != activity.actor and activity.object is not None and activity.target is not None:
        await _thread(said, activity, activity.object, activity.target)
        return
    if not await said.counts():
        raise Dropped("passed on by somebody else")
    if activity.object != activity.actor or activity.target is None or activity.target == activity.actor:
        raise Dropped("a Move of something else than who says it")
    old = await said.actor()
    if not await follows.is_read_here(said.db, old.id):
        raise Dropped("nobody here follows who moves")
    target_uri = activity.target
    if not said.here.is_ours(target_uri):
        await said.need(f"target {target_uri}", lambda: _fresh(said, target_uri))
    target = await lookup.by_uri(said.db, target_uri)
    if target is None or target.state != "active":
        raise Dropped("nobody is there where they moved")
    await moving.note(said.db, old, target, now=said.now)


async def _thread(said: Hearing, activity: Move, uri: str, target_uri: str) -> None:
    """A thread, named by its conversation or by its first post, stands in another group now."""
    root = await reading.root_of_context(said.db, [uri]) or await reading.by_uri(said.db, uri)
    origin = await lookup.by_id(said.db, root.group_id) if root is not None and root.group_id is not None else None
    if root is None or origin is None or not root.is_root:
        raise Dropped("a Move of something else than who says it")
    if activity.origin not in (None, origin.uri):
        raise Dropped("a thread that does not stand in the group it is said to leave")
    by = await moderators.voice_of(said, origin)
    target = await said.account(target_uri)
    if origin.is_local:
        await handing_over.move(said.db, said.here, by, root.id, target, now=said.now)
        return
    if not live_together(origin.uri, target.uri):
        await _to_another_server(said, activity, root, target)
        return
    is_by_group = activity.actor == origin.uri or said.relayed_by is not None
    if not target.is_group or not (is_by_group or await carers.is_listed(said.db, target.id, activity.actor)):
        raise Dropped("a moderator's act that does not come from the group")
    at = activity.published or said.item.received_at
    await relocating.receive(said.db, root, target, said.uri, at=at, now=said.now)


async def _to_another_server(said: Hearing, activity: Move, root: Post, target: Account) -> None:
    """The old group says so; the new one must want it."""
    if target.is_local:
        if not await handing_over.take_over(said.db, said.here, root, target, now=said.now):
            raise Dropped("a thread that no group here agreed to take")
        return
    if activity.result is not None and target.is_group:
        await relocations.agreed(said, root, target, activity.result)
    elif not target.is_group or not await announcing.is_shown_by(said.db, root.id, target.id):
        raise Dropped("a thread that the other group did not agree to take")
    at = activity.published or said.item.received_at
    await relocating.receive(said.db, root, target, said.uri, at=at, context=activity.result, now=said.now)


async def _fresh(said: Hearing, uri: str) -> str:
    return (await said.resolver.account(uri, fresh=True)).uri
