"""Asking for, allowing and taking back quotes, told to the other server (FEP-044f)."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub import documents
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from fedcomm.threads import audience, quoting, reading
from federation.vocabulary.activities import Accept, Delete, QuoteRequest, Reject
from federation.vocabulary.contexts import PUBLIC


async def ask(work: SiteWork, fact: facts.QuoteAsked) -> None:
    """A post of ours quotes one of another server: its author is asked, with the whole post at hand."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        quote = await quoting.of_post(db, fact.post_id)
        quoted = await reading.find(db, quote.quoted_id or 0) if quote is not None else None
        if post is None or post.state != "visible" or quote is None or quoted is None or quote.state != "pending":
            return await sending.queue(work)
        people = await lookup.by_ids(db, {post.author_id, quoted.author_id})
        written = await documents.post(db, work.here, post)
    author, asked = people[post.author_id], people[quoted.author_id]
    # What only some may read is named, and not shown to whom it is not for.
    instrument = written.object if post.audience in audience.PUBLIC else post.uri
    request = QuoteRequest(
        id=quote.request_uri, actor=author.uri, to=(asked.uri,), object=quoted.uri, instrument=instrument
    )
    outgoing = await sending.ready(
        work.site,
        author,
        request,
        id=fact.request_id,
        order_key=post.thread_id,
        inboxes=[sending.inbox_of(asked, personal=True)],
        post_id=post.id,
    )
    return await sending.queue(work, outgoing)


async def answer(work: SiteWork, fact: facts.QuoteRequested) -> None:
    """An author of ours allows or refuses what somebody elsewhere asked for."""
    async with work.site.read() as db:
        quoted = await reading.find(db, fact.quoted_id)
        people = await lookup.by_ids(db, {fact.asker_id, quoted.author_id} if quoted else {fact.asker_id})
    asker = people[fact.asker_id]
    if quoted is None or asker.is_local:
        return await sending.queue(work)
    author = people[quoted.author_id]
    id_, uri = sending.fresh_id(work.site)
    asked = QuoteRequest(id=fact.request_uri, actor=asker.uri, object=quoted.uri, instrument=fact.quoting_uri)
    activity: Accept | Reject
    if fact.stamp_id is not None:
        result = quoting.stamp_uri(work.here, quoted.id, fact.stamp_id)
        activity = Accept(id=uri, actor=author.uri, to=(asker.uri,), object=asked, result=result)
    else:
        activity = Reject(id=uri, actor=author.uri, to=(asker.uri,), object=asked)
    return await sending.queue(work, await sending.between(work.site, author, asker, activity, id=id_))


async def revoke(work: SiteWork, fact: facts.QuoteRevoked) -> None:
    """An author of ours takes a stamp back: told to who quotes, and to all who were told of the quoted post."""
    async with work.site.read() as db:
        stamp = await quoting.stamp_by_id(db, fact.stamp_id)
        quoted = await reading.find(db, stamp.quoted_id) if stamp is not None else None
        if stamp is None or quoted is None:
            return await sending.queue(work)
        people = await lookup.by_ids(db, {stamp.account_id, quoted.author_id})
        recipients = [*await audience.recipients(db, quoted.id), *await audience.recipients(db, fact.post_id)]
    author, asker = people[quoted.author_id], people[stamp.account_id]
    inboxes = {each.inbox_url: each.authority for each in recipients}
    if not asker.is_local:
        inboxes.update([sending.inbox_of(asker)])
    id_, uri = sending.fresh_id(work.site)
    is_public = quoted.audience in audience.PUBLIC
    activity = Delete(
        id=uri,
        actor=author.uri,
        to=(PUBLIC,) if is_public else (asker.uri,),
        cc=(asker.uri,) if is_public else (),
        object=quoting.stamp_uri(work.here, quoted.id, stamp.id),
    )
    outgoing = await sending.ready(
        work.site, author, activity, id=id_, order_key=quoted.thread_id, inboxes=inboxes.items(), post_id=quoted.id
    )
    return await sending.queue(work, outgoing)
