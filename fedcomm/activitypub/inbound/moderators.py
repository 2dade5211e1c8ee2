"""Who speaks for a group: the one place that asks whether a moderator's act that came from elsewhere counts.

For a group elsewhere its own word does, whichever of its moderators it names, and that of those whom it lists and who
live at the same server; for one of ours, what somebody proven to
have said it may do there, which the verb asks. Source: federation.md 1.2, 4.4; S033, S044.
"""

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.groups import moderators as carers
from fedcomm.jobs.inbox_queue import Dropped
from federation.authority import live_together
from federation.vocabulary.activities import Activity, Add, Block, Lock, Move, Remove, Undo

ACTS = (Block, Lock, Add, Remove, Move)
"""What moderators do beside removing posts."""


def is_act(activity: Activity) -> bool:
    """Whether this, or what it takes back, is something that moderators do."""
    return isinstance(activity, ACTS) or (isinstance(activity, Undo) and isinstance(activity.object, ACTS))


async def voice_of(said: Hearing, group: Account) -> Account:
    """In whose name it is done: a group elsewhere itself, else who did it. Raises Dropped, Missing."""
    if group.is_local:
        if not await said.counts():
            raise Dropped("not proven to be said by its actor")
        return await said.actor()
    speaker = said.relayed_by or await said.actor()
    if speaker.id != group.id and not (
        said.is_first_hand
        and live_together(speaker.uri, group.uri)
        and await carers.is_listed(said.db, group.id, speaker.uri)
    ):
        raise Dropped("a moderator's act that does not come from the group")
    return group


async def group_at(said: Hearing, uri: str) -> Account:
    """The group with this id, if it is known here. Raises Dropped."""
    group = await lookup.by_uri(said.db, uri)
    if group is None or not group.is_group or group.state != "active":
        raise Dropped("about no group that is known here")
    return group
