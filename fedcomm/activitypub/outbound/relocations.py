"""A thread of a group of ours was moved to another one: those who read the old group are told in form A (FEP-f15d).

To others the old announcement is taken back and a new one made, which are facts of their own (federation.md 2.2). A
group of another server is asked before (federation.md 4.3).
"""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import moderation, sending
from fedcomm.http.context import SiteWork
from fedcomm.threads import handing_over, reading
from federation.vocabulary.activities import Accept, Move, Offer, Reject


async def ask(work: SiteWork, fact: facts.ThreadMoveAsked) -> None:
    """Ask a group elsewhere whether it takes a thread of a group of ours."""
    async with work.site.read() as db:
        asked = await handing_over.by_id(db, fact.move_id)
        concerned = {asked.requested_by, asked.origin_id, asked.target_id} if asked else set[int]()
        people = await lookup.by_ids(db, concerned)
    if asked is None or asked.state != "requested":
        return await sending.queue(work)
    by, origin, target = people[asked.requested_by], people[asked.origin_id], people[asked.target_id]
    actor = by if by.is_local else origin
    move = Move(
        actor=actor.uri, to=(target.uri,), object=asked.old_context, origin=origin.uri, target=target.uri
    )  # fmt: skip
    id_, uri = sending.fresh_id(work.site)
    offer = Offer(id=uri, actor=actor.uri, to=(target.uri,), object=move, target=target.uri)
    inboxes = [sending.inbox_of(target, personal=True)]
    outgoing = await sending.ready(
        work.site, actor, offer, id=id_, order_key=asked.thread_id, inboxes=inboxes, post_id=asked.thread_id
    )
    async with work.transaction() as db:
        await handing_over.set_offer_uri(db, asked.id, uri)
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
    return None


async def answer(work: SiteWork, fact: facts.ThreadMoveDecided) -> None:
    """A group of ours takes a thread from elsewhere, or does not: who asked, and the old group, are told."""
    async with work.site.read() as db:
        asked = await handing_over.by_id(db, fact.move_id)
        concerned = {asked.requested_by, asked.origin_id, asked.target_id} if asked else set[int]()
        people = await lookup.by_ids(db, concerned)
    if asked is None or asked.offer_uri is None or not people[asked.target_id].is_local:
        return await sending.queue(work)
    target, told = people[asked.target_id], {people[asked.requested_by].uri, people[asked.origin_id].uri}
    id_, uri = sending.fresh_id(work.site)
    to = tuple(sorted(told))
    if asked.state == "accepted":
        said = Accept(id=uri, actor=target.uri, to=to, object=asked.offer_uri, result=asked.new_context)
    elif asked.state == "declined":
        said = Reject(id=uri, actor=target.uri, to=to, object=asked.offer_uri, summary=asked.reason or None)
    else:
        return await sending.queue(work)
    inboxes = [sending.inbox_of(people[asked.origin_id], personal=True)]
    outgoing = await sending.ready(
        work.site, target, said, id=id_, order_key=asked.thread_id, inboxes=inboxes, post_id=asked.thread_id
    )
    return await sending.queue(work, outgoing)


async def moved(work: SiteWork, fact: facts.ThreadMoved) -> None:
    """Tell where it went; also the servers of those who wrote in it, and the new group if that lives elsewhere."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        writers = await handing_over.writers(db, fact.post_id)
        people = await lookup.by_ids(db, {fact.origin_id, fact.target_id, fact.by_id, *writers})
        handed = await handing_over.last(db, fact.post_id, fact.origin_id, fact.target_id)
    origin, target = people[fact.origin_id], people[fact.target_id]
    if post is None or post.state != "visible" or not origin.is_local:
        return await moderation.nothing(work)
    act = Move(
        actor=origin.uri,
        object=handed.old_context if handed is not None else post.context_uri or post.uri,
        origin=origin.uri,
        target=target.uri,
        result=handed.new_context if handed is not None else None,
    )
    also = [people[each] for each in (*writers, target.id) if each in people and not people[each].is_local]
    return await moderation.announce(work, origin, people.get(fact.by_id), act, also=also, post=post)
