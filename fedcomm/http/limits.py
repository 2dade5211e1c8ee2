"""Request limits in process memory, shown in X-RateLimit headers (decisions D29; S121, S122, S160).

The bucket is the matched route and the asker (token, else client address), so that spelling a path otherwise changes
nothing.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from fedcomm.errors import TooMany

WINDOW_SECONDS = 300
MOST_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How an asker stands in a bucket: its limit, what remains of it, and when it starts anew."""

    limit: int
    remaining: int
    resets_at: datetime

    def headers(self) -> dict[str, str]:
        """As Mastodon's clients read it; the time is ISO 8601 (mastodon-clients.md trap 16)."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": self.resets_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }


class Limits:
    """Counts of the present window of five minutes; `processes` divides each limit."""

    def __init__(self, *, processes: int = 1, is_on: bool = True) -> None:
        self.is_on = is_on
        self._processes = max(1, processes)
        self._window = 0
        self._counts: dict[tuple[str, str], int] = {}

    def hit(self, bucket: str, asker: str, limit: int) -> Standing:
        """Count one request. Raises TooMany over the limit."""
        moment = int(time.time())
        window = moment // WINDOW_SECONDS
        if window != self._window or len(self._counts) > MOST_BUCKETS:
            self._window = window
            self._counts.clear()
        share = max(1, limit // self._processes)
        count = self._counts.get((bucket, asker), 0) + 1
        self._counts[bucket, asker] = count
        resets = (window + 1) * WINDOW_SECONDS
        if count > share:
            raise TooMany("Too many requests. Please wait a little.", retry_after=max(1, resets - moment))
        return Standing(share, share - count, datetime.fromtimestamp(resets, tz=UTC))

    def check(self, bucket: str, asker: str, limit: int) -> None:
        """Count one request of a kind that has a limit of its own, beside that of its route. Raises TooMany."""
        if self.is_on:
            self.hit(bucket, asker, limit)


def client_address(request: Request) -> str:
    """The address of who asks; behind a proxy of FEDCOMM_TRUSTED_PROXIES the server has put the real one here."""
    return request.client.host if request.client else "unknown"
