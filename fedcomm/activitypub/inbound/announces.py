"""Boosts, and what groups pass on to their members (D47-D49; S036, S037, S099, S145).

An announced object is never believed as it is embedded: it is fetched by its id. An announced activity is opened once.
"""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.activitypub import peer_profiles
from fedcomm.activitypub.inbound import moderators, receptions
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.errors import Refusal
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import carrying, reactions, reading
from fedcomm.threads.model import Post
from federation.errors import Malformed
from federation.relaying import Relayed, unwrap
from federation.vocabulary.activities import Activity, Add, Announce, Create, Delete, Dislike, Like, Undo, Update
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.reading import read_activity

Hear = Callable[[Hearing], Awaitable[Post | None]]
"""Hears one activity; the post that it brought, where it knows it."""

PASSED_ON = (Create, Update, Delete, Like, Dislike, Undo, *moderators.ACTS)
"""What a group may say that others did; an Announce in an Announce is not opened (D48)."""


async def announce(said: Hearing, activity: Announce, hear: Hear) -> None:
    """Somebody announces a post to those who follow them, or a group passes on activities, each heard by `hear`."""
    by = await said.actor()
    try:
        passed_on = unwrap(said.document, said.body)
    except Malformed as problem:
        raise Dropped(str(problem)) from problem
    if passed_on:
        await _open(said, by, activity, passed_on, hear)
        return
    named = activity.object.id if isinstance(activity.object, Object) else activity.object
    if not isinstance(named, str):
        raise Dropped("an Announce of nothing, or inside an Announce")
    await by_id(said, by, named, activity)


async def by_id(said: Hearing, by: Account, uri: str, activity: Announce | Add) -> None:
    """Somebody shows a post to those who follow them. Raises Missing, Dropped."""
    await _record(said, by, await _announced(said, by, uri), activity)


async def _announced(said: Hearing, by: Account, uri: str) -> Post:
    """The post that is announced; fetched when somebody here reads who announces it."""
    known = await reading.by_uri(said.db, uri)
    if known is None:
        if said.here.is_ours(uri):
            raise Dropped("an Announce of what is not here")
        if not await follows.is_read_here(said.db, by.id):
            raise Dropped("nobody here follows who announces it")
        found = await said.need(f"announced {uri}", lambda: _fetched(said, uri))
        known = await reading.by_uri(said.db, found) if found is not None else None
    if known is None:
        raise Dropped("an Announce of what is not to be had")
    return known


async def _fetched(said: Hearing, uri: str) -> str:
    return (await said.resolver.post(uri)).uri


async def _record(said: Hearing, by: Account, post: Post, activity: Announce | Add) -> None:
    """The announcement itself: a wrapper in the home of those who follow."""
    if said.uri is None:
        raise Dropped("an Announce without an id")
    await receptions.shown(said, by, post)
    announced_at = activity.published or said.item.received_at
    await reactions.receive_announce(
        said.db, said.here, by, post, said.uri, published_at=min(announced_at, said.now), now=said.now
    )


async def _open(said: Hearing, by: Account, activity: Announce, passed_on: tuple[Relayed, ...], hear: Hear) -> None:
    """Each activity on its own: one without effect does not spoil the others."""
    if not by.is_group:
        raise Dropped("only groups pass on what others do")
    await peer_profiles.note_sent_activity(said.db, by.authority, now=said.now)
    reasons: list[str] = []
    for number, one in enumerate(passed_on, start=1):
        try:
            # One that comes alone needs no savepoint: when it has no effect, neither has the whole.
            async with said.db.transaction() if len(passed_on) > 1 else nullcontext():
                await _one(said, by, activity, one, number, hear)
        except (Dropped, Refusal) as reason:
            reasons.append(str(reason) or type(reason).__name__)
    if len(reasons) == len(passed_on):
        raise Dropped("; ".join(dict.fromkeys(reasons)))


async def _one(said: Hearing, by: Account, outer: Announce, one: Relayed, number: int, hear: Hear) -> None:
    try:
        inner = read_activity(one.document)
    except Malformed as problem:
        raise Dropped(str(problem)) from problem
    if not isinstance(inner, PASSED_ON):
        raise Dropped(f"not there yet: {inner.type or 'an unknown activity'} passed on by a group")
    brought = None
    if not said.here.is_ours(inner.actor):  # else an echo
        if not await _is_heard(said, by, inner):
            raise Dropped("nobody here follows the group")
        brought = await hear(said.inside(inner, one.document, one.body, by, number))
    if isinstance(inner, Create | Update):
        post = brought or await _about(said, inner)
        await receptions.shown(said, by, post)
        if post is not None and post.is_root:
            await _record(said, by, post, outer)


async def _about(said: Hearing, inner: Activity) -> Post | None:
    """The post that an activity is about, if it is here."""
    about = getattr(inner, "object", None)
    uri = about.id if isinstance(about, Object) else about
    return await reading.by_uri(said.db, uri) if isinstance(uri, str) else None


def _names_ours(said: Hearing, inner: Activity) -> bool:
    """Whether a group's decision is about one of ours, who need not be its member."""
    act = inner.object if isinstance(inner, Undo) else inner
    return isinstance(act, moderators.ACTS) and act.object is not None and said.here.is_ours(act.object)


async def _is_heard(said: Hearing, by: Account, inner: Activity) -> bool:
    """Whether what a group passes on matters here: somebody follows it, or it is about a thread that is here."""
    if await follows.is_read_here(said.db, by.id):
        return True
    if _names_ours(said, inner):
        return True
    post = await _about(said, inner)
    about = getattr(inner, "object", None)
    if post is None and isinstance(about, Object) and about.in_reply_to is not None:
        post = await reading.by_uri(said.db, about.in_reply_to)
        if post is None and about.context is not None:
            post = await reading.root_of_context(said.db, (about.context,))
    if post is None:
        return False
    return post.group_id == by.id or await carrying.of(said.db, post.thread_id, by.id) is not None
