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
        return await sending.queue(work)
    id_, uri = sending.fresh_id(work.site)
    activity = Reject(id=uri, actor=group.uri, to=(author.uri,), object=fact.activity_uri, summary=fact.reason or None)
    return await sending.queue(work, await sending.between(work.site, group, author, activity, id=id_))
