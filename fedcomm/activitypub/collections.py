"""What others keep in collections beside their actor: what they pinned, and who looks after a group (federation.md 1.6,
2.4). Read when somebody here begins to follow them, and again when they say that moderators changed.
"""

import logging

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Refusal
from fedcomm.groups import moderators
from fedcomm.http.context import Site, SiteWork
from fedcomm.threads import pins
from federation.authority import authority, live_together
from federation.errors import FederationError
from federation.vocabulary.collections import Collection, CollectionPage, Item

log = logging.getLogger(__name__)


async def learn(work: SiteWork, fact: facts.CollectionsWanted) -> None:
    """Read the collections of somebody elsewhere. What cannot be had stays as it was known."""
    async with work.site.read() as db:
        account = await lookup.by_id(db, fact.account_id)
    if account is None or account.is_local or account.state != "active":
        async with work.transaction():
            return
    resolver = work.site.service(Resolver)
    carers = await _listed(resolver, account, account.moderators_url) if account.is_group else None
    featured = await _listed(resolver, account, account.featured_url) if not fact.moderators_only else None
    post_ids = [await _post(resolver, uri) for uri in featured[: pins.MOST_ELSEWHERE]] if featured is not None else None
    async with work.transaction() as db:
        if carers is not None:
            await moderators.replace(db, account.id, carers, now=work.now)
        if post_ids is not None:
            await pins.replace(db, account, [each for each in post_ids if each is not None], now=work.now)


async def learn_moderators(site: Site, resolver: Resolver, group: Account) -> None:
    """Ask a group elsewhere who looks after it. Called outside of transactions."""
    carers = await _listed(resolver, group, group.moderators_url)
    if carers is not None:
        async with site.transaction() as db:
            await moderators.replace(db, group.id, carers, now=site.now())


async def _listed(resolver: Resolver, account: Account, url: str | None) -> list[str] | None:
    """The ids on the first page of a collection; None: it is not to be had. Nothing further is followed (S143)."""
    if url is None or not live_together(url, account.uri):
        return None
    try:
        await resolver.pace.take(authority(url))
        found = await resolver.listing(url)
        items = found.items
        if isinstance(found, Collection) and not items and isinstance(found.first, CollectionPage):
            items = found.first.items
        elif isinstance(found, Collection) and not items and isinstance(found.first, str) and found.first != url:
            items = (await resolver.listing(found.first)).items if live_together(found.first, account.uri) else ()
    except (FederationError, Refusal) as reason:
        log.debug("collection not read url=%s reason=%s", url, reason)
        return None
    return [uri for uri in map(_id, items) if uri is not None]


def _id(item: Item) -> str | None:
    return item if isinstance(item, str) else item.id


async def _post(resolver: Resolver, uri: str) -> int | None:
    """What is pinned, fetched if need be; None where it cannot be had."""
    try:
        return (await resolver.post(uri)).id
    except (FederationError, Refusal) as reason:
        log.debug("pinned post not read uri=%s reason=%s", uri, reason)
        return None
