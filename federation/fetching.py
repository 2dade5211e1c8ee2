"""Signed GET of a document, with limits: how everything that lies elsewhere is read.

One request at a time for one URL, redirects followed by hand so that each hop is checked and signed anew, one time
limit on the whole, and what failed is not asked again for a while.
Source: security cases section 1 (outbound fetcher), S020-S022, S029, S031, S054-S071; federation.md 1.2; T19.
"""

import asyncio
import re
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Protocol
from urllib.parse import urljoin

from federation.alternates import find_alternate
from federation.connections import Answer, Connections
from federation.errors import FederationError, Malformed, Unreachable, WrongType
from federation.outside import NoConnection, Outside, Url
from federation.registrable import registrable
from federation.restraint import MOST_REMEMBERED, Allowance, AskedTooOften, Failures, Newcomers
from federation.retry_after import seconds_until_retry
from federation.signatures.claims import Scheme
from federation.single_flight import SingleFlight
from federation.vocabulary.strict_json import JsonObject, load_object

ACTIVITY = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
PROFILE = "https://www.w3.org/ns/activitystreams"
SIGNED_IN_VAIN = (400, 401)
REDIRECTS = (301, 302, 303, 307, 308)
PASSING = (408, 425, 429)
OTHER: Mapping[Scheme, Scheme] = {"cavage": "rfc9421", "rfc9421": "cavage"}
_WORDS = re.compile(r"[^\s\"]+")
_ETAG = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")


class Signer(Protocol):
    """Who signs our requests for documents: the instance actor, whose key the caller knows."""

    async def sign_get(self, url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        """The headers that sign a GET of exactly this URL (`Date`, `Signature` and so on).

        accept_signature: what the other side said it wants, after it refused once.
        """
        ...


class Refused(Malformed):
    """They answered that they will not give it: a 4xx that trying again does not change."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the answer was {status}")
        self.status = status

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing (any more) at this URL."""
        return self.status in (404, 410)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much, how long, how often. Seconds; sizes in bytes after decoding. Source: security cases section 1, D57."""

    document_bytes: int = 1024 * 1024
    document_seconds: float = 10.0
    media_seconds: float = 20.0
    page_bytes: int = 256 * 1024
    redirects: int = 3
    per_authority: int = 8
    keys_per_minute: int = 60
    minute: float = 60.0
    hosts_per_domain: int | None = 20
    """Hosts of one registrable domain whose keys are asked for in `domain_seconds` (S146); None: any number (D13)."""
    domain_seconds: float = 600.0
    failed_for: float = 600.0
    idle: float = 15.0


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched. `url`: where it was in the end; `scheme`: the signature that was taken, None if unsigned.

    etag: what its server calls this state of it. is_unchanged: it is in the state that we named; there is no body.
    """

    url: Url
    content_type: str
    body: bytes
    scheme: Scheme | None
    etag: str | None = None
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class FetchedObject:
    """An object as its own origin gives it under its own id."""

    id: str
    object: JsonObject
    document: Document


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for: media types, size, time, and whether we sign."""

    accept: str
    fits: Callable[[str], bool]
    most: int
    seconds: float
    signed: bool = False
    cut: bool = False
    for_key: bool = False
    known: str | None = None
    """The ETag of the state that is known; said at the URL itself, not where it sends us."""


class Fetcher:
    """Reads documents of other servers. Made once; `close()` it.

    signer: None asks unsigned. clock: seconds, for what is remembered.
    """

    def __init__(
        self,
        outside: Outside,
        *,
        tls: ssl.SSLContext,
        user_agent: str,
        signer: Signer | None = None,
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outside = outside
        self.limits = limits
        self._user_agent = user_agent
        self._signer = signer
        self._connections = Connections(outside, tls, per_authority=limits.per_authority, idle=limits.idle)
        self._flights: SingleFlight[tuple[str, str, int, str | None], Document] = SingleFlight()
        self._failures = Failures(limits.failed_for, clock)
        self._keys = Allowance(limits.keys_per_minute, limits.minute, clock)
        self._newcomers = Newcomers(limits.hosts_per_domain or 0, limits.domain_seconds, clock)
        self._schemes: OrderedDict[str, Scheme] = OrderedDict()

    async def close(self) -> None:
        """Stop what is under way and close all connections."""
        await self._flights.close()
        await self._connections.close()

    async def fetch(
        self, uri: str, *, for_key: bool = False, fresh: bool = False, known: str | None = None
    ) -> Document:
        """An ActivityPub document, wherever redirects led. What it may say is not judged here.

        for_key: counts towards the keys of an authority that are fetched in a minute (S020). fresh: ask although it
        failed not long ago. known: the ETag it had, exactly as it came, quoted or not (NodeBB); an answer may then be
        `is_unchanged`. Raises Malformed (Forbidden, Refused, TooLarge, WrongType), Unreachable.
        """
        limits = self.limits
        wish = _Wish(
            ACTIVITY,
            is_activity_type,
            limits.document_bytes,
            limits.document_seconds,
            signed=True,
            for_key=for_key,
            known=readable_etag(known),
        )
        return await self._ask(uri, wish, fresh=fresh)

    async def fetch_object(self, uri: str, *, for_key: bool = False, fresh: bool = False) -> FetchedObject:
        """The object that lies at a URL, as the origin of its id gives it.

        Asked at most once more, at the id. Raises Malformed (also when the id does not hold), Unreachable.
        Source: S029, S061; FEP-fe34.
        """
        try:
            async with asyncio.timeout(self.limits.document_seconds):
                document = await self.fetch(uri, for_key=for_key, fresh=fresh)
                found = _as_object(document)
                if self._is_own(found, asked=uri):
                    return found
                again = _as_object(await self.fetch(found.id, for_key=for_key, fresh=fresh))
        except TimeoutError as problem:
            raise Unreachable("no answer in time") from problem
        if again.id != found.id or not self._is_own(again, asked=found.id):
            raise Malformed("an id that does not lead to itself")
        return again

    def _is_own(self, found: FetchedObject, *, asked: str) -> bool:
        """Whether an object was got from its id: there in the end, or asked there and answered by the same origin."""
        own = self.outside.url(found.id)
        final = found.document.url
        return own == final or (own == self.outside.url(asked) and own.origin == final.origin)

    async def fetch_from_page(self, url: str, *, fresh: bool = False) -> FetchedObject:
        """The object at a URL that people see: asked for as such, else where the page says that it lies.

        Raises Malformed, Unreachable.
        """
        try:
            return await self.fetch_object(url, fresh=fresh)
        except WrongType:
            page = await self.fetch_page(url, fresh=fresh)
        alternate = find_alternate(page.body.decode("utf-8", "replace"))
        if alternate is None:
            raise WrongType("a page without an ActivityPub document")
        return await self.fetch_object(_join(page.url, alternate), fresh=fresh)

    async def fetch_page(self, url: str, *, fresh: bool = False) -> Document:
        """The beginning of a page, at most 256 KiB; unsigned. Raises Malformed, Unreachable. Source: S070."""
        limits = self.limits
        wish = _Wish("text/html", is_page_type, limits.page_bytes, limits.document_seconds, cut=True)
        return await self._ask(url, wish, fresh=fresh)

    async def fetch_plain(self, url: str, *, accept: str, fresh: bool = False, known: str | None = None) -> Document:
        """A document of the well-known kind, unsigned and of any type, because peers mislabel WebFinger and NodeInfo.

        known: the ETag it had, as with `fetch`. Raises Malformed, Unreachable.
        """
        limits = self.limits
        wish = _Wish(accept, _any_type, limits.document_bytes, limits.document_seconds, known=readable_etag(known))
        return await self._ask(url, wish, fresh=fresh)

    async def fetch_media(self, url: str, *, most: int, fresh: bool = False) -> Document:
        """A file of at most `most` bytes, of any type that the caller has then to look into; unsigned.

        Raises Malformed, Unreachable.
        """
        return await self._ask(url, _Wish("*/*", _any_type, most, self.limits.media_seconds), fresh=fresh)

    def forget(self, authority: str) -> None:
        """Ask this authority again although it failed: it was just heard of."""
        origins = (f"https://{authority}", f"http://{authority}")
        self._failures.forget(lambda what: what in origins or what.startswith(tuple(f"{own}/" for own in origins)))

    async def _ask(self, text: str, wish: _Wish, *, fresh: bool) -> Document:
        url = self.outside.url(text)
        if not fresh:
            self._failures.check(url.origin)
            self._failures.check(f"{url} {wish.accept}")
        key = (wish.accept, str(url), wish.most, wish.known)
        return await self._flights.join(key, lambda: self._ask_in_time(url, wish))

    async def _ask_in_time(self, url: Url, wish: _Wish) -> Document:
        try:
            async with asyncio.timeout(wish.seconds):
                found = await self._follow(url, wish)
            self._failures.over(url.origin)
            self._failures.over(f"{url} {wish.accept}")
            return found
        except TimeoutError as problem:
            failure = Unreachable("no answer in time")
            self._failures.note(f"{url} {wish.accept}", failure)
            raise failure from problem
        except AskedTooOften:
            raise
        except FederationError as problem:
            self._failures.note(f"{url} {wish.accept}", problem)
            raise

    async def _follow(self, url: Url, wish: _Wish) -> Document:
        """Ask, and go where the answer sends us, at most three times, never from https to http. Source: S022, S060."""
        for _ in range(self.limits.redirects + 1):
            if wish.for_key:
                await self._take_key(url)
            answer, scheme = await self._ask_signed(url, wish)
            if answer.status not in REDIRECTS:
                return _accept(url, answer, scheme, wish)
            there = self.outside.url(_join(url, answer.headers.get("location", "")))
            if url.scheme == "https" and there.scheme != "https":
                raise Malformed("a redirect away from https")
            url, wish = there, replace(wish, known=None)
        raise Malformed("too many redirects")

    async def _take_key(self, url: Url) -> None:
        """Use one of the keys that an authority, and one of the hosts that a domain, has. Raises AskedTooOften."""
        self._keys.take(url.authority)
        if self.limits.hosts_per_domain is not None:
            domain = await asyncio.to_thread(registrable, url.host)
            if domain is not None:
                self._newcomers.take(domain, url.host)

    async def _ask_signed(self, url: Url, wish: _Wish) -> tuple[Answer, Scheme | None]:
        """Ask in the form that worked last, then once in the other, then once unsigned. Source: federation.md 1.2."""
        signer = self._signer if wish.signed else None
        if signer is not None:
            scheme, wanted = self._schemes.get(url.origin, "cavage"), None
            for _ in range(2):
                answer = await self._get(url, wish, await signer.sign_get(str(url), scheme, wanted))
                if answer.status not in SIGNED_IN_VAIN:
                    self._remember(url.origin, scheme)
                    return answer, scheme
                wanted = answer.headers.get("accept-signature")
                scheme = OTHER[scheme] if wanted is None else "rfc9421"
        return await self._get(url, wish, {}), None

    async def _get(self, url: Url, wish: _Wish, signature: Mapping[str, str]) -> Answer:
        headers = {"User-Agent": self._user_agent, "Accept": wish.accept, **signature}
        if wish.known is not None:
            headers["If-None-Match"] = wish.known
        try:
            return await self._connections.get(url, headers, most=wish.most, cut=wish.cut)
        except NoConnection as problem:
            self._failures.note(url.origin, problem)
            raise

    def prefer(self, url: str, scheme: Scheme) -> None:
        """Begin with this form of signature at the server of this URL, which says that it reads it (FEP-844e)."""
        origin = self.outside.url(url).origin
        if origin not in self._schemes:
            self._remember(origin, scheme)

    def _remember(self, origin: str, scheme: Scheme) -> None:
        if self._schemes.get(origin, "cavage") != scheme:
            self._schemes[origin] = scheme
            if len(self._schemes) > MOST_REMEMBERED:
                self._schemes.popitem(last=False)


def readable_etag(said: str | None) -> str | None:
    """An ETag that can be said again as it stands: printable ASCII of bounded length, quoted or not; else None."""
    return said if said is not None and _ETAG.fullmatch(said) else None


def is_activity_type(content_type: str) -> bool:
    """Whether a media type is one of ActivityPub's two. Source: ActivityPub 3.2; S031."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind.lower() == "application/activity+json":
        return True
    return kind.lower() == "application/ld+json" and any(
        name.strip().lower() == "profile" and PROFILE in _WORDS.findall(value)
        for name, _, value in (parameter.partition("=") for parameter in parameters)
    )


def is_page_type(content_type: str) -> bool:
    """Whether a media type is that of a page."""
    return content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")


def _any_type(content_type: str) -> bool:
    return True


def _accept(url: Url, answer: Answer, scheme: Scheme | None, wish: _Wish) -> Document:
    """Make a document of a good answer. Raises Refused, Unreachable, WrongType, Malformed."""
    status = answer.status
    content_type = answer.headers.get("content-type", "")
    if status == 200:
        if not wish.fits(content_type):
            raise WrongType("not of a type that was asked for")
        return Document(url, content_type, answer.body, scheme, readable_etag(answer.headers.get("etag")))
    if status == 304 and wish.known is not None:
        return Document(url, content_type, b"", scheme, wish.known, is_unchanged=True)
    if status in PASSING or status >= 500:
        wait = seconds_until_retry(answer.headers.get("retry-after"), now=datetime.now(UTC))
        raise Unreachable(f"the answer was {status}", retry_after=None if wait is None else ceil(wait))
    if status >= 400:
        raise Refused(status)
    raise Malformed(f"the answer was {status}")


def _as_object(document: Document) -> FetchedObject:
    found = load_object(document.body)
    own = found.get("id")
    if not isinstance(own, str):
        raise Malformed("an object without id")
    return FetchedObject(own, found, document)


def _join(base: Url, reference: str) -> str:
    """The URL that a reference means there. Raises Malformed."""
    if not reference:
        raise Malformed("a redirect to nowhere")
    try:
        return urljoin(str(base), reference)
    except ValueError as problem:
        raise Malformed("not a URL") from problem
