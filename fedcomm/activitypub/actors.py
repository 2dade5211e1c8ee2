"""Actors of other servers: fetched from their own id, translated into our words, kept with their keys.

Only the actor's own document, as its own origin gives it, may change an account or its keys (S018, S029, S047).
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from fedcomm.accounts import keys as known_keys
from fedcomm.accounts import lookup, remote
from fedcomm.accounts.keys import Algorithm
from fedcomm.accounts.model import Account, AccountKind
from fedcomm.accounts.remote import Described
from fedcomm.database import Connection
from fedcomm.emojis import Given
from fedcomm.errors import NotFound
from fedcomm.http.context import Site
from fedcomm.network import peers
from fedcomm.text import limits
from fedcomm.text.cleaning import one_line
from fedcomm.text.sanitise import clean_bio, clean_field
from federation import webfinger
from federation.authority import authority, live_together
from federation.errors import FederationError, Malformed
from federation.fetching import FetchedObject, Fetcher
from federation.outside import Handle
from federation.signatures.key_formats import RSAPublicKey, public_to_multikey, public_to_pem
from federation.signatures.owned_keys import OwnedKey, keys_of
from federation.single_flight import SingleFlight
from federation.vocabulary.actors import Actor
from federation.vocabulary.reading_actors import read_actor

_KINDS: dict[str, AccountKind] = {
    "Person": "person",
    "Group": "group",
    "Organization": "organization",
    "Application": "application",
    "Service": "service",
}


def described(actor: Actor, handle_domain: str, *, handle: str | None = None) -> Described:
    """What an actor's document says, in our words. Raises Malformed (no usable name)."""
    username = handle or actor.username
    if not username:
        raise Malformed("an actor without a name")
    if not live_together(actor.id, actor.inbox):
        raise Malformed("an actor whose inbox is on another server")
    shared = actor.shared_inbox if actor.shared_inbox and live_together(actor.id, actor.shared_inbox) else None
    return Described(
        kind=_KINDS[actor.type],
        uri=actor.id,
        authority=authority(actor.id),
        handle=username,
        handle_domain=handle_domain,
        url=actor.url or actor.id,
        inbox_url=actor.inbox,
        shared_inbox_url=shared,
        outbox_url=_own(actor, actor.outbox),
        followers_url=_own(actor, actor.followers),
        following_url=_own(actor, actor.following),
        featured_url=_own(actor, actor.featured),
        moderators_url=_own(actor, actor.moderators),
        wall_url=_own(actor, actor.wall),
        name=one_line(actor.name or "", 200),
        bio_html=clean_bio(actor.summary or ""),
        fields=tuple(
            {"name": one_line(field.name, 255), "value_html": clean_field(field.value), "value": ""}
            for field in actor.fields
        ),
        avatar_url=actor.icon,
        header_url=actor.image,
        is_locked=actor.locked,
        is_bot=actor.type in ("Application", "Service"),
        is_discoverable=actor.discoverable is not False,
        is_indexable=bool(actor.indexable),
        is_suspended=actor.suspended,
        moved_to_uri=actor.moved_to,
        also_known_as=actor.also_known_as,
        published_at=actor.published,
        avatar_description=one_line(actor.icon_text, limits.ALT_TEXT),
        header_description=one_line(actor.image_text, limits.ALT_TEXT),
        shows_media=actor.shows_media is not False,
        shows_media_replies=actor.shows_media_replies is not False,
        shows_featured=actor.shows_featured is not False,
        attribution_domains=actor.attribution_domains,
        is_posting_restricted=actor.posting_restricted_to_mods,
        emojis=tuple(Given(shortcode=each.name, icon_url=each.icon) for each in actor.emojis),
    )


def _own(actor: Actor, url: str | None) -> str | None:
    return url if url is not None and live_together(actor.id, url) else None


NEWER_SIGNATURES = "https://datatracker.ietf.org/doc/html/rfc9421"
"""How servers say in `implements` that they read the newer form of signatures. Source: the registry of FEP-844e."""


class Actors:
    """Finds accounts elsewhere and keeps them. One for each process; what it asks goes through the guarded fetcher."""

    def __init__(self, site: Site, fetcher: Fetcher) -> None:
        self._site = site
        self._fetcher = fetcher
        self._refetched: OrderedDict[str, datetime] = OrderedDict()
        self._flights: SingleFlight[tuple[str, bool], Account] = SingleFlight()

    async def close(self) -> None:
        """Stop what is under way."""
        await self._flights.close()

    async def account(self, uri: str, *, fresh: bool = False) -> Account:
        """The account with this id, fetched if it is not known or `fresh`: once for all who ask meanwhile.

        Raises NotFound (ours, but there is none; or theirs and gone), Malformed, Unreachable.
        """
        async with self._site.read() as db:
            known = await lookup.by_uri(db, uri)
        if known is not None and (known.is_local or not fresh):
            return known
        if self._site.here.is_ours(uri):
            raise NotFound
        return await self._flights.join((uri, fresh), lambda: self._fetched(uri, fresh=fresh))

    async def _fetched(self, uri: str, *, fresh: bool) -> Account:
        """Fetched and kept, unless somebody else did so just before."""
        if not fresh:
            async with self._site.read() as db:
                known = await lookup.by_uri(db, uri)
            if known is not None:
                return known
        return await self.keep(await self._fetcher.fetch_object(uri, fresh=fresh))

    async def by_handle(self, name: str, domain: str, *, kind: str | None = None) -> Account:
        """The account `@name@domain`, asked for by WebFinger if it is not known. Raises NotFound, and as above."""
        async with self._site.read() as db:
            known = await lookup.by_handle(db, name, domain)
        if known is not None and known.state != "deleted":
            return known
        if domain in (self._site.here.domain, self._site.here.authority):
            raise NotFound
        handle = self._fetcher.outside.handle(f"{name}@{domain}")
        found = await webfinger.look_up(self._fetcher, handle, kind=kind)
        if self._site.here.is_ours(found.actor_uri):
            raise NotFound
        return await self.account(found.actor_uri)

    async def keep(self, fetched: FetchedObject) -> Account:
        """Keep an actor with its keys, as its own origin just described it. Raises Malformed."""
        if self._site.here.is_ours(fetched.id):
            raise Malformed("an id of ours from somewhere else")
        actor = read_actor(fetched.object)
        try:
            found = await self._proven_handle(actor)
            if found is None:
                found = (await webfinger.confirm(self._fetcher, actor.username, actor.id)).handle
            handle, domain = found.name, found.domain
        except FederationError:
            handle, domain = actor.username, authority(actor.id)
        if domain == self._site.here.domain:
            domain = authority(actor.id)
        said = described(actor, domain, handle=handle)
        keys = keys_of(fetched.object)
        now = self._site.now()
        reads_newer_form = any(each.href.startswith(NEWER_SIGNATURES) for each in actor.implements)
        if reads_newer_form:
            self._fetcher.prefer(actor.id, "rfc9421")

        async def write(db: Connection) -> Account:
            account = await remote.upsert(db, said, now=now)
            if reads_newer_form:
                await peers.prefer_signature_form(db, authority(actor.id), "rfc9421", now=now)
            await known_keys.remember(db, account.id, [_stored(key) for key in keys], now=now)
            return account

        return await self._site.pool.retry(write)

    async def _proven_handle(self, actor: Actor) -> Handle | None:
        """The handle that an actor names itself (FEP-2c59), if it is another than its id tells and leads back to it."""
        try:
            claimed = self._fetcher.outside.handle(actor.webfinger or "")
        except Malformed:
            return None
        if claimed.domain in (authority(actor.id), self._site.here.domain, self._site.here.authority):
            return None
        return claimed if await webfinger.prove(self._fetcher, claimed, actor.id) else None

    async def refreshed(self, account: Account) -> Account:
        """The account, fetched again if it is older than a day and its server answers (D76)."""
        fetched_at = account.fetched_at
        if account.is_local or (fetched_at and self._site.now() - fetched_at < self._site.durations.actor_stale):
            return account
        if not self.may_refetch(account.uri):
            return account
        try:
            return await self.account(account.uri, fresh=True)
        except (FederationError, NotFound):
            return account

    def may_refetch(self, uri: str, *, every: timedelta | None = None) -> bool:
        """Whether five minutes have passed since this was last asked again; notes that it is asked now (S019)."""
        now = self._site.now()
        last = self._refetched.get(uri)
        if last is not None and now - last < (every or self._site.durations.key_refetch):
            return False
        self._refetched[uri] = now
        self._refetched.move_to_end(uri)
        while len(self._refetched) > 10_000:
            self._refetched.popitem(last=False)
        return True


def _stored(key: OwnedKey) -> tuple[str, Algorithm, str]:
    if isinstance(key.public, RSAPublicKey):
        return key.id, "rsa", public_to_pem(key.public)
    return key.id, "ed25519", public_to_multikey(key.public)
