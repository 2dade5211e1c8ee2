"""Request limits in process memory, shown in X-RateLimit headers (decisions D29; S121, S122, S160).

The bucket is the matched route and the asker (token, else client address), so that spelling a path otherwise changes
nothing. Whoever rotates tokens meets the limit of their address.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from fedcomm.accounts import tokens
from fedcomm.errors import TooMany
from fedcomm.http.auth import token_of
from fedcomm.http.context import site
from fedcomm.http.router import Route

WINDOW_SECONDS = 300
MOST_BUCKETS = 100_000
PER_ROUTE = 300
PER_ADDRESS = 7_500
UNLIMITED = ("/healthz", "/health", "/readyz", "/metrics", "/api/v1/streaming/health")
"""The operator's tools; inboxes have limits of their own, by peer."""
LIMITED_BY_ROUTE = ("/api/", "/oauth/")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an asker stands in a bucket: its limit, what remains of it, and when it starts anew."""

    limit: int
    remaining: int
    resets_at: int
    """Seconds since 1970."""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As Mastodon's clients read it; the time is ISO 8601 (mastodon-clients.md trap 16)."""
        resets = datetime.fromtimestamp(self.resets_at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % max(0, self.remaining)),
            (b"x-ratelimit-reset", resets.encode()),
        ]


class Limits:
    """Counts of the present window of five minutes; `processes` divides each limit."""

    def __init__(self, *, processes: int = 1, is_on: bool = True) -> None:
        self.is_on = is_on
        self._processes = max(1, processes)
        self._window = 0
        self._counts: dict[tuple[str, str | bytes], int] = {}

    @property
    def size(self) -> int:
        """How many buckets are remembered."""
        return len(self._counts)

    def hit(self, bucket: str, asker: str | bytes, limit: int) -> Standing:
        """Count one request; `remaining` is negative over the limit."""
        window = int(time.time()) // WINDOW_SECONDS
        if window != self._window or len(self._counts) > MOST_BUCKETS:
            self._window = window
            self._counts.clear()
        share = max(1, limit // self._processes)
        count = self._counts.get((bucket, asker), 0) + 1
        self._counts[bucket, asker] = count
        return Standing(share, share - count, (window + 1) * WINDOW_SECONDS)

    def check(self, bucket: str, asker: str, limit: int) -> None:
        """Count one request of a kind that has a limit of its own, beside that of its route. Raises TooMany."""
        if self.is_on:
            _refuse_over(self.hit(bucket, asker, limit))


def _refuse_over(standing: Standing) -> None:
    if standing.remaining < 0:
        wait = max(1, standing.resets_at - int(time.time()))
        raise TooMany("Too many requests. Please wait a little.", retry_after=wait)


async def before(request: Request, route: Route) -> None:
    """Count a request before it is answered; the router calls it. Raises TooMany."""
    limits = site(request).service(Limits)
    if not limits.is_on or route.path in UNLIMITED or route.path.endswith("/inbox"):
        return
    address = client_address(request)
    overall = limits.hit("", address, PER_ADDRESS)
    standing = overall
    if route.path.startswith(LIMITED_BY_ROUTE):
        token = token_of(request)
        asker = tokens.digest(token) if token is not None else address
        standing = limits.hit(route.known_as, asker, PER_ROUTE)
    request.scope["limits"] = standing.headers()
    _refuse_over(overall)
    _refuse_over(standing)


def client_address(request: Request) -> str:
    """The address of who asks; behind a proxy of FEDCOMM_TRUSTED_PROXIES the server has put the real one here."""
    return request.client.host if request.client else "unknown"
