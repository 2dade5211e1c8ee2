"""Request limits, those of Mastodon, in process memory and told in X-RateLimit headers (D29; S121, S122, S160).

Counted are the account, the token and the address, over all routes: neither another spelling of a path nor another
token changes anything. Who asks without a token that is valid is counted by address. The numbers are what Mastodon's
`rack_attack` and `rate_limiter` have; the one over all that an address asks, by whatever token, stood in its API
documentation.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import cast

from starlette.requests import HTTPConnection, Request

from fedcomm.accounts.oauth import Grant
from fedcomm.errors import TooMany
from fedcomm.http.auth import LONGEST_TOKEN, Tokens, token_of
from fedcomm.http.context import Site, site
from fedcomm.http.router import Route

MOST_ASKERS = 100_000
"""Askers that are remembered for one rule; with more, its counts begin anew."""
UNLIMITED = ("/healthz", "/health", "/readyz", "/metrics", "/api/v1/streaming/health")
"""The operator's tools; inboxes have limits of their own, by peer."""
OF_APPS = ("/api/", "/oauth/")
PAGING = (b"max_id=", b"min_id=", b"since_id=", b"page=")

MINUTE, HOUR = 60, 3_600


@dataclass(frozen=True, slots=True)
class Rule:
    """So many requests of one asker in so many seconds."""

    name: str
    limit: int
    seconds: int


ADDRESS = Rule("address", 7_500, 5 * MINUTE)
ACCOUNT = Rule("account", 1_500, 5 * MINUTE)
TOKEN = Rule("token", 300, 5 * MINUTE)
STRANGER = Rule("stranger", 300, 5 * MINUTE)
PAGES = Rule("pages", 300, 15 * MINUTE)
UPLOADS = Rule("uploads", 30, 30 * MINUTE)
DELETIONS = Rule("deletions", 30, 30 * MINUTE)
POSTS = Rule("posts", 300, 3 * HOUR)
FOLLOWS = Rule("follows", 400, 24 * HOUR)
REPORTS = Rule("reports", 400, 24 * HOUR)
SIGN_UPS = Rule("sign-ups", 5, 30 * MINUTE)
APPS = Rule("apps", 5, 10 * MINUTE)

OF_ACCOUNT = {
    ("POST", "/api/v1/statuses"): POSTS,
    ("DELETE", "/api/v1/statuses/{id:int}"): DELETIONS,
    ("POST", "/api/v1/statuses/{id:int}/unreblog"): DELETIONS,
    ("POST", "/api/v1/accounts/{id:int}/follow"): FOLLOWS,
    ("POST", "/api/fedcomm/v1/groups/{id:int}/join"): FOLLOWS,
    ("POST", "/api/v1/reports"): REPORTS,
    ("POST", "/api/v1/media"): UPLOADS,
    ("POST", "/api/v2/media"): UPLOADS,
}
OF_PAGES = {
    ("POST", "/compose"): POSTS,
    ("POST", "/p/{id:int}/reply"): POSTS,
    ("POST", "/new_message"): POSTS,
    ("POST", "/messages/{id:int}"): POSTS,
    ("POST", "/p/{id:int}/delete"): DELETIONS,
    ("POST", "/p/{id:int}/unboost"): DELETIONS,
    ("POST", "/@{handle}/follow"): FOLLOWS,
    ("POST", "/@{handle}/join"): FOLLOWS,
}
"""Forms of our pages, counted together with what the same person asks by apps."""
OF_ADDRESS = {("POST", "/api/v1/accounts"): SIGN_UPS, ("POST", "/api/v1/apps"): APPS}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an asker stands with a rule: its limit, what remains of it, and when it starts anew."""

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
    """Counts of the present window of each rule; `processes` divides each limit."""

    def __init__(self, *, processes: int = 1, is_on: bool = True) -> None:
        self.is_on = is_on
        self._processes = max(1, processes)
        self._windows: dict[Rule, int] = {}
        self._counts: dict[Rule, dict[str | int, int]] = {}

    @property
    def size(self) -> int:
        """How many counts are remembered."""
        return sum(len(each) for each in self._counts.values())

    def hit(self, rule: Rule, asker: str | int) -> Standing:
        """Count one request; `remaining` is negative over the limit."""
        window = int(time.time()) // rule.seconds
        counts = self._counts.get(rule)
        if counts is None or self._windows[rule] != window or len(counts) > MOST_ASKERS:
            counts = self._counts[rule] = {}
            self._windows[rule] = window
        share = max(1, rule.limit // self._processes)
        counts[asker] = count = counts.get(asker, 0) + 1
        return Standing(share, share - count, (window + 1) * rule.seconds)

    def check(self, rule: Rule, asker: str | int) -> None:
        """Count what is not a request of an app but has its limit, as a file in a page's form. Raises TooMany."""
        if self.is_on:
            _refuse_over(self.hit(rule, asker))


def _refuse_over(standing: Standing) -> None:
    if standing.remaining < 0:
        wait = max(1, standing.resets_at - int(time.time()))
        raise TooMany("Too many requests. Please wait a little.", retry_after=wait)


async def before(request: Request, route: Route) -> None:
    """Count a request before it is answered; the router calls it. Told is the rule that is nearest. Raises TooMany."""
    limits = site(request).service(Limits)
    if not limits.is_on or route.path in UNLIMITED or route.path.endswith("/inbox"):
        return
    address = asking_network(request)
    standings = [limits.hit(ADDRESS, address)]
    if route.path.startswith(OF_APPS):
        _refuse_over(standings[0])  # before a token is looked up
        standings += [limits.hit(rule, asker) for rule, asker in await _rules(request, route, address)]
    nearest = min(standings, key=lambda standing: standing.remaining)
    request.scope["limits"] = nearest.headers()
    _refuse_over(nearest)


def count_address(here: Site, asked: HTTPConnection) -> None:
    """Count a WebSocket that somebody opens, before its token is looked up. Raises TooMany."""
    here.service(Limits).check(ADDRESS, asking_network(asked))


def count_socket(here: Site, asked: HTTPConnection, of: Grant | None) -> None:
    """Count it as a request of its token and account, or, without one that is valid, of a stranger. Raises TooMany."""
    limits = here.service(Limits)
    if of is None or of.account_id is None:
        limits.check(STRANGER, asking_network(asked))
        return
    limits.check(TOKEN, of.id)
    limits.check(ACCOUNT, of.account_id)


def count_form(request: Request, account_id: int) -> None:
    """Count a form that somebody signed in sends from a page. Raises TooMany."""
    rule = OF_PAGES.get((request.method, cast("Route", request.scope["route"]).path))
    if rule is not None:
        site(request).service(Limits).check(rule, account_id)


async def _rules(request: Request, route: Route, address: str) -> list[tuple[Rule, str | int]]:
    """What a request of an app counts for, and for whom."""
    here, value = site(request), token_of(request)
    known = value is not None and len(value) <= LONGEST_TOKEN
    found = await here.service(Tokens).find(here, value) if value is not None and known else None
    account_id = found.grant.account_id if found is not None else None
    wanted = (request.method, route.path)
    is_page = any(name in request.scope["query_string"] for name in PAGING)
    rules: list[tuple[Rule, str | int]] = []
    if found is None or account_id is None:
        rules.append((STRANGER, address))
        if is_page:
            rules.append((PAGES, address))
    else:
        rules += [(TOKEN, found.grant.id), (ACCOUNT, account_id)]
        if is_page:
            rules.append((PAGES, account_id))
        if (own := OF_ACCOUNT.get(wanted)) is not None:
            rules.append((own, account_id))
    if (theirs := OF_ADDRESS.get(wanted)) is not None:
        rules.append((theirs, address))
    return rules


def client_address(request: HTTPConnection) -> str:
    """The address of who asks; behind a proxy of FEDCOMM_TRUSTED_PROXIES the server has put the real one here."""
    return request.client.host if request.client else "unknown"


def asking_network(request: HTTPConnection) -> str:
    """The address as it is counted: of IPv6 the first 64 bits, as everybody has all the rest to choose from."""
    text = client_address(request)
    if ":" not in text:
        return text
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return found.exploded[:19] if isinstance(found, IPv6Address) else text
