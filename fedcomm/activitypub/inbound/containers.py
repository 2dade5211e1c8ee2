"""Conversation containers: who began a conversation puts what others say in it into its history (FEP-171b).

Streams, Forte and Hubzilla send so what groups announce: the whole activity inside an `Add`. What the owner alone says
that others did is believed as little as in an `Announce` (D47).
"""

from collections.abc import Awaitable, Callable

from fedcomm.accounts import lookup
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import reading
from fedcomm.threads.model import Post
from federation.errors import Malformed
from federation.relaying import unwrap
from federation.vocabulary.activities import Activity, Add, Create, Delete, Dislike, Like, Undo, Update
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.reading import read_activity

_PUT_IN = (Create, Update, Delete, Like, Dislike, Undo)


async def added(said: Hearing, activity: Add, hear: Callable[[Hearing], Awaitable[object]]) -> bool:
    """Hear what the owner of a conversation here puts into it. False: it is another sort of Add. Raises Dropped."""
    if not said.is_first_hand:
        return False
    try:
        (one, *_) = unwrap(said.document, said.body) or (None,)
        inner = read_activity(one.document) if one is not None else None
    except Malformed as problem:
        raise Dropped(str(problem)) from problem
    if one is None or inner is None:
        return False
    root = await _root(said, activity, inner)
    owner = await lookup.by_id(said.db, root.author_id) if root is not None else None
    if owner is None or owner.uri != activity.actor or not isinstance(inner, _PUT_IN):
        raise Dropped("put into no conversation that is theirs and here")
    if said.here.is_ours(inner.actor):
        raise Dropped("in the name of one of ours")
    await hear(said.inside(inner, one.document, one.body, owner, 1))
    return True


async def _root(said: Hearing, activity: Add, inner: Activity) -> Post | None:
    """How the conversation began: found by its name, or by what is answered or meant."""
    about = getattr(inner, "object", None)
    names = [activity.target] if activity.target is not None else []
    uris = [about] if isinstance(about, str) else []
    if isinstance(about, Object):
        names += [about.context] if about.context is not None else []
        uris = [uri for uri in (about.id, about.in_reply_to) if uri is not None]
    root = await reading.root_of_context(said.db, names)
    for uri in uris:
        post = await reading.by_uri(said.db, uri) if root is None else None
        root = await reading.find(said.db, post.thread_id) if post is not None else root
    return root
