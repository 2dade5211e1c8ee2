"""Who speaks for a group: the one place that asks whether a moderator's act that came from elsewhere counts.

For a group elsewhere its own word does, whichever of its moderators it names, and that of those whom it lists and who
live at the same server, also where a group that carries a thread passes their proven word about it on; for one of
ours, what somebody proven to have said it may do there, which the verb asks.

Source: federation.md 1.2, 4.4; S033, S044.
"""

from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import collections
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.groups import moderators as carers
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import announcing
from federation.authority import live_together
from federation.vocabulary.activities import Activity, Add, Block, Lock, Move, Remove, Undo

ACTS = (Block, Lock, Add, Remove, Move)
"""What moderators do beside removing posts."""


def is_act(activity: Activity) -> bool:
    """Whether this, or what it takes back, is something that moderators do."""
    return isinstance(activity, ACTS) or (isinstance(activity, Undo) and isinstance(activity.object, ACTS))


async def voice_of(said: Hearing, group: Account, *, thread_id: int | None = None) -> Account:
    """In whose name it is done: a group elsewhere itself, else who did it. `thread_id`: what it is about.

    Raises Dropped, Missing.
    """
    if group.is_local:
        if not await said.counts():
            raise Dropped("not proven to be said by its actor")
        return await said.actor()
    speaker = said.relayed_by or await said.actor()
    if speaker.id == group.id:
        return group
    if said.relayed_by is None and live_together(speaker.uri, group.uri):
        if said.is_first_hand and await carers.is_listed(said.db, group.id, speaker.uri):
            return group
        if not said.is_first_hand and await _is_passed_on(said, group, speaker, thread_id):
            return group
    raise Dropped("a moderator's act that does not come from the group")


async def _is_passed_on(said: Hearing, group: Account, speaker: Account, thread_id: int | None) -> bool:
    """Whether a group that shows this thread, and is followed here, brought the proven word of a moderator."""
    carrier = await lookup.by_uri(said.db, said.item.signer_uri)
    if carrier is None or thread_id is None or not await announcing.is_shown_by(said.db, thread_id, carrier.id):
        return False
    if not await follows.is_read_here(said.db, carrier.id) or not await said.counts():
        return False
    return await is_listed(said, group, speaker.uri)


async def is_listed(said: Hearing, group: Account, uri: str) -> bool:
    """Whether a group elsewhere lists somebody among those who look after it; asked if need be. Raises Missing."""
    if not await carers.is_listed(said.db, group.id, uri):
        # Nobody here may follow the group, and so nobody has asked yet who looks after it.
        await said.attempt(f"moderators of {group.uri}", lambda: _learnt(said, group), patient=False)
    return await carers.is_listed(said.db, group.id, uri)


async def _learnt(said: Hearing, group: Account) -> str:
    await collections.learn_moderators(said.site, said.resolver, group)
    return group.uri


async def group_at(said: Hearing, uri: str) -> Account:
    """The group with this id, if it is known here. Raises Dropped."""
    group = await lookup.by_uri(said.db, uri)
    if group is None or not group.is_group or group.state != "active":
        raise Dropped("about no group that is known here")
    return group
