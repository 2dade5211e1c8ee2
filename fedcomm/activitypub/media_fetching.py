"""Pictures and other files of other servers, fetched past the address guard (decisions D64)."""

from federation.errors import FederationError
from federation.fetching import Fetcher


class MediaFetcher:
    """Fulfils `fedcomm.media.downloads.Downloads`."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def file(self, url: str, *, most: int) -> bytes | None:
        """The bytes at an address, at most so many; None when they cannot be had."""
        try:
            return (await self._fetcher.fetch_media(url, most=most)).body
        except FederationError:
            return None
