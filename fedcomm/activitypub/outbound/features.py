"""What accounts of ours say to collections of other servers that would feature them, now and later (FEP-7aa9)."""

from fedcomm import facts
from fedcomm.accounts import featured_elsewhere, lookup
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from federation.vocabulary.activities import Accept, Delete, FeatureRequest, Reject


async def answer(work: SiteWork, fact: facts.FeatureRequested) -> None:
    """Yes, with the address of the consent, or no."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.account_id, fact.owner_id})
    account, owner = people[fact.account_id], people[fact.owner_id]
    if owner.is_local:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(work.site)
    asked = FeatureRequest(id=fact.request_uri, actor=owner.uri, object=account.uri, instrument=fact.collection_uri)
    activity: Accept | Reject
    if fact.stamp_id is not None:
        result = featured_elsewhere.stamp_uri(account, fact.stamp_id)
        activity = Accept(id=uri, actor=account.uri, to=(owner.uri,), object=asked, result=result)
    else:
        activity = Reject(id=uri, actor=account.uri, to=(owner.uri,), object=asked)
    return await sending.queue(work, await sending.between(work.site, account, owner, activity, id=id_))


async def revoke(work: SiteWork, fact: facts.FeatureRevoked) -> None:
    """They want to be featured no longer: the consent is deleted."""
    async with work.site.read() as db:
        stamp = await featured_elsewhere.by_id(db, fact.stamp_id)
        people = await lookup.by_ids(db, {stamp.account_id, stamp.owner_id}) if stamp is not None else {}
    if stamp is None or len(people) < 2:
        return await sending.queue(work)
    account, owner = people[stamp.account_id], people[stamp.owner_id]
    id_, uri = sending.fresh_id(work.site)
    gone = featured_elsewhere.stamp_uri(account, stamp.id)
    activity = Delete(id=uri, actor=account.uri, to=(owner.uri,), object=gone)
    return await sending.queue(work, await sending.between(work.site, account, owner, activity, id=id_))
