"""A well-formed post to a group of ours by somebody who may not write there: they are told (decisions D45)."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from federation.vocabulary.activities import Reject


async def reject(work: SiteWork, fact: facts.PostRefused) -> None:
    """The group refuses the Create that brought the post."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.group_id, fact.author_id})
    group, author = people[fact.group_id], people[fact.author_id]
    if author.is_local:
        async with work.transaction():
            return
    id_, uri = sending.fresh_id(work.site)
    activity = Reject(id=uri, actor=group.uri, to=(author.uri,), object=fact.activity_uri, summary=fact.reason or None)
    outgoing = await sending.ready(
        work.site,
        group,
        activity,
        id=id_,
        order_key=sending.pair_key(group, author),
        inboxes=[sending.inbox_of(author, personal=True)],
    )
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
