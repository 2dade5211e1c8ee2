"""One thread in several groups: the question to carry it, and the answer (decisions D49; federation.md 4.2)."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import sending
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.http.context import Site, SiteWork
from fedcomm.threads import carrying, reading
from fedcomm.threads.model import Carry, Post
from federation.vocabulary.activities import Accept, Offer, Reject


async def _concerned(work: SiteWork, carry_id: int) -> tuple[Carry, Post, dict[int, Account]] | None:
    async with work.site.read() as db:
        carry = await carrying.by_id(db, carry_id)
        post = await reading.find(db, carry.thread_id) if carry else None
        if carry is None or post is None:
            return None
        home = {post.group_id} if post.group_id else set[int]()
        people = await lookup.by_ids(db, {carry.group_id, carry.requested_by, post.author_id, *home})
    return carry, post, people


async def offer(work: SiteWork, fact: facts.CarryAsked) -> None:
    """One of ours asks a group elsewhere to carry a thread; the home group gets a copy."""
    found = await _concerned(work, fact.carry_id)
    if found is None:
        return await sending.queue(work)
    carry, post, people = found
    by, group = people[carry.requested_by], people[carry.group_id]
    if not by.is_local or group.is_local or carry.state != "requested":
        return await sending.queue(work)
    home = people.get(post.group_id or 0)
    outgoing = await _offered(work.site, carry, post, by, group, home)
    async with work.transaction() as db:
        await carrying.set_offer_uri(db, carry.id, outgoing.uri)
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
    return None


async def _offered(site: Site, carry: Carry, post: Post, by: Account, group: Account, home: Account | None) -> Outgoing:
    """The question, for the group and the home group, as far as they live elsewhere."""
    id_, uri = sending.fresh_id(site)
    activity = Offer(
        id=uri,
        actor=by.uri,
        to=(group.uri,),
        cc=(home.uri,) if home else (),
        object=post.uri,
        target=group.uri,
    )
    told = [who for who in (group, home) if who is not None and not who.is_local]
    inboxes = [sending.inbox_of(who) for who in told]
    return await sending.ready(site, by, activity, id=id_, order_key=post.thread_id, inboxes=inboxes, post_id=post.id)


async def decide(work: SiteWork, fact: facts.CarryDecided) -> None:
    """A group of ours said yes or no to carrying a thread; who asked and the home group are told."""
    found = await _concerned(work, fact.carry_id)
    if found is None:
        return await sending.queue(work)
    carry, post, people = found
    group, by = people[carry.group_id], people[carry.requested_by]
    if not group.is_local or carry.state not in ("carried", "declined"):
        return await sending.queue(work)
    home = people.get(post.group_id or 0)
    told = [who for who in (by, home) if who is not None and not who.is_local]
    if not told:
        return await sending.queue(work)
    asked, earlier = carry.offer_uri, list[Outgoing]()
    if asked is None:
        # Ours asked ours: the home group elsewhere hears the question first, or the answer would mean nothing to it.
        earlier = [await _offered(work.site, carry, post, by, group, home)]
        asked = earlier[0].uri
    id_, uri = sending.fresh_id(work.site)
    to = tuple(dict.fromkeys(who.uri for who in told))
    if carry.state == "carried":
        answer = Accept(id=uri, actor=group.uri, to=to, object=asked, result=carry.announce_uri)
    else:
        answer = Reject(id=uri, actor=group.uri, to=to, object=asked, summary=carry.reason or None)
    outgoing = await sending.ready(
        work.site,
        group,
        answer,
        id=id_,
        order_key=post.thread_id,
        inboxes=[sending.inbox_of(who) for who in told],
        post_id=post.id,
    )
    async with work.transaction() as db:
        await carrying.set_offer_uri(db, carry.id, asked)
        await sending.enqueue(db, work.site, [*earlier, outgoing], now=work.now)
    return None
