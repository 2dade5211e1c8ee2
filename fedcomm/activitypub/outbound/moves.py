"""One of ours has moved: their followers' servers let those follow along (federation.md 1.9)."""

from fedcomm import facts
from fedcomm.accounts import lookup, reach
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from federation.vocabulary.activities import Move


async def move(work: SiteWork, fact: facts.AccountMoved) -> None:
    """Tell all followers elsewhere, once."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.account_id, fact.target_id})
        inboxes = await reach.follower_inboxes(db, fact.account_id)
    account, target = people[fact.account_id], people[fact.target_id]
    if not account.is_local or not inboxes or fact.above:
        async with work.transaction():
            return
    id_, uri = sending.fresh_id(work.site)
    followers = account.followers_url or account.uri + "/followers"
    activity = Move(id=uri, actor=account.uri, to=(followers,), object=account.uri, target=target.uri)
    outgoing = await sending.ready(work.site, account, activity, id=id_, order_key=-account.id, inboxes=inboxes)
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
