"""One of ours blocks somebody elsewhere: told to that person's server alone, which keeps the two apart there."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from federation.vocabulary.activities import Activity, Block, Undo


async def block(work: SiteWork, fact: facts.AccountBlocked) -> None:
    """One of ours blocked somebody."""
    await _send(work, fact, undoes=False)


async def unblock(work: SiteWork, fact: facts.AccountUnblocked) -> None:
    """One of ours took it back."""
    await _send(work, fact, undoes=True)


async def _send(work: SiteWork, fact: facts.AccountBlocked | facts.AccountUnblocked, *, undoes: bool) -> None:
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.account_id, fact.target_id})
    by, target = people[fact.account_id], people[fact.target_id]
    if target.is_local:
        async with work.transaction():
            return
    id_, uri = sending.fresh_id(work.site)
    activity: Activity = Block(id=fact.block_uri, actor=by.uri, to=(target.uri,), object=target.uri)
    if undoes:
        activity = Undo(id=uri, actor=by.uri, to=(target.uri,), object=activity)
    outgoing = await sending.ready(
        work.site,
        by,
        activity,
        id=id_,
        order_key=sending.pair_key(by, target),
        inboxes=[sending.inbox_of(target, personal=True)],
    )
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
