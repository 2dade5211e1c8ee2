"""Likes, and what is taken back (S038; R021)."""

from fedcomm.activitypub.inbound import blocks, carries, early, follows, moderation, posts
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.emojis import Given
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import carrying, reactions, reading, votes
from federation.authority import may_undo
from federation.vocabulary.activities import (
    Activity,
    Announce,
    Block,
    Delete,
    Dislike,
    Follow,
    Join,
    Like,
    Lock,
    Offer,
    Undo,
)


async def like(said: Hearing, activity: Like) -> None:
    """Somebody favourites a post."""
    post = await reading.by_uri(said.db, activity.object) if activity.object is not None else None
    if post is None:
        await early.keep(said, activity.object, "a Like of what is not here")
        return
    by = await said.actor()
    if activity.emoji is None or said.uri is None:
        await reactions.favourite(said.db, said.here, by, post.id, uri=said.uri, body=_proven(said), now=said.now)
        return
    drawn = activity.picture
    picture = Given(shortcode=drawn.name, icon_url=drawn.icon) if drawn is not None else None
    await reactions.receive_reaction(
        said.db, said.here, by, post.id, activity.emoji, picture, uri=said.uri, body=_proven(said), now=said.now
    )


async def dislike(said: Hearing, activity: Dislike) -> None:
    """Somebody dislikes a post: nothing is shown or counted here, but a group of ours passes it on."""
    post = await reading.by_uri(said.db, activity.object) if activity.object is not None else None
    if said.uri is None:
        raise Dropped("a Dislike without an id")
    if post is None:
        await early.keep(said, activity.object, "a Dislike of what is not here")
        return
    by = await said.actor()
    if not await reactions.dislike(said.db, by, post.id, said.uri, body=_proven(said), now=said.now):
        raise Dropped("dislikes have no effect here")


def _proven(said: Hearing) -> bytes:
    """The bytes that a group passes on as they came, because they prove who says it; else none."""
    return said.body if said.activity.has_proof or said.activity.has_ld_signature else b""


async def undo(said: Hearing, activity: Undo) -> None:
    """Somebody takes back what they did; nobody else may (S038)."""
    undone = activity.object
    if undone is None:
        raise Dropped("an Undo of nothing")
    if isinstance(undone, Delete) and said.relayed_by is not None and undone.object is not None:
        await posts.restore(said, undone.object)
        return
    if isinstance(undone, Block):
        await blocks.undo(said, undone)
        return
    if isinstance(undone, Lock):
        await moderation.unlock(said, undone)
        return
    if isinstance(undone, Activity) and not may_undo(activity.actor, undone.actor):
        raise Dropped("an Undo of what somebody else did")
    match undone:
        case str():
            await _named(said, undone)
        case Follow() | Join():
            await follows.undo(said, undone)
        case Offer():
            await _offer(said, undone)
        case Like() | Announce() | Dislike():
            await _reaction(said, undone)
        case Delete(object=str() as uri):
            await posts.restore(said, uri)
        case _:
            raise Dropped(f"not there yet: Undo of {undone.type or 'an unknown activity'}")


async def _named(said: Hearing, uri: str) -> None:
    """Only the id of what is undone was sent, which may be anything that can be undone."""
    if await follows.undo_named(said, uri) or await carries.undo(said, uri):
        return
    if await moderation.unlock_named(said, uri):
        return
    by = await said.actor()
    if not await blocks.undo_named(said, by, uri):
        await reactions.receive_undo(said.db, said.here, by, uri, body=_proven(said), now=said.now)


async def _offer(said: Hearing, undone: Offer) -> None:
    if not await carries.undo(said, undone.id):
        raise Dropped("an Undo of an Offer that is not here")


async def _reaction(said: Hearing, undone: Like | Announce | Dislike) -> None:
    """By its id; where a server has made up another one, by what it was about."""
    by = await said.actor()
    body = _proven(said)
    if undone.id is not None and await reactions.receive_undo(
        said.db, said.here, by, undone.id, body=body, now=said.now
    ):
        return
    about = undone.object
    post = await reading.by_uri(said.db, about) if isinstance(about, str) else None
    if post is not None and isinstance(undone, Like) and undone.emoji is not None:
        await reactions.end_reaction(said.db, by, post.id, undone.emoji, body=body, now=said.now)
    elif post is not None and isinstance(undone, Like):
        await reactions.unfavourite(said.db, said.here, by, post.id, body=body, now=said.now)
    elif post is not None and isinstance(undone, Dislike):
        await votes.end_dislike(said.db, by, post_id=post.id, body=body, now=said.now)
    elif post is not None and isinstance(undone, Announce) and by.is_group:
        await carrying.receive_withdrawal(said.db, by, post.id, now=said.now)
    elif post is not None and isinstance(undone, Announce):
        await reactions.unboost(said.db, said.here, by, post.id, now=said.now)
