"""How documents are asked for: httpx below the address guard, one small pool of connections for each authority.

A shared pool walks all its connections for every request; a pool for each authority is 3-6 times cheaper.
Source: decisions D4; dependencies.md, findings.
"""

import asyncio
import ssl
import zlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpcore2 as httpcore
import httpx2 as httpx

from federation.errors import Malformed, TooLarge, Unreachable
from federation.outside import Forbidden, NoConnection, Outside, Url

ERROR_BODY = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; header names are lower case. The body of an error may be cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """What httpx connects through: it gets checked addresses only, while TLS still checks the name."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a checked address of this host. Raises Forbidden, Unreachable."""

        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                raise OSError(str(problem)) from problem

        return await self._outside.dial(host, connect)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Sockets of this machine are never asked. Raises Forbidden."""
        raise Forbidden("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait, between attempts that httpx makes itself."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a pool whose network is guarded; no proxies, no retries, nothing from the environment.

    The constructor of httpx is left out on purpose: it would make a pool that dials names by itself.
    """

    def __init__(self, outside: Outside, tls: ssl.SSLContext, most: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=most,
            max_keepalive_connections=most,
            keepalive_expiry=15.0,
            network_backend=GuardedNetwork(outside),
        )

    @property
    def keeps_connections(self) -> bool:
        """Whether the next request may go out on a connection that was used before."""
        return any(each.is_idle() for each in self._pool.connections)


class _Pool:
    """The connections to one authority, and who uses them."""

    def __init__(self, transport: GuardedTransport, most: int) -> None:
        self.transport = transport
        self.gate = asyncio.Semaphore(most)
        self.users = 0
        self.idle: asyncio.TimerHandle | None = None


class Connections:
    """The pools of all authorities: at most `per_authority` requests at once to one, `in_all` to everybody.

    A pool that nobody used for `idle` seconds is closed; beyond `most_pools` the one longest out of use goes first.
    """

    def __init__(
        self,
        outside: Outside,
        tls: ssl.SSLContext,
        *,
        per_authority: int = 8,
        in_all: int = 256,
        most_pools: int = 256,
        idle: float = 15.0,
    ) -> None:
        self._outside = outside
        self._tls = tls
        self._per_authority = per_authority
        self._gate = asyncio.Semaphore(in_all)
        self._most_pools = most_pools
        self._idle = idle
        self._pools: OrderedDict[str, _Pool] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    async def get(self, url: Url, headers: Mapping[str, str], *, most: int, cut: bool = False) -> Answer:
        """One GET, no redirect followed, at most `most` bytes after decoding. The time limit is the caller's.

        cut: a longer body is cut and not refused.

        Raises Forbidden, NoConnection, Unreachable, TooLarge, Malformed (an encoding we did not ask for).
        """
        request = httpx.Request(
            "GET",
            str(url),
            headers={"host": url.authority, "accept-encoding": "identity"}
            | {name.lower(): value for name, value in headers.items()},
            extensions={"target": url.target.encode("ascii")},  # as it was signed, not as httpx would spell it
        )
        async with self._transport(url.origin) as transport:
            try:
                response = await _answered(transport, request)
                try:
                    body = await read_body(response, most, cut=cut)
                finally:
                    await response.aclose()
            except httpx.ConnectError as problem:  # TLS; what fails before it is raised by the guard
                raise NoConnection("no trusted connection") from problem
            except httpx.TransportError as problem:
                raise Unreachable(f"no proper answer ({type(problem).__name__})") from problem
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)

    @asynccontextmanager
    async def _transport(self, origin: str) -> AsyncGenerator[GuardedTransport]:
        pool = self._pools.get(origin)
        if pool is None:
            self._make_room()
            pool = self._pools[origin] = _Pool(
                GuardedTransport(self._outside, self._tls, self._per_authority), self._per_authority
            )
        self._pools.move_to_end(origin)
        if pool.idle is not None:
            pool.idle.cancel()
            pool.idle = None
        pool.users += 1
        try:
            async with pool.gate, self._gate:
                yield pool.transport
        finally:
            pool.users -= 1
            if not pool.users and self._pools.get(origin) is pool:
                pool.idle = asyncio.get_running_loop().call_later(self._idle, self._drop, origin)

    def _make_room(self) -> None:
        if len(self._pools) >= self._most_pools:
            unused = next((origin for origin, pool in self._pools.items() if not pool.users), None)
            if unused is not None:
                self._drop(unused)

    def _drop(self, origin: str) -> None:
        pool = self._pools.pop(origin)
        if pool.idle is not None:
            pool.idle.cancel()
        task = asyncio.create_task(pool.transport.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close all connections."""
        for origin in list(self._pools):
            self._drop(origin)
        await asyncio.gather(*self._closing)


async def _answered(transport: GuardedTransport, request: httpx.Request) -> httpx.Response:
    """The head of the answer. When a kept connection turns out to be gone the request is sent once more on a new one.

    snac ends every connection behind its answer and does not say so before.
    """
    may_be_kept = transport.keeps_connections
    try:
        return await transport.handle_async_request(request)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        if not may_be_kept:
            raise
    return await transport.handle_async_request(request)


async def read_body(response: httpx.Response, most: int, *, cut: bool = False) -> bytes:
    """The body, at most `most` bytes after decoding; what is longer is never held in memory (S069).

    The body of an answer that is not 2xx is cut instead of refused. Raises TooLarge, Malformed.
    """
    if not response.is_success:
        most, cut = min(most, ERROR_BODY), True
    inflate = _inflater(response.headers.get("content-encoding", "identity").strip().lower())
    body = bytearray()
    async for raw in response.aiter_raw():
        chunk = inflate(raw, most + 1 - len(body))
        body += chunk
        if len(body) > most:
            if not cut:
                raise TooLarge(f"more than {most} bytes")
            del body[most:]
            break
    return bytes(body)


def _inflater(encoding: str) -> Callable[[bytes, int], bytes]:
    """What decodes a chunk into no more bytes than there is room for. Raises Malformed."""
    if encoding in ("", "identity"):
        return lambda raw, room: raw[:room]
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Malformed("an encoding that was not asked for")
    stream = zlib.decompressobj(zlib.MAX_WBITS if encoding == "deflate" else _GZIP)

    def inflate(raw: bytes, room: int) -> bytes:
        try:
            return stream.decompress(raw, room)
        except zlib.error as problem:
            raise Malformed("a broken encoding") from problem

    return inflate
