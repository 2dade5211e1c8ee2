"""Bans from whole other servers, as Lemmy says them: a Block whose `target` is the server's own actor.

A server says so about its own people, who are then unseen here too until it lets them back, and about others, who are
then out of all its groups that are known here. Who runs it cannot be told from here: it answers for what its people
send, as for all else. Source: federation.md 2.4.
"""

from urllib.parse import urlsplit

from fedcomm.accounts import lookup, remote
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.groups import banning
from fedcomm.groups import reading as groups
from fedcomm.jobs.inbox_queue import Dropped
from federation.authority import live_together
from federation.vocabulary.activities import Block

MOST_GROUPS = 500


async def is_one(said: Hearing, activity: Block) -> bool:
    """Whether this is about the whole server of who says it."""
    if activity.target is None or not live_together(activity.target, activity.actor):
        return False
    if urlsplit(activity.target).path in ("", "/"):
        return True
    known = await lookup.by_uri(said.db, activity.target)
    return known is not None and known.kind == "application"


async def ban(said: Hearing, activity: Block) -> None:
    """A server shuts somebody out."""
    person, is_theirs = await _person(said, activity)
    if activity.ends_at is not None and activity.ends_at <= said.now:
        raise Dropped("a ban that is over")
    if is_theirs:
        await remote.suspend_at_home(said.db, person.id, is_suspended=True, now=said.now)
        return
    for group in await groups.of_authority(said.db, urlsplit(activity.actor).netloc, limit=MOST_GROUPS):
        await banning.receive(
            said.db,
            said.here,
            group,
            person,
            reason=reason_in(activity.summary),
            ends_at=activity.ends_at,
            removes_posts=activity.remove_data,
            uri=activity.id,
            now=said.now,
        )


async def lift(said: Hearing, undone: Block) -> None:
    """It lets them back."""
    person, is_theirs = await _person(said, undone)
    if is_theirs:
        await remote.suspend_at_home(said.db, person.id, is_suspended=False, now=said.now)
        return
    for group in await groups.of_authority(said.db, urlsplit(undone.actor).netloc, limit=MOST_GROUPS):
        await banning.receive_lifting(said.db, group, person.id, undone.id, now=said.now)


async def _person(said: Hearing, activity: Block) -> tuple[Account, bool]:
    """Whom it is about, and whether they live at the server that says it. Raises Dropped."""
    if not said.is_first_hand or not live_together(said.activity.actor, activity.actor):
        raise Dropped("passed on by somebody else")
    person = await lookup.by_uri(said.db, activity.object) if activity.object is not None else None
    if person is None or person.kind == "application":
        raise Dropped("a ban of somebody who is not known here")
    return person, live_together(person.uri, activity.actor)
