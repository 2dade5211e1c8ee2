"""A group of ours announces a thread, or takes that back (federation.md 2.2, 2.3; decisions D17, D49, D55, D56).

Form A reads `Announce{Create}` from the home group, everybody else an `Announce` of the post's id; a group that only
carries a thread announces its id to all.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import authored, sending
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.activitypub.peer_profiles import learn_profile
from fedcomm.http.context import Site, SiteWork
from fedcomm.threads import audience, carrying, reacted, reading
from fedcomm.threads.audience import Recipient
from fedcomm.threads.model import Post
from fedcomm.threads.reacted import Reaction
from federation import relaying
from federation.vocabulary.activities import Announce

MANY_PEERS = 200
SPREAD = timedelta(seconds=60)
ASKED_AT_ONCE = 20
MOST_EARLIER = 1_000
"""Posts of a thread that a group which begins to carry it is told of."""


async def announce(work: SiteWork, fact: facts.ThreadAnnounced) -> None:
    """A group of ours announces a thread to its members elsewhere; servers that we do not know yet come after (D56)."""
    site = work.site
    found = await _announced(site, fact.boost_id)
    recipients = found.recipients if found else []
    known = [each for each in recipients if each.announce_form is not None]
    strangers = sorted({each.authority for each in recipients if each.announce_form is None})
    outgoing = await _announcements(site, found, known) if found else []
    async with work.transaction() as db:
        await sending.enqueue(db, site, outgoing, now=work.now)
        if strangers:
            await facts.record(db, facts.ThreadAnnouncedToStrangers(fact.boost_id, tuple(strangers)), now=work.now)


async def announce_to_strangers(work: SiteWork, fact: facts.ThreadAnnouncedToStrangers) -> None:
    """The same for servers that are asked first what they understand; who does not answer in time gets form C (D56)."""
    site = work.site
    some = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask(authority: str) -> None:
        async with some:
            await learn_profile(site, authority)

    asking = [asyncio.create_task(ask(authority)) for authority in fact.authorities]
    _, late = await asyncio.wait(asking, timeout=site.durations.profile_wait.total_seconds())
    for task in late:
        task.cancel()
    found = await _announced(site, fact.boost_id)
    recipients = [each for each in found.recipients if each.authority in fact.authorities] if found else []
    await sending.queue(work, *(await _announcements(site, found, recipients) if found else []))


@dataclass(frozen=True, slots=True)
class _Announced:
    """What a group announced, and to whom it goes."""

    boost: Reaction
    post: Post
    group: Account
    author: Account
    recipients: list[Recipient]


async def _announced(site: Site, boost_id: int) -> _Announced | None:
    """None: it was taken back meanwhile."""
    async with site.read() as db:
        boost = await reacted.boost(db, boost_id)
        post = await reading.find(db, boost.post_id) if boost else None
        group = await lookup.by_id(db, boost.account_id) if boost else None
        author = await lookup.by_id(db, post.author_id) if post else None
        recipients = await audience.announcement_recipients(db, group.id, post.id) if group and post else []
    if boost is None or not boost.uri or post is None or group is None or author is None:
        return None
    return _Announced(boost, post, group, author, recipients)


async def _announcements(site: Site, found: _Announced, recipients: list[Recipient]) -> list[Outgoing]:
    """Of each form one, for those of these recipients that read it."""
    post, group = found.post, found.group
    if not recipients:
        return []
    said = await authored.created(site, found.author, post) if group.id == post.group_id else None
    wraps = {each.inbox_url: each.authority for each in recipients if said is not None and each.announce_form == "A"}
    plain = {each.inbox_url: each.authority for each in recipients if each.inbox_url not in wraps}
    outgoing: list[Outgoing] = []
    if said is not None and wraps:
        outgoing.append(await sending.announced(site, group, post, said.body, wraps))
    if plain:
        outgoing.append(await _by_id(site, group, post, found.author, found.boost.uri, found.boost.id, plain))
    return outgoing


async def catch_up(work: SiteWork, fact: facts.CarryBegun) -> None:
    """A group elsewhere has begun to carry a thread of a group of ours: it gets what was said before, in order.

    What was changed since goes as it is now; whoever takes an edit of what they do not know takes it as new (R020).
    """
    site = work.site
    async with site.read() as db:
        carry = await carrying.by_id(db, fact.carry_id)
        root = await reading.find(db, carry.thread_id) if carry else None
        groups = await lookup.by_ids(db, {carry.group_id, root.group_id or 0}) if carry and root else {}
        home = groups.get(root.group_id or 0) if root else None
        posts = await reading.thread(db, root.id, None, limit=MOST_EARLIER) if root else []
        authors = await lookup.by_ids(db, {post.author_id for post in posts})
    if carry is None or root is None or carry.state != "carried" or home is None or not home.is_local:
        return await sending.queue(work)
    inbox, authority = sending.inbox_of(groups[carry.group_id])
    outgoing: list[Outgoing] = []
    for post in posts:
        author = authors[post.author_id]
        if post.id == root.id or post.state != "visible" or author.authority == authority:
            continue
        said = await (authored.update if post.edited_at else authored.created)(site, author, post)
        if said is not None:
            outgoing.append(await sending.announced(site, home, post, said.body, {inbox: authority}))
    return await sending.queue(work, *outgoing)


async def withdraw(work: SiteWork, fact: facts.AnnouncementWithdrawn) -> None:
    """A group of ours takes an announcement back: for all who got it by the post's id."""
    if not fact.announce_uri:  # it was shown here only
        return await sending.queue(work)
    return await _undo(work, fact, all_forms=False)


async def take_back(work: SiteWork, fact: facts.AnnouncementTakenBack) -> None:
    """The same of what a suspended server wrote (T33): no removal says it in form A, so the `Undo` goes to all."""
    return await _undo(work, fact, all_forms=True)


async def _undo(
    work: SiteWork, fact: facts.AnnouncementWithdrawn | facts.AnnouncementTakenBack, *, all_forms: bool
) -> None:
    site = work.site
    async with site.read() as db:
        post = await reading.find(db, fact.post_id)
        group = await lookup.by_id(db, fact.group_id)
        author = await lookup.by_id(db, post.author_id) if post else None
        recipients = await audience.announcement_recipients(db, fact.group_id, fact.post_id)
    if post is None or group is None or author is None:
        return await sending.queue(work)
    inboxes = {
        each.inbox_url: each.authority
        for each in recipients
        if all_forms or group.id != post.group_id or each.announce_form != "A"
    }
    if not inboxes:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(site)
    undo = relaying.undo_of(uri, _announce_of(site, group, post, author, fact.announce_uri))
    outgoing = await sending.ready(
        site, group, undo, id=id_, order_key=post.thread_id, inboxes=inboxes.items(), post_id=post.id
    )
    return await sending.queue(work, outgoing)


def _announce_of(site: Site, group: Account, post: Post, author: Account, uri: str) -> Announce:
    return relaying.announcement_of_id(
        uri,
        group=group.uri,
        followers=group.followers_url or group.uri + "/followers",
        published=site.now(),
        post=post.uri,
        also_to=(author.uri,),
    )


async def _by_id(
    site: Site, group: Account, post: Post, author: Account, uri: str, id: int, inboxes: dict[str, str]
) -> Outgoing:
    """The announcement by the post's id; spread when many would ask another server for the post at once (D55)."""
    spread = SPREAD if not post.is_local and len(set(inboxes.values())) > MANY_PEERS else timedelta(0)
    return await sending.ready(
        site,
        group,
        _announce_of(site, group, post, author, uri),
        id=id,
        order_key=post.thread_id,
        inboxes=inboxes.items(),
        post_id=post.id,
        spread=spread,
        is_further=True,
    )
