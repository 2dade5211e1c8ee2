"""What somebody elsewhere published before they were found from here, so that their page is not empty here.

Once, the first page of their outbox, at most twenty posts, public threads only; answers and boosts of people are left
out; what was said in these threads is looked for by and by. A post counts as its own server gives it: by its id, or in
the outbox of somebody who lives there.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from fedcomm import facts
from fedcomm.accounts import lookup, remote
from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Found, Resolver
from fedcomm.errors import Refusal
from fedcomm.http.context import Site, SiteWork
from fedcomm.threads import carrying
from fedcomm.threads.model import Post
from federation.addressing import possible_homes
from federation.authority import authority, live_together
from federation.errors import FederationError
from federation.vocabulary.activities import Announce, Create
from federation.vocabulary.collections import Collection, CollectionPage, Item
from federation.vocabulary.objects import Post as Object

MOST_POSTS = 20
MOST_LOOKED_AT = 60
"""Entries of a page; people's boosts are not taken."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post that an outbox lists."""

    uri: str
    embedded: Object | None
    announce: Announce | None


async def want(site: Site, account: Account) -> None:
    """Somebody elsewhere was found: what they published is read in the background, if it was not before."""
    if account.is_local or account.outbox_url is None or account.state != "active":
        return
    async with site.transaction() as db:
        if await remote.want_posts(db, account.id, now=site.now()):
            await facts.record(db, facts.CollectionsWanted(account.id), now=site.now())


async def read(work: SiteWork, fact: facts.OutboxWanted) -> None:
    """Read the outbox. What cannot be had is left out."""
    async with work.site.read() as db:
        account = await lookup.by_id(db, fact.account_id)
    if account is None or account.is_local or account.state != "active" or account.outbox_url is None:
        async with work.transaction():
            return
    ends = time.monotonic() + work.site.durations.work_limit.total_seconds() / 2
    entries = await _entries(work.site.service(Resolver), account, account.outbox_url)
    for entry in reversed(entries):
        if time.monotonic() > ends:
            break
        try:
            await _keep(work, account, entry)
        except (FederationError, Refusal) as reason:
            log.debug("post of an outbox not kept uri=%s reason=%s", entry.uri, reason)
    async with work.transaction():
        return


async def _entries(resolver: Resolver, account: Account, url: str) -> list[Entry]:
    """What the first page lists, newest first. Nothing further is followed (S143)."""
    try:
        await resolver.pace.take(authority(url))
        found = await resolver.listing(url)
        if isinstance(found, Collection) and not found.items and isinstance(found.first, CollectionPage):
            found = found.first
        elif isinstance(found, Collection) and not found.items and isinstance(found.first, str) and found.first != url:
            if not live_together(found.first, account.uri):
                return []
            await resolver.pace.take(authority(found.first))
            found = await resolver.listing(found.first)
    except (FederationError, Refusal) as reason:
        log.debug("outbox not read url=%s reason=%s", url, reason)
        return []
    listed = (_entry(account, item) for item in found.items[:MOST_LOOKED_AT])
    unique = {each.uri: each for each in listed if each is not None}
    return list(unique.values())[:MOST_POSTS]


def _entry(account: Account, item: Item) -> Entry | None:
    """A thread of theirs, or one that they, a group, announced."""
    if isinstance(item, Create) and item.actor == account.uri:
        return _of(item.object, None)
    if not isinstance(item, Announce) or item.actor != account.uri or not account.is_group:
        return None
    inner = item.object
    return _of(inner.object if isinstance(inner, Create) else inner, item)


def _of(about: object, announce: Announce | None) -> Entry | None:
    if isinstance(about, Object):
        return Entry(about.id, about, announce) if about.in_reply_to is None else None
    return Entry(about, None, announce) if isinstance(about, str) else None


async def _keep(work: SiteWork, account: Account, entry: Entry) -> None:
    """Store one of the posts, with its announcement. What would be a thread of a group of ours never was one."""
    post = await _post(work.site, account, entry)
    uri = entry.announce.id if entry.announce is not None else None
    if post is None or entry.announce is None or uri is None or not live_together(uri, account.uri):
        return
    published_at: datetime = entry.announce.published or post.published_at
    await work.site.pool.retry(
        lambda db: carrying.receive_announce(
            db,
            work.site.here,
            account,
            post,
            uri,
            published_at=min(published_at, work.now),
            is_old=True,
            now=work.now,
        )
    )


async def _post(site: Site, account: Account, entry: Entry) -> Post | None:
    resolver = site.service(Resolver)
    known = await resolver.known(entry.uri)
    if known is not None or site.here.is_ours(entry.uri):
        return known
    assert account.outbox_url is not None
    if entry.embedded is not None and live_together(entry.uri, account.outbox_url):
        found = resolver.checked(entry.embedded, final_url=account.outbox_url)
    else:
        await resolver.pace.take(authority(entry.uri))
        found = await resolver.fetch(entry.uri)
    if found.object.in_reply_to is not None or _is_for_ours(site, found):
        return None
    return await resolver.store(found, quiet=True, rest_of=found.object)


def _is_for_ours(site: Site, found: Found) -> bool:
    return any(site.here.is_ours(uri) for uri in possible_homes(found.object))
