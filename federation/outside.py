"""Which part of the world outside may be asked, and the only way to dial it.

Every request that leaves, fetch or delivery, goes through one `Outside`: it reads the URL, looks the name up once,
refuses if any address is not plainly public, and dials the addresses it checked, never the name.
Source: security cases section 1 (outbound fetcher), S054-S059, S062-S064, S156; decisions D13, D20, D73.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from federation.errors import Malformed, Unreachable
from federation.single_flight import SingleFlight
from federation.vocabulary.urls import canonical_url, host_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str], Awaitable[Sequence[str]]]
Connection = TypeVar("Connection")

LONGEST_HOST = 253
LONGEST_LABEL = 63
LONGEST_NAME = 128
DEFAULT_PORTS = {"http": 80, "https": 443}

_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# The two classes have no character in common, so there is one way to match and the time is linear (S147).
_NAME = re.compile(r"\w+(?:[.-]+\w+)*")
_KEPT_IN_TARGETS = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>`{}')

# The IANA registries of special addresses, and what ipaddress.is_global gets wrong (security cases section 2).
_SPECIAL_IPV4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GIVEN_OUT_IPV6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL_IPV6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)


class Forbidden(Malformed):
    """An address that must not be dialled, whoever names it."""


class NoConnection(Unreachable):
    """The name is not known or nobody can be reached there: true of all its documents and inboxes."""


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL in its one spelling: no user, no fragment, host lower case and in ASCII, port known."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The key of a peer: host, and port when it is not the scheme's default. Source: decisions D20."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port. Source: FEP-fe34."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.target


@dataclass(frozen=True, slots=True)
class Handle:
    """`name@domain`; the name as its owner writes it, the domain in its one spelling."""

    name: str
    domain: str

    def __str__(self) -> str:
        return f"{self.name}@{self.domain}"


def is_public(address: Address) -> bool:
    """Whether this address belongs to the open Internet.

    Wrapped IPv4 (mapped, compatible, 6to4, Teredo) is never accepted; NAT64 is, when what it wraps is public, because
    servers with IPv6 only reach the rest of the world through it (RFC 6052). Source: S054-S057.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GIVEN_OUT_IPV6 and not any(address in network for network in _SPECIAL_IPV6)


def read_url(text: str) -> Url:
    """An http or https URL as it will be asked for; what follows `#` is left out.

    Numbers are only accepted as four plain decimal parts, because resolvers also read `127.1` and `0x7f.1`.
    Raises Malformed (other schemes, a user or password, control characters, spaces, backslashes, odd hosts or ports,
    over 2,048 characters). Source: S048, S049, S062, S064, S156; security cases section 2.
    """
    canonical = canonical_url(text)
    if canonical is None:
        raise Malformed("not an http or https URL")
    scheme, _, rest = canonical.partition("://")
    authority = host_of(canonical)
    host, port = _host_and_port(authority)
    target = rest[len(authority) :].partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    return Url(scheme, host, port or DEFAULT_PORTS[scheme], quote(target, safe=_KEPT_IN_TARGETS))


def _host_and_port(authority: str) -> tuple[str, int | None]:
    """Host (IPv6 without brackets) and port of an authority in its one spelling. Raises Malformed (odd numbers)."""
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, int(port[1:]) if port else None
    host, _, port = authority.partition(":")
    if any(len(label) > LONGEST_LABEL for label in host.split(".")):
        raise Malformed("not a host name")
    if _is_number(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as problem:
            raise Malformed("not a host name") from problem
    return host, int(port) if port else None


def _is_number(host: str) -> bool:
    """Whether a resolver would read this as an IPv4 address and not as a name."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


async def resolve(host: str) -> Sequence[str]:
    """The addresses of a name, asked of the system in a thread of its own.

    Not in the loop's few pool threads: names whose servers are silent would keep all others waiting (P6), and a
    pool thread would hold up the end of the process. Raises OSError.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(addresses: Sequence[str], problem: OSError | UnicodeError | None) -> None:
        if answer.done():
            return
        if problem is None:
            answer.set_result(addresses)
        else:
            answer.set_exception(problem)

    def ask() -> None:
        found: list[str] = []
        problem: OSError | UnicodeError | None = None
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as failure:
            problem = failure
        with suppress(RuntimeError):  # the loop has ended, nobody waits any more
            loop.call_soon_threadsafe(settle, found, problem)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return await answer


@cache
def tls_context(extra_authorities: Path | None = None) -> ssl.SSLContext:
    """Certificates are checked against the system's authorities (SSL_CERT_FILE is honoured) and those of a file.

    Read once: the system's authorities take 20 ms.
    """
    context = ssl.create_default_context()
    if extra_authorities is not None:
        context.load_verify_locations(cafile=extra_authorities)
    return context


class Outside:
    """The guard, made once from the configuration and handed to all that ask or deliver.

    allow_networks: private networks that may be dialled all the same (FEDCOMM_DEV_ALLOW_NETWORKS).
    allow_http: our own scheme is http, so plain http and port 80 are admitted (development, D13).
    allow_local_names: handles may name addresses, ports and names without a dot (FEDCOMM_DEV, D20).
    patience: seconds for one address when there are others to try; remembered: seconds a look-up is kept.
    """

    def __init__(
        self,
        *,
        allow_networks: Iterable[Network] = (),
        allow_http: bool = False,
        allow_local_names: bool = False,
        resolver: Resolver = resolve,
        patience: float = 3.0,
        remembered: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.allow_networks = tuple(allow_networks)
        self.allow_http = allow_http
        self.allow_local_names = allow_local_names
        self._resolver = resolver
        self._patience = patience
        self._remembered = remembered
        self._clock = clock
        self._looking_up: SingleFlight[str, tuple[Address, ...]] = SingleFlight()
        self._known: OrderedDict[str, tuple[float, tuple[Address, ...]]] = OrderedDict()

    def url(self, text: str) -> Url:
        """Read a URL that we are going to ask. Raises Malformed (also http and ports that are not admitted)."""
        url = read_url(text)
        if url.scheme != "https" and not self.allow_http:
            raise Malformed("only https is asked")
        if url.port < 1024 and url.port != 443 and not (url.port == 80 and self.allow_http):
            raise Malformed("not a port of the web")
        return url

    def handle(self, text: str) -> Handle:
        """Read `@name@domain`, `name@domain` or `acct:name@domain`, as people and other servers write them.

        Raises Malformed. Source: S063; decisions D20.
        """
        text = text.removeprefix("acct:").removeprefix("@")
        if len(text) > LONGEST_NAME + 1 + LONGEST_HOST + 6:
            raise Malformed("the handle is too long")
        name, at, domain = text.partition("@")
        if not at or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
            raise Malformed("not a handle")
        if any(character in "/?#@" for character in domain):
            raise Malformed("not a domain")
        scheme = "http" if self.allow_http else "https"
        authority = self.url(f"{scheme}://{domain}").authority
        host, port = _host_and_port(authority)
        if not self.allow_local_names and (port or ":" in host or "." not in host or _is_number(host)):
            raise Malformed("not a domain")
        return Handle(name, authority)

    async def base(self, authority: str) -> str:
        """`https://authority`; `http://authority` for one inside the allowed networks when that is our own scheme.

        Raises Malformed, Forbidden, NoConnection. Source: decisions D13.
        """
        url = self.url(f"https://{authority}/")
        if self.allow_http and all(self._is_allowed(address) for address in await self.addresses(url.host)):
            return f"http://{authority}"
        return f"https://{authority}"

    def may_dial(self, address: Address) -> bool:
        """Whether this address is public or in a network that the operator allows."""
        return self._is_allowed(address) or is_public(address)

    def _is_allowed(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.allow_networks)

    async def addresses(self, host: str) -> tuple[Address, ...]:
        """The addresses of a canonical host, each of them checked.

        Raises Forbidden (one of them must not be dialled: none is then), NoConnection.
        Source: S058, S059.
        """
        known = self._known.get(host)
        if known is not None and known[0] > self._clock():
            return known[1]
        found = await self._looking_up.join(host, lambda: self._look_up(host))
        if not all(self.may_dial(address) for address in found):
            raise Forbidden("an address that is not public")
        self._known[host] = (self._clock() + self._remembered, found)
        self._known.move_to_end(host)
        if len(self._known) > 4096:
            self._known.popitem(last=False)
        return found

    async def _look_up(self, host: str) -> tuple[Address, ...]:
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:  # a name
            pass
        try:
            found = await self._resolver(host)
            addresses = tuple(dict.fromkeys(ipaddress.ip_address(address) for address in found))
        except (OSError, ValueError) as problem:
            raise NoConnection("the name is not known") from problem
        if not addresses:
            raise NoConnection("the name has no address")
        return addresses

    async def dial(self, host: str, connect: Callable[[str], Awaitable[Connection]]) -> Connection:
        """Connect to a host at one of its checked addresses, trying them in turn.

        `connect` is given an address, never a name. An address that is silent loses its turn after a while when there
        is another. Raises Forbidden, NoConnection; a time limit on the whole is the caller's.
        """
        *first, last = await self.addresses(host)
        for address in first:
            with suppress(OSError):  # refused, or its turn is over: the next one
                async with asyncio.timeout(self._patience):
                    return await connect(str(address))
        try:
            return await connect(str(last))
        except OSError as problem:
            raise NoConnection("no connection") from problem
