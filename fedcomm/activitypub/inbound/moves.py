"""Somebody elsewhere says that they moved (federation.md 1.9; S045, S143).

It counts when the new account, as its own server gives it now, names the old one. Threads do not move.
"""

from fedcomm.accounts import follows, lookup, moving
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from federation.vocabulary.activities import Move


async def move(said: Hearing, activity: Move) -> None:
    """Ours who follow them follow along. Raises Missing, Dropped, Invalid."""
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


async def _fresh(said: Hearing, uri: str) -> str:
    return (await said.resolver.account(uri, fresh=True)).uri
