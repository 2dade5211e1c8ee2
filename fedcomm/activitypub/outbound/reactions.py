"""Favourites and boosts by people here, told to who wrote the post and to the group it belongs to (D40, D80)."""

from collections.abc import Iterable
from dataclasses import replace

from fedcomm import facts
from fedcomm.accounts import lookup, reach
from fedcomm.accounts.model import Account
from fedcomm.activitypub.documents import emoji_tags
from fedcomm.activitypub.outbound import sending
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.http.context import SiteWork
from fedcomm.threads import audience, emoji_reactions, reacted, reading
from fedcomm.threads.model import Post
from federation.vocabulary.activities import Activity, Announce, Like, Undo
from federation.vocabulary.contexts import PUBLIC


async def _interested(db: Connection, post: Post) -> list[Account]:
    """Who elsewhere learns of a reaction: the author, and the home group, which counts for its members."""
    wanted = {post.author_id, *((post.group_id,) if post.group_id else ())}
    return [account for account in (await lookup.by_ids(db, wanted)).values() if not account.is_local]


def _inboxes(accounts: Iterable[Account]) -> list[tuple[str, str]]:
    return [sending.inbox_of(account) for account in accounts]


def _like(by: Account, post: Post, interested: Iterable[Account], uri: str) -> Like:
    """Public, where the post is: then it carries a proof, by which those believe it to whom groups pass it on."""
    cc = (PUBLIC,) if post.audience in audience.PUBLIC else ()
    return Like(id=uri, actor=by.uri, to=tuple(who.uri for who in interested), cc=cc, object=post.uri)


async def _with_emoji(db: Connection, here: Here, activity: Like, by: Account) -> Like:
    """With the emoji that was chosen, if one was. Who does not know a Like with content counts it as a favourite."""
    found = await emoji_reactions.of_activity(db, by.id, activity.id or "")
    if found is None:
        return activity
    chosen, pictures = found
    if chosen.emoji_id is None:
        return replace(activity, emoji=chosen.name)
    (picture,) = emoji_tags(here, pictures)
    return replace(activity, emoji=f":{chosen.name}:", picture=picture)


async def like(work: SiteWork, fact: facts.PostFavourited) -> None:
    """One of ours favourited a post."""
    async with work.site.read() as db:
        found = await reacted.favourite(db, fact.favourite_id)
        post = await reading.find(db, found.post_id) if found else None
        by = await lookup.by_id(db, found.account_id) if found else None
        interested = await _interested(db, post) if post else []
    if found is None or post is None or by is None or not by.is_local or not interested:
        return await sending.queue(work)
    async with work.site.read() as db:
        activity = await _with_emoji(db, work.here, _like(by, post, interested, found.uri), by)
    outgoing = await sending.ready(
        work.site, by, activity, id=found.id, order_key=post.thread_id, inboxes=_inboxes(interested), post_id=post.id
    )
    return await sending.queue(work, outgoing)


async def _undo(work: SiteWork, by_id: int, post_id: int, undone: Activity, inboxes: list[tuple[str, str]]) -> None:
    async with work.site.read() as db:
        by = await lookup.by_id(db, by_id)
        post = await reading.find(db, post_id)
    if by is None or not by.is_local or post is None or not inboxes:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(work.site)
    activity = Undo(id=uri, actor=by.uri, to=undone.to, cc=undone.cc, object=undone)
    outgoing = await sending.ready(
        work.site, by, activity, id=id_, order_key=post.thread_id, inboxes=inboxes, post_id=post.id
    )
    return await sending.queue(work, outgoing)


async def unlike(work: SiteWork, fact: facts.FavouriteUndone) -> None:
    """One of ours took a favourite back."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        by = await lookup.by_id(db, fact.account_id)
        interested = await _interested(db, post) if post else []
    if post is None or by is None:
        return await sending.queue(work)
    undone = _like(by, post, interested, fact.favourite_uri)
    return await _undo(work, fact.account_id, fact.post_id, undone, _inboxes(interested))


async def _boost_activity(db: Connection, by: Account, post: Post, uri: str) -> tuple[Announce, list[tuple[str, str]]]:
    author = await lookup.by_id(db, post.author_id)
    assert author is not None
    followers = by.followers_url or by.uri + "/followers"
    activity = Announce(id=uri, actor=by.uri, to=(PUBLIC,), cc=(followers, author.uri), object=post.uri)
    inboxes = await reach.follower_inboxes(db, by.id)
    if not author.is_local:
        inboxes.append(sending.inbox_of(author))
    return activity, inboxes


async def boost(work: SiteWork, fact: facts.PostBoosted) -> None:
    """One of ours boosted a post: their followers and its author are told."""
    async with work.site.read() as db:
        found = await reacted.boost(db, fact.boost_id)
        post = await reading.find(db, found.post_id) if found else None
        by = await lookup.by_id(db, found.account_id) if found else None
        if found is None or post is None or by is None or not by.is_local:
            told = None
        else:
            told = await _boost_activity(db, by, post, found.uri)
    if told is None or found is None or post is None or by is None:
        return await sending.queue(work)
    activity, inboxes = told
    outgoing = await sending.ready(
        work.site, by, activity, id=found.id, order_key=post.thread_id, inboxes=inboxes, post_id=post.id
    )
    return await sending.queue(work, outgoing)


async def unboost(work: SiteWork, fact: facts.BoostUndone) -> None:
    """One of ours took a boost back."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        by = await lookup.by_id(db, fact.account_id)
        if post is None or by is None:
            told = None
        else:
            told = await _boost_activity(db, by, post, fact.boost_uri)
    if told is None:
        return await sending.queue(work)
    return await _undo(work, fact.account_id, fact.post_id, *told)
