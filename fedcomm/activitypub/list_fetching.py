"""Lists of other instances at an address, fetched past the address guard: unsigned, bounded, only if they changed."""

from fedcomm.network.list_sources import FetchedList, Problem
from federation.errors import FederationError, Unreachable
from federation.fetching import Fetcher

ACCEPT = "text/csv, text/plain;q=0.9, */*;q=0.1"


class ListFetcher:
    """Fulfils `fedcomm.network.list_sources.ListSources`."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def fetch(self, url: str, known: str | None) -> FetchedList | Problem:
        """What lies there, at most as much as a document may have, or why it cannot be had."""
        try:
            found = await self._fetcher.fetch_plain(url, accept=ACCEPT, fresh=True, known=known)
        except Unreachable:
            return "away"
        except FederationError:
            return "refused"
        return FetchedList(found.body, found.etag, found.is_unchanged)
