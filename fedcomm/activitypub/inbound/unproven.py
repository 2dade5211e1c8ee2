"""What somebody says that another did, without a proof: their word counts for nothing, the origin is asked (D47).

Forwarded activities are followed up only where they concern a thread that is here (security-cases section 1).
"""

from datetime import datetime

from fedcomm.activitypub.inbound import early, posts
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.inbound.receptions import reason_in
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import posting, reactions, reading
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.errors import Malformed
from federation.vocabulary.activities import Create, Delete, Like, Undo, Update
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.reading import read_activity


async def confirm(said: Hearing) -> None:
    """Find out from its origin what is true of it. Raises Missing, Later, Dropped."""
    activity = said.activity
    match activity:
        case Create(object=Object() as written) | Update(object=Object() as written):
            await _look(said, written.id, written.in_reply_to, said_at=written.updated)
        case Create(object=str() as uri) | Update(object=str() as uri):
            await _look(said, uri, None, said_at=said.now)
        case Delete(object=str() as uri):
            await _gone(said, activity, uri)
        case Undo(object=Delete(object=str() as uri)) if said.relayed_by is not None:
            await posts.restore(said, uri)
        case Like(object=str() as about):
            await _liked(said, about)
        case _:
            raise Dropped("not proven to be said by its actor")


async def _look(said: Hearing, uri: str, answers: str | None, *, said_at: datetime | None) -> None:
    """A post that is said to be new or changed: what its origin gives is taken, if it belongs to a thread here."""
    if said.here.is_ours(uri) or not live_together(uri, said.activity.actor):
        raise Dropped("a post of somebody else")
    known = await reading.by_uri(said.db, uri)
    if known is not None and isinstance(said.activity, Create) and (said_at is None or said_at <= _age(known)):
        if said.relayed_by is not None:  # it may have been fetched for an answer that overtook it
            await posting.tell(said.db, known, now=said.now)
        return  # else another group passes on what came before
    is_wanted = known is not None or said.relayed_by is not None
    if not is_wanted and answers is not None:
        is_wanted = await reading.by_uri(said.db, answers) is not None
    if not is_wanted:
        raise Dropped("forwarded, not proven, and about no thread that is here")
    await said.need(f"confirmed {said.number} {uri}", lambda: posts.fetched(said, uri))


def _age(known: Post) -> datetime:
    return known.edited_at or known.published_at


async def _gone(said: Hearing, activity: Delete, uri: str) -> None:
    """A post that is said to be gone: it is, when its origin says so. A group removes from its own threads at will."""
    known = await reading.by_uri(said.db, uri)
    if known is None and said.relayed_by is not None and activity.summary is not None:
        await early.keep(said, uri, "a Delete of what is not here")
        return
    if known is None or (known.is_local and said.relayed_by is None):
        raise Dropped("a Delete of what is not here")
    group = said.relayed_by
    if group is not None and known.group_id == group.id and (known.is_local or activity.summary is not None):
        await posting.remove(said.db, said.here, group, known.id, reason_in(activity.summary), now=said.now)
        return
    if known.is_local:
        raise Dropped("a Delete of what is ours")
    await said.need(f"gone {said.number} {uri}", lambda: posts.fetched(said, uri))


async def _liked(said: Hearing, about: str) -> None:
    """A Like that a group passes on counts when its own server confirms it by its id."""
    uri = said.uri
    if said.relayed_by is None or uri is None:
        raise Dropped("a Like that is not proven")
    if await early.is_kept(said, about, "a Like of what is not here"):
        return
    await said.need(f"like {uri}", lambda: _confirmed_like(said, uri, about))
    post = await reading.by_uri(said.db, about)
    assert post is not None
    await reactions.favourite(said.db, said.here, await said.actor(), post.id, uri=uri, now=said.now)


async def _confirmed_like(said: Hearing, uri: str, about: str) -> str:
    found = read_activity((await said.resolver.document(uri)).object)
    if not isinstance(found, Like) or (found.actor, found.object) != (said.activity.actor, about):
        raise Malformed("its server says something else")
    return uri
