"""A well-formed post to a group of ours by somebody who may not write there: they are told (decisions D45)."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import sending
from fedcomm.activitypub.peer_profiles import learn_profile
from fedcomm.http.context import SiteWork
from fedcomm.network import peers
from fedcomm.threads import refusing
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


async def explain(work: SiteWork, fact: facts.PostRefused) -> None:
    """The group writes to the author, where the other server shows nothing of a Reject (T35)."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.group_id, fact.author_id})
    group, author = people[fact.group_id], people[fact.author_id]
    if not author.is_local:
        await learn_profile(work.site, author.authority)
    async with work.transaction() as db:
        if not author.is_local and (await peers.profile(db, author.authority)).announce_form != "A":
            await refusing.explain(db, work.site.here, group, author, fact.reason, now=work.now)
