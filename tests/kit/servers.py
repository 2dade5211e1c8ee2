"""A small HTTP/1.1 server that writes down every request and answers by script, so that it can also misbehave.

It knows nothing of ActivityPub and shares no code with the server under test. Each one is an authority of its own,
because a port belongs to the name (decisions D20); a thousand of them live well in one process.
"""

import asyncio
import json
import resource
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from tests.kit.listening import Listening

WITHIN = 5.0
"""Seconds that `received` waits at most when not told otherwise."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came. Header names are lower case; `at` is the loop's time when its last byte was read."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> Mapping[str, str]:
        """The query; of what stands twice the first."""
        return {name: values[0] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    def json(self) -> Any:
        """The body decoded."""
        return json.loads(self.body)


class Exchange:
    """One request and the means to answer it, handed to a script."""

    def __init__(
        self, server: "FakeServer", seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self.server = server
        self.seen = seen
        self.keep = True
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Write raw bytes, whatever they are, no faster than they are taken."""
        for start in range(0, len(data), 65536):
            self._writer.write(data[start : start + 65536])
            await self._writer.drain()

    async def reply(
        self,
        status: int = 200,
        body: bytes = b"",
        *,
        content_type: str = "text/plain",
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """An answer as it should be, unless `length` says something else than the body's length."""
        fields = {
            "Content-Type": content_type,
            "Content-Length": str(len(body) if length is None else length),
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        await self.send(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode("latin-1"))
        await self.send(body)

    async def until_gone(self) -> None:
        """Read and drop what comes, until the client goes."""
        while await self._reader.read(65536):
            pass

    def hang_up(self) -> None:
        """Close the connection after this exchange."""
        self.keep = False

    def reset(self) -> None:
        """Break the connection at once; what was not sent is lost."""
        self.keep = False
        self._writer.transport.abort()


Script = Callable[[Exchange], Awaitable[None]]


class FakeServer(Listening):
    """One authority. Enter it to listen; leave it to stop, or call `stop` and `start` to go away and come back.

    tls: a server-side context makes it https. family: `127.0.0.1` or `::1`.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", name: str = "localhost"
    ) -> None:
        super().__init__(tls=tls, address=address)
        self.seen: list[Seen] = []
        self.busy = 0
        self.busiest = 0
        self._tls = tls
        self._name = name
        self._scripts: dict[tuple[str, str], Script] = {}
        self._otherwise: Script = _not_found

    @property
    def authority(self) -> str:
        """Name and port."""
        return f"{self._name}:{self.port}"

    @property
    def base(self) -> str:
        """Scheme, name and port."""
        return f"{'http' if self._tls is None else 'https'}://{self.authority}"

    def url(self, path: str) -> str:
        """The URL of something here."""
        return self.base + path

    def on(self, path: str, script: Script, *, method: str = "*") -> None:
        """Answer this path (without query) so from now on; in place of an earlier script."""
        self._scripts[method, path] = script

    def otherwise(self, script: Script) -> None:
        """Answer so wherever no script was given; a plain 404 at first."""
        self._otherwise = script

    async def received(
        self, count: int = 1, *, within: float = WITHIN, path: str | None = None, method: str | None = None
    ) -> list[Seen]:
        """The requests seen so far (of this path and method), once there are at least so many.

        Raises AssertionError, with what was seen, when they do not come in time.
        """

        def fits(seen: Seen) -> bool:
            return path in (None, seen.path) and method in (None, seen.method)

        return await self.matching(fits, count, within=within)

    async def matching(self, fits: Callable[[Seen], bool], count: int, *, within: float = WITHIN) -> list[Seen]:
        """The requests seen so far that fit, once there are at least so many. Raises AssertionError as above."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while sum(map(fits, self.seen)) < count:
                    await self._next()
        found = [seen for seen in self.seen if fits(seen)]
        if len(found) < count:
            came = [f"{seen.method} {seen.target}" for seen in self.seen]
            raise AssertionError(f"{count} requests were expected, {len(found)} came; all: {came}")
        return found

    async def quiet(self, *, within: float = WITHIN) -> None:
        """Wait until no connection is open any more. Raises AssertionError when one stays."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._tasks:
                    await self._next()
        if self._tasks:
            raise AssertionError(f"{len(self._tasks)} connections are still open")

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (seen := await _read(reader)) is not None:
            self.seen.append(seen)
            self._tell()
            exchange = Exchange(self, seen, reader, writer)
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
            try:
                await self._script_for(seen)(exchange)
            finally:
                self.busy -= 1
            if not exchange.keep:
                return

    def _script_for(self, seen: Seen) -> Script:
        for method in (seen.method, "*"):
            if (method, seen.path) in self._scripts:
                return self._scripts[method, seen.path]
        return self._otherwise


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    """One request; None when the client has nothing more to ask."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        assert name not in headers, f"the client sent {name} twice"
        headers[name] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body, asyncio.get_running_loop().time())


async def _not_found(exchange: Exchange) -> None:
    await exchange.reply(404, b"nothing here")


@asynccontextmanager
async def many(count: int, script: Script | None = None) -> AsyncGenerator[list[FakeServer]]:
    """So many authorities at once, all with this script. Raises the soft limit of open files to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    servers = [FakeServer() for _ in range(count)]
    try:
        for server in servers:
            if script is not None:
                server.otherwise(script)
            await server.start()
        yield servers
    finally:
        for server in servers:
            if server.port:
                await server.stop()
