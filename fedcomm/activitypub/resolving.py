"""What lies on other servers and is needed here: an account or a post by its address, and the thread it stands in.

Fetched first, then written in a transaction of its own. Only what an origin says about its own counts (FEP-fe34), and
only public posts are fetched. Source: decisions D47, D51; S029, S036, S142-S145.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from fedcomm import facts, tombstones
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import translating
from fedcomm.activitypub.actors import Actors
from fedcomm.activitypub.pace import Pace
from fedcomm.activitypub.translating import Unknown
from fedcomm.database import Connection
from fedcomm.errors import Gone, Invalid, NotAllowed, NotFound, Refusal
from fedcomm.http.context import Site
from fedcomm.network import peers
from fedcomm.threads import placing, posting, reading, voting
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Draft, Post
from federation.authority import authority, counts_as_fetched, live_together, origin
from federation.errors import FederationError, Malformed, Unreachable
from federation.fetching import FetchedObject, Fetcher, Refused
from federation.vocabulary.activities import Create
from federation.vocabulary.actors import Actor
from federation.vocabulary.collections import Collection, CollectionPage
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.objects import Tombstone
from federation.vocabulary.reading import Anything, read, read_collection
from federation.vocabulary.strict_json import load_object

MOST_ANCESTORS = 64
"""S142, D51."""
MOST_STRANGERS = 10
"""Accounts that are fetched to place one post."""

Write = Callable[[Connection, Draft], Awaitable[Post]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A post as its own origin gives it now."""

    object: Object
    """Of one author, who lives there too."""
    author_uri: str


class Resolver:
    """Finds what lives elsewhere. One for each process."""

    def __init__(self, site: Site, fetcher: Fetcher, actors: Actors) -> None:
        self._site = site
        self._fetcher = fetcher
        self._actors = actors
        self.pace = Pace(site.durations)

    async def account(self, uri: str, *, fresh: bool = False) -> Account:
        """The account with this id or handle. Raises NotFound, NotAllowed (its server is shut out), FederationError."""
        if not uri.startswith(("http://", "https://")):
            handle = self._fetcher.outside.handle(uri.removeprefix("@"))
            account = await self._actors.by_handle(handle.name, handle.domain)
            if not account.is_local:
                await self._check_admitted(account.uri)
            return account
        if not self._site.here.is_ours(uri):
            await self._check_admitted(uri)
        return await self._actors.account(uri, fresh=fresh)

    async def known(self, uri: str) -> Post | None:
        """The post with this id, if it is here and was not deleted."""
        async with self._site.read() as db:
            found = await reading.by_uri(db, uri)
        return found if found is not None and found.state != "deleted" else None

    async def post(self, uri: str, *, quiet: bool = True) -> Post:
        """The post with this id, with what it answers; fetched if it is not known.

        Raises NotFound, Gone, NotAllowed (not public; its server is shut out; not wanted there), FederationError.
        """
        async with self._site.read() as db:
            known = await reading.by_uri(db, uri)
        if known is not None:
            if known.state == "deleted":
                raise Gone("This post was deleted.")
            return known
        if self._site.here.is_ours(uri):
            raise NotFound("There is no such post.")
        return await self.keep(await self.fetch(uri), quiet=quiet)

    async def refresh(self, uri: str) -> Post | None:
        """The post as its origin gives it now: new, changed, or None when it is gone there, and then here too.

        Raises as `post` does.
        """
        if self._site.here.is_ours(uri):
            raise NotAllowed("Nobody elsewhere speaks for what is ours.")
        try:
            found = await self.fetch(uri, fresh=True)
        except Gone:
            await self._site.pool.retry(lambda db: self._bury(db, uri))
            return None
        async with self._site.read() as db:
            known = await reading.by_uri(db, found.object.id)
        if known is None:
            return await self.keep(found, quiet=False)
        author = await self.account(found.author_uri)
        return await self._write(found, author, lambda db, draft: self._change(db, author, known, draft))

    async def search(self, text: str) -> Account | Post | None:
        """Whom or what a handle, an id or the address of a page means; None when it means nothing to us.

        Raises Unreachable (its server does not answer just now).
        """
        text = text.strip()
        try:
            if not text.startswith(("http://", "https://")):
                return await self.account(text) if "@" in text.removeprefix("@") else None
            async with self._site.read() as db:
                account = await lookup.by_uri(db, text)
                known = None if account else await reading.by_url(db, text, None)
            if account is not None or known is not None:
                return account or known
            return await self._ours(text) if self._site.here.is_ours(text) else await self._page(text)
        except (Malformed, Refusal):
            return None

    async def fetch(self, uri: str, *, fresh: bool = False) -> Found:
        """A post as its own origin gives it; nothing is written. Raises Gone, NotAllowed, NotFound, FederationError."""
        return await self._as_post(await self.document(uri, fresh=fresh), fresh=fresh)

    async def document(self, uri: str, *, fresh: bool = False) -> FetchedObject:
        """Whatever lies at an address. Raises Gone, NotAllowed, FederationError."""
        await self._check_admitted(uri)
        try:
            return await self._fetcher.fetch_object(uri, fresh=fresh)
        except Refused as refused:
            if refused.is_gone:
                raise Gone("It is not there any more.") from refused
            raise

    async def listing(self, uri: str) -> Collection | CollectionPage:
        """A collection or a page of one, which may name anything and prove nothing. Raises as `document` does."""
        await self._check_admitted(uri)
        return read_collection(load_object((await self._fetcher.fetch(uri)).body))

    async def listing_since(self, uri: str, known: str | None) -> tuple[Collection | CollectionPage | None, str | None]:
        """A collection or a page of one, and its ETag; None instead of it: it is as it was when its ETag was `known`.

        Raises as `document` does.
        """
        await self._check_admitted(uri)
        document = await self._fetcher.fetch(uri, known=known)
        if document.is_unchanged:
            return None, known
        etag = document.etag if str(document.url) == str(self._fetcher.outside.url(uri)) else None
        return read_collection(load_object(document.body)), etag

    async def keep(self, found: Found, *, quiet: bool) -> Post:
        """Write a fetched post down, and before it what it answers as far as that can be had (D51)."""
        chain = await self.above(found)
        for parent in reversed(chain):
            try:
                await self.store(parent, quiet=True)
            except (Refusal, FederationError) as reason:
                log.debug("ancestor not kept uri=%s reason=%s", parent.object.id, reason)
        top = chain[-1] if chain else found
        return await self.store(found, quiet=quiet, rest_of=top.object)

    async def above(self, found: Found) -> list[Found]:
        """What a post answers, nearest first, up to what is known here; at most 64, for at most half our time (S142).

        A chain that returns to itself ends there (S144).
        """
        ends = time.monotonic() + self._site.durations.work_limit.total_seconds() / 2
        chain: list[Found] = []
        seen = {found.object.id}
        uri = found.object.in_reply_to
        while uri is not None and uri not in seen and len(chain) < MOST_ANCESTORS and time.monotonic() < ends:
            if self._site.here.is_ours(uri) or await self._is_known(uri):
                break
            seen.add(uri)
            try:
                await self.pace.take(authority(uri))
                parent = await self.fetch(uri)
            except (FederationError, Refusal) as reason:
                if isinstance(reason, Gone):
                    await self.note_gone(uri)
                log.debug("ancestor not found uri=%s reason=%s", uri, reason)
                break
            if parent.object.id in seen and parent.object.id != uri:
                break
            seen.add(parent.object.id)
            chain.append(parent)
            uri = parent.object.in_reply_to
        return chain

    async def note_gone(self, uri: str) -> None:
        """Its own server says that a post that never was here is no more: what answers it waits no longer (D51)."""
        here, now = self._site.here, self._site.now()

        async def write(db: Connection) -> None:
            await tombstones.remember(db, uri, str(origin(uri)), now=now)
            await placing.place_answers_to_gone(db, here, uri, now=now)

        await self._site.pool.retry(write)

    async def store(self, found: Found, *, quiet: bool, rest_of: Object | None = None) -> Post:
        """Publish one fetched post. `rest_of`: the top of its thread as it was found; the rest of it is looked for.

        Raises Refusal, FederationError (its author cannot be had).
        """
        author = await self.account(found.author_uri)

        async def publish(db: Connection, draft: Draft) -> Post:
            post = await self._publish(db, author, draft, quiet=quiet)
            waiting = _rest_of(rest_of) if rest_of is not None else ()
            if waiting:
                await facts.record(db, facts.ThreadIncomplete(post.id, waiting), now=self._site.now())
            return post

        stored = await self._write(found, author, publish)
        self._site.wakeups.ring("facts")
        return stored

    async def _publish(self, db: Connection, author: Account, draft: Draft, *, quiet: bool) -> Post:
        """Publish a fetched draft; a thread that its group does not take stays with its author (D32)."""
        now = self._site.now()
        if draft.audience not in PUBLIC:
            raise NotAllowed("Only public posts are fetched.")
        try:
            async with db.transaction():
                return await posting.publish(db, self._site.here, author, draft, quiet=quiet, now=now)
        except NotAllowed:
            if draft.group_id is None:
                raise
        alone = msgspec.structs.replace(draft, group_id=None, carry_ids=())
        return await posting.publish(db, self._site.here, author, alone, quiet=quiet, now=now)

    async def _change(self, db: Connection, author: Account, known: Post, draft: Draft) -> Post:
        assert draft.remote is not None
        if known.author_id != author.id:
            raise NotAllowed("This post is by somebody else.")
        await voting.receive_counts(db, known, draft, at=self._site.now(), now=self._site.now())
        if draft.remote.edited_at is None:
            if (known.content_html, known.summary) == (draft.content_html, draft.summary):
                return known
            changed = msgspec.structs.replace(draft.remote, edited_at=self._site.now())
            draft = msgspec.structs.replace(draft, remote=changed)
        return await posting.edit(db, self._site.here, author, known.id, draft, now=self._site.now())

    async def _write(self, found: Found, author: Account, write: Write) -> Post:
        """Do `write` with the draft of a fetched post; whoever has to be known for it is fetched in between.

        Raises Unreachable where the group of a new thread does not answer just now: it would be another thread here.
        """
        now, published = self._site.now(), found.object.published
        is_fresh = published is not None and now - published < self._site.durations.group_patience
        without: set[str] = set()
        for _ in range(MOST_STRANGERS):
            try:
                return await self._site.pool.retry(lambda db: self._drafted(db, found, author, without, write))
            except Unknown as stranger:
                try:
                    await self.account(stranger.uri)
                except (FederationError, Refusal) as reason:
                    if stranger.is_home and is_fresh and isinstance(reason, Unreachable):
                        raise
                    without.add(stranger.uri)
        raise Invalid("It names too many strangers.")

    async def _drafted(self, db: Connection, found: Found, author: Account, without: set[str], write: Write) -> Post:
        here, now = self._site.here, self._site.now()
        draft = await translating.draft_of(db, here, found.object, None, author, without=without, now=now)
        return await write(db, draft)

    async def _bury(self, db: Connection, uri: str) -> None:
        known = await reading.by_uri(db, uri)
        author = await lookup.by_id(db, known.author_id) if known is not None else None
        if author is not None and not author.is_local:
            await posting.delete_by_uri(db, self._site.here, author.uri, uri, now=self._site.now())

    async def _as_post(self, fetched: FetchedObject, *, fresh: bool) -> Found:
        """The post in a document: itself, or what a Create there made. Raises Gone, NotFound, Malformed."""
        said = read(fetched.object)
        if isinstance(said, Create) and isinstance(said.object, str) and live_together(said.object, fetched.id):
            fetched = await self.document(said.object, fresh=fresh)
            said = read(fetched.object)
        elif isinstance(said, Create) and isinstance(said.object, Object):
            said = said.object
        if isinstance(said, Tombstone):
            raise Gone("This post was deleted.")
        if not isinstance(said, Object):
            raise NotFound("There is no post at this address.")
        return self.checked(said, final_url=str(fetched.document.url))

    def checked(self, said: Object, *, final_url: str) -> Found:
        """A post whose author is one, and lives where it came from (S028-S030, S046). Raises Malformed."""
        author = said.author
        if author is None or not said.is_by(author) or said.is_vote:
            raise Malformed("a post without one author")
        if self._site.here.is_ours(said.id) or not counts_as_fetched(said.id, author, final_url=final_url):
            raise Malformed("a post that is not where its author is")
        return Found(said, author)

    async def _page(self, url: str) -> Account | Post:
        await self._check_admitted(url)
        found = await self._fetcher.fetch_from_page(url)
        await self._check_admitted(found.id)
        said: Anything = read(found.object)
        if isinstance(said, Collection | CollectionPage):
            raise NotFound("There is neither a person nor a post at this address.")
        if isinstance(said, Actor):
            return await self._actors.keep(found)
        post = await self._as_post(found, fresh=False)
        async with self._site.read() as db:
            known = await reading.by_uri(db, post.object.id)
        return known or await self.keep(post, quiet=True)

    async def _ours(self, url: str) -> Account | Post | None:
        """What a page of ours shows: `/@name`, `/@name@host`, `/@name/<id>`."""
        shown = url.removeprefix(self._site.here.base_url + "/@").partition("?")[0].strip("/")
        name, _, number = shown.partition("/")
        async with self._site.read() as db:
            if number.isdecimal() and len(number) < 19:
                return await reading.by_id(db, int(number), None)
            handle, _, domain = name.partition("@")
            return await lookup.by_handle(db, handle, domain or self._site.here.domain)

    async def _is_known(self, uri: str) -> bool:
        async with self._site.read() as db:
            return await reading.by_uri(db, uri) is not None

    async def _check_admitted(self, uri: str) -> None:
        async with self._site.read() as db:
            if not await peers.is_admitted(db, authority(uri), self._site.settings.federation):
                raise NotAllowed("This instance does not exchange anything with that one.")


def _rest_of(top: Object) -> tuple[tuple[str, int], ...]:
    """Where more of a thread lies: its conversation, else the replies to what was found of it."""
    if top.context is not None and live_together(top.context, top.id):
        return ((top.context, 1),)
    if top.context is not None and top.audience is not None and live_together(top.context, top.audience):
        return ((top.context, 1),)
    return replies_of(top)


def replies_of(post: Object) -> tuple[tuple[str, int], ...]:
    """Addresses of the replies to a post, and where more are listed."""
    listed = post.replies
    if listed is None or listed.total == 0:
        return ()
    items = tuple((uri, 0) for uri in listed.items)
    following = listed.next if listed.items else (listed.first or listed.id)
    return (*items, *(((following, 1),) if following else ()))
