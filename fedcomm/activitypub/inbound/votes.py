"""Votes in our polls: a Note with a name and no text, which is never a post here (FEP-9967; T34; S110).

Only whoever votes may bring their vote, and nobody is told of it: what groups or others pass on is dropped.
"""

from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.errors import Refusal
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import reading, voting
from federation.vocabulary.objects import Post as Object


async def vote(said: Hearing, written: Object) -> None:
    """Somebody elsewhere chose an answer. Raises Missing, Dropped."""
    if not said.is_first_hand:
        raise Dropped("a vote that somebody else passes on")
    asked = await reading.by_uri(said.db, written.in_reply_to or "")
    if asked is None or not asked.is_local:
        raise Dropped("a vote in a poll that is not ours")
    voter = await said.actor()
    try:
        async with said.db.transaction():
            await voting.receive_vote(said.db, said.here, voter, asked.id, written.name or "", now=said.now)
    except Refusal as refused:
        raise Dropped(f"a vote that does not count: {refused}") from refused
