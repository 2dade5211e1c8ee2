"""Our own library, set up so that it reaches the kit: loopback and plain http allowed, as in development (D13)."""

import hashlib
import ipaddress
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from federation.delivery import Deliverer
from federation.fetching import Fetcher, Limits, Signer
from federation.outside import Outside, Resolver, resolve
from federation.signatures.claims import Scheme
from federation.signatures.signing import SigningKey, sign_request
from tests import keys

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
USER_AGENT = "fedcomm test"


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Names:
    """A resolver that knows what it is told, and counts how often it is asked."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self.known = dict(known)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name not in self.known:
            raise OSError("no such name")
        return self.known[name]


def local(
    *, resolver: Resolver = resolve, allow: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = LOOPBACK
) -> Outside:
    """The address guard of a development instance."""
    return Outside(allow_networks=allow, allow_http=True, allow_local_names=True, resolver=resolver, patience=0.5)


class GetSigner:
    """Signs as an instance actor at some other server; remembers in which form it was asked to."""

    def __init__(self) -> None:
        self.key = SigningKey("https://ours.example/actor#main-key", keys.rsa_key(0))
        self.asked: list[tuple[str, Scheme, str | None]] = []

    async def sign_get(self, url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        self.asked.append((url, scheme, accept_signature))
        return sign_request(self.key, method="GET", url=url, now=datetime.now(UTC), scheme=scheme)


@asynccontextmanager
async def fetching(
    outside: Outside | None = None,
    *,
    signer: Signer | None = None,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    clock: Callable[[], float] | None = None,
) -> AsyncGenerator[Fetcher]:
    """A fetcher that is closed again."""
    fetcher = Fetcher(
        outside or local(),
        tls=tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        user_agent=USER_AGENT,
        signer=signer,
        limits=limits or Limits(),
        clock=clock or Clock(),
    )
    try:
        yield fetcher
    finally:
        await fetcher.close()


@asynccontextmanager
async def delivering(
    outside: Outside | None = None, *, seconds: float = 5.0, idle: float = 15.0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Deliverer]:
    """A deliverer that is closed again."""
    deliverer = Deliverer(
        outside or local(),
        tls=tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        user_agent=USER_AGENT,
        seconds=seconds,
        idle=idle,
    )
    try:
        yield deliverer
    finally:
        await deliverer.close()


class PostSigner:
    """Signs deliveries of one body by an actor of ours; remembers in which form it was asked to."""

    def __init__(self, body: bytes) -> None:
        self.key = SigningKey("https://ours.example/u/ada#main-key", keys.rsa_key(1))
        self.asked: list[tuple[Scheme, str | None]] = []
        self._digest = hashlib.sha256(body).digest()

    async def __call__(self, url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        self.asked.append((scheme, accept_signature))
        return sign_request(
            self.key, method="POST", url=url, now=datetime.now(UTC), scheme=scheme, body_sha256=self._digest
        )
