"""Looking for what lives elsewhere, for the edges that do not know the protocol (`fedcomm.http.finding.Finder`)."""

import logging

from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Refusal
from fedcomm.threads.model import Post
from federation.errors import FederationError

log = logging.getLogger(__name__)


class SiteFinder:
    """A resolver that takes a server which does not answer for one that knows nothing."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def search(self, text: str) -> Account | Post | None:
        """What a handle or an address names; None where nothing is found."""
        try:
            return await self._resolver.search(text)
        except FederationError as error:
            log.info("not found elsewhere error=%s", error)
            return None

    async def refresh(self, post: Post) -> None:
        """Have a post of others as it is now."""
        try:
            await self._resolver.refresh(post.uri)
        except (FederationError, Refusal) as error:
            log.info("not had again uri=%s error=%s", post.uri, error)
