"""Looking for what lives elsewhere, for the edges that do not know the protocol (`fedcomm.http.finding.Finder`)."""

import logging
from urllib.parse import quote, urlsplit

from fedcomm.accounts.model import Account
from fedcomm.activitypub import outboxes
from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Refusal
from fedcomm.http.context import Site
from fedcomm.threads.model import Post
from federation import webfinger
from federation.errors import FederationError
from federation.fetching import Fetcher

log = logging.getLogger(__name__)


LONGEST_TEMPLATE = 2_000


def _is_web(template: str) -> bool:
    """Whether a template is an address of a web page that can be shown as a link (S130)."""
    try:
        parts = urlsplit(template)
    except ValueError:
        return False
    is_plain = template.isascii() and template.isprintable() and " " not in template and "@" not in parts.netloc
    return is_plain and parts.scheme in ("https", "http") and bool(parts.hostname) and len(template) < LONGEST_TEMPLATE


class SiteFinder:
    """A resolver that takes a server which does not answer for one that knows nothing."""

    def __init__(self, site: Site, resolver: Resolver, fetcher: Fetcher) -> None:
        self._site = site
        self._resolver = resolver
        self._fetcher = fetcher

    async def search(self, text: str) -> Account | Post | None:
        """What a handle or an address names; None where nothing is found."""
        try:
            found = await self._resolver.search(text)
        except FederationError as error:
            log.info("not found elsewhere error=%s", error)
            return None
        if isinstance(found, Account):
            await outboxes.want(self._site, found)
        return found

    async def account_now(self, text: str) -> Account | None:
        """An account, asked for again; None where nothing is found."""
        found = await self.search(text)
        if not isinstance(found, Account) or found.is_local:
            return found if isinstance(found, Account) else None
        try:
            return await self._resolver.account(found.uri, fresh=True)
        except (FederationError, Refusal) as error:
            log.info("not had again uri=%s error=%s", found.uri, error)
            return None

    async def way_in(self, handle: str, uri: str) -> str | None:
        """The page that somebody's own server names in WebFinger for this. Source: oStatus."""
        try:
            descriptor = await webfinger.ask(self._fetcher, self._fetcher.outside.handle(handle))
        except FederationError as error:
            log.info("no way in error=%s", error)
            return None
        for link in descriptor.links:
            if link.rel == webfinger.SUBSCRIBE and "{uri}" in link.template and _is_web(link.template):
                return link.template.replace("{uri}", quote(uri, safe=""))
        return None

    async def refresh(self, post: Post) -> None:
        """Have a post of others as it is now."""
        try:
            await self._resolver.refresh(post.uri)
        except (FederationError, Refusal) as error:
            log.info("not had again uri=%s error=%s", post.uri, error)
