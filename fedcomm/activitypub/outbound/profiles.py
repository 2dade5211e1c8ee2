"""Changes of our accounts, told to the servers of their followers."""

from fedcomm import facts
from fedcomm.accounts import lookup, reach
from fedcomm.accounts.keys import Keyring
from fedcomm.activitypub import documents
from fedcomm.activitypub.outbound import sending
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.groups import reading as groups
from fedcomm.http.context import SiteWork
from fedcomm.portability import erasures
from federation.vocabulary.activities import Delete, Update
from federation.vocabulary.contexts import PUBLIC


async def update(work: SiteWork, fact: facts.AccountChanged) -> None:
    """A person or group of ours changed their profile."""
    async with work.site.read() as db:
        account = await lookup.by_id(db, fact.account_id)
        inboxes = await reach.follower_inboxes(db, fact.account_id)
        profile = await groups.profile(db, fact.account_id)
        if profile is not None:
            inboxes = list(dict([*inboxes, *await reach.carrying_inboxes(db, fact.account_id)]).items())
    if account is None or not account.is_local or account.state != "active" or not inboxes:
        async with work.transaction():
            return
    keys = await work.site.service(Keyring).of(account.id, account.uri, now=work.now)
    id_, uri = sending.fresh_id(work.site)
    document = documents.actor(work.here, account, keys, profile)
    activity = Update(id=uri, actor=account.uri, to=(PUBLIC,), object=document)
    outgoing = await sending.ready(work.site, account, activity, id=id_, order_key=-account.id, inboxes=inboxes)
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, [outgoing], now=work.now)


async def delete(work: SiteWork, fact: facts.AccountDeleted) -> None:
    """An account of ours is gone: everybody who may know of it is told; then what is left of it goes."""
    async with work.site.read() as db:
        account = await lookup.by_id(db, fact.account_id)
        inboxes = await reach.acquainted_inboxes(db, fact.account_id)
    outgoing: list[Outgoing] = []
    if account is not None and account.is_local and inboxes:
        id_, uri = sending.fresh_id(work.site)
        activity = Delete(id=uri, actor=account.uri, to=(PUBLIC,), object=account.uri)
        outgoing.append(
            await sending.ready(work.site, account, activity, id=id_, order_key=-account.id, inboxes=inboxes)
        )
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, outgoing, now=work.now)
        for each in outgoing:
            await erasures.said(db, fact.account_id, each.id)
        await facts.record(db, facts.AccountToldGone(fact.account_id), now=work.now)
