"""Making a thread whole that was found elsewhere by one of its posts (decisions D51; S142-S144).

Its conversation is read, or the replies to what is known of it. Work is cut into pieces of one consequence each: what
is left is written down as a new fact, so neither a crash nor a slow server loses it.

A list is asked for again with the ETag it had, as it came (NodeBB's has no quotes), and 304 says that nothing is new.
It is remembered only of what says by itself that it changed, and forgotten when something listed could not be had.
"""

import asyncio
import logging
import time
from collections import deque
from datetime import timedelta

from fedcomm import facts
from fedcomm.activitypub.resolving import Found, Resolver, replies_of
from fedcomm.errors import Gone, Refusal
from fedcomm.http.context import Site, SiteWork
from fedcomm.network import peers
from fedcomm.threads import known_lists, missing_parents, posting, reading
from federation.authority import authority, live_together
from federation.errors import FederationError, Malformed
from federation.vocabulary.activities import Create
from federation.vocabulary.collections import Collection, CollectionPage, Item
from federation.vocabulary.objects import Post as Object

MOST_OBJECTS = 500
MOST_PAGES = 10
PIECE = 40
"""Asked for in one piece of the work."""
PAUSE_AFTER = 10
"""A server that was asked as often as it may be has so many turns again when the next piece begins."""
LOOKED_FOR = timedelta(days=14)
"""So long the missing parent of a reply is asked for."""
AT_ONCE = 8
"""Between instances of this software that have admitted one another."""

log = logging.getLogger(__name__)


async def go_on(work: SiteWork, fact: facts.ThreadIncomplete) -> None:
    """Consequence: fetch a piece of a thread, and write down what is left of it."""
    filling = _Filling(work.site, fact)
    await filling.run()
    left = filling.left()
    async with work.transaction() as db:
        if filling.is_whole:
            await known_lists.remember(db, fact.post_id, filling.etags)
        else:
            await known_lists.forget(db, fact.post_id)
        if left:
            rest = facts.ThreadIncomplete(fact.post_id, left, filling.asked)
            await facts.record(db, rest, now=work.site.now(), after=filling.pause)


async def look_for_parents(site: Site) -> None:
    """Ask once more for what is answered here and could not be had; its answers are placed when it comes (D51)."""
    now = site.now()
    async with site.transaction() as db:
        await posting.place_waiting(db, site.here, now=now)
    async with site.read() as db:
        wanted = await missing_parents.page(db, since=now - LOOKED_FOR, limit=PIECE)
    resolver = site.service(Resolver)
    ends = time.monotonic() + site.durations.work_limit.total_seconds() / 2
    for uri in wanted:
        if time.monotonic() > ends:
            return
        async with site.transaction() as db:
            await missing_parents.note_asked(db, [uri], since=now - LOOKED_FOR, now=site.now())
        try:
            await resolver.pace.take(authority(uri))
            await resolver.post(uri)
        except Gone:
            await resolver.note_gone(uri)
        except (FederationError, Refusal) as reason:
            log.debug("parent not found uri=%s reason=%s", uri, reason)


class _Filling:
    """One piece of the work on one thread. `page` 0 is a post, others are pages of a collection."""

    def __init__(self, site: Site, fact: facts.ThreadIncomplete) -> None:
        self._site = site
        self._resolver = site.service(Resolver)
        self._post_id = fact.post_id
        self._waiting = deque((uri, page) for uri, page in fact.waiting)
        self._seen = {uri for uri, _ in fact.waiting}
        self.asked = fact.asked
        self.etags: dict[str, str] = {}
        """Of the lists that were read."""
        self._missed = False
        self.pause = timedelta(0)
        """How long to wait before the next piece: others may not be asked faster, and nobody waits here meanwhile."""

    async def run(self) -> None:
        """Work until nothing is left, or enough was asked for, or those who are next must not be asked yet."""
        most = min(MOST_OBJECTS, self.asked + PIECE)
        ends = time.monotonic() + self._site.durations.work_limit.total_seconds() / 6
        while self._waiting and self.asked < most and time.monotonic() < ends:
            if await self._must_pause(self._waiting[0][0]):
                self.pause = PAUSE_AFTER * self._site.durations.backfill_pause
                break
            batch = [self._waiting.popleft()]
            while self._waiting and len(batch) < AT_ONCE and await self._is_friend(self._waiting[0][0]):
                batch.append(self._waiting.popleft())
            found = await asyncio.gather(*(self._ask(uri, page) for uri, page in batch))
            for posts in found:
                for post in posts:
                    await self._keep(post)

    @property
    def is_whole(self) -> bool:
        """Whether all that was listed is here or still in the row: else lists are read anew the next time."""
        return not self._missed and not (self._waiting and self.asked >= MOST_OBJECTS)

    def left(self) -> tuple[tuple[str, int], ...]:
        """What is still to be asked for."""
        return tuple(self._waiting)[: MOST_OBJECTS - self.asked] if self.asked < MOST_OBJECTS else ()

    async def _ask(self, uri: str, page: int) -> list[Found]:
        """The post at an address, or those that a page there embeds; what it lists is put into the row."""
        if page == 0 and await self._is_known(uri):
            return []
        self.asked += 1
        waited_before = len(self._waiting)
        etag = None
        try:
            if not await self._is_friend(uri):
                await self._resolver.pace.take(authority(uri))
            if page == 0:
                return [await self._resolver.fetch(uri)]
            said, etag = await self._resolver.listing_since(uri, await self._known_etag(uri))
            if said is None:
                return []
            self._list(said, page, uri)
            etag = etag if _tells_of_changes(said) else None
        except (FederationError, Refusal) as reason:
            if page == 0 and isinstance(reason, Gone):
                await self._resolver.note_gone(uri)
            else:
                self._missed = True
            log.debug("part of a thread not found uri=%s reason=%s", uri, reason)
        if page == 1 and len(self._waiting) <= waited_before + 1 and await self._walk_instead(uri):
            return []
        if etag is not None:
            self.etags[uri] = etag
        return []

    async def _known_etag(self, uri: str) -> str | None:
        async with self._site.read() as db:
            return await known_lists.etag(db, self._post_id, uri)

    async def _walk_instead(self, uri: str) -> bool:
        """A conversation that lists nothing, or only how it began: the replies to its first post are looked for.

        Whether this is one.
        """
        async with self._site.read() as db:
            post = await reading.find(db, self._post_id)
            root = await reading.find(db, post.thread_id) if post is not None else None
            names = await reading.context_uris(db, root.id) if root is not None else []
        if root is None or root.is_local or uri not in names or any(each != root.uri for each, _ in self._waiting):
            return False
        try:
            await self._resolver.pace.take(authority(root.uri))
            found = await self._resolver.fetch(root.uri)
        except (FederationError, Refusal) as reason:
            log.debug("first post of a thread not read again uri=%s reason=%s", root.uri, reason)
            return True
        for listed, page in replies_of(found.object):
            self._add(listed, page)
        return True

    def _list(self, said: object, page: int, uri: str) -> None:
        """Put what a collection lists into the row. Bodies that stand in it are not believed: ids are asked for."""
        if isinstance(said, Collection) and isinstance(said.first, CollectionPage):
            self._add_items((*said.items, *said.first.items))
            self._add_page(said.first.next, page, uri)
        elif isinstance(said, Collection):
            self._add_items(said.items)
            self._add_page(said.first if isinstance(said.first, str) else None, page - 1, uri)
        elif isinstance(said, CollectionPage):
            self._add_items(said.items)
            self._add_page(said.next, page, uri)

    def _add_items(self, items: tuple[Item, ...]) -> None:
        for item in items:
            named = _id_of(item)
            if named is not None:
                self._add(named, 0)

    def _add_page(self, uri: str | None, page: int, before: str) -> None:
        if uri is not None and page < MOST_PAGES and live_together(uri, before):
            self._add(uri, page + 1)

    def _add(self, uri: str, page: int) -> None:
        if uri not in self._seen and len(self._seen) < 2 * MOST_OBJECTS and not self._site.here.is_ours(uri):
            self._seen.add(uri)
            self._waiting.append((uri, page))

    async def _keep(self, found: Found) -> None:
        """Store a reply to something that is known or still to come; its own replies are looked for too."""
        parent = found.object.in_reply_to
        if parent is None or not (parent in self._seen or await self._is_known(parent)):
            self._missed = True
            return
        try:
            await self._resolver.store(found, quiet=True)
        except (FederationError, Refusal) as reason:
            log.debug("part of a thread not kept uri=%s reason=%s", found.object.id, reason)
            self._missed = True
            return
        for uri, page in replies_of(found.object):
            self._add(uri, page)

    async def _must_pause(self, uri: str) -> bool:
        try:
            is_asked_enough = self._resolver.pace.ahead(authority(uri)) > 0
        except Malformed:
            return False
        return is_asked_enough and not await self._is_friend(uri)

    async def _is_known(self, uri: str) -> bool:
        async with self._site.read() as db:
            return await reading.by_uri(db, uri) is not None

    async def _is_friend(self, uri: str) -> bool:
        """Whether this lies with an admitted instance of our own kind, which does not mind to be asked quickly."""
        try:
            who = authority(uri)
        except Malformed:
            return False
        async with self._site.read() as db:
            profile = await peers.profile(db, who)
        return profile.policy == "allowed" and profile.software_name == "fedcomm"


def _tells_of_changes(said: Collection | CollectionPage) -> bool:
    """Whether what is listed cannot change without this document: it holds all of it, or says how much there is."""
    if isinstance(said, CollectionPage):
        return said.next is None
    if said.total is not None:
        return True
    return said.first is None or (isinstance(said.first, CollectionPage) and said.first.next is None)


def _id_of(item: Item) -> str | None:
    """The id of a post that a collection lists, as itself or as what made it."""
    if isinstance(item, str):
        return item
    if isinstance(item, Object):
        return item.id
    if isinstance(item, Create):
        return item.object.id if isinstance(item.object, Object) else item.object
    return None
