"""How most tests ask a server: HTTP/1.1 without TLS, over real sockets that are kept open and used again.

What httpx brings for this takes more of the processor than the server that is asked. Tests of servers in processes of
their own (`tests/reliability`, `tests/test_serving.py`, `tests/peers`) use it all the same, so both are looked at.
"""

import asyncio
import select
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

import httptools
import httpx2 as httpx

MOST_AT_ONCE = 100
"""Connections of one client, as with httpx."""
MOST_AT_A_TIME = 65536
Address = tuple[str, int]


def client(base_url: str = "", *, headers: Mapping[str, str] | None = None, timeout: float = 20.0) -> httpx.AsyncClient:
    """A client over such connections; it follows no redirects and knows no proxies."""
    return httpx.AsyncClient(
        base_url=base_url, headers=headers, timeout=timeout, transport=PlainHttp(), trust_env=False
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """An open connection."""

    to: Address
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_silent(self) -> bool:
        """Whether nothing came since the last answer, not even an end."""
        looking = select.poll()
        looking.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return not looking.poll(0) and not self.reader.at_eof()


class PlainHttp(httpx.AsyncBaseTransport):
    """Asks and reads answers as they come, for one client."""

    def __init__(self) -> None:
        self._idle: list[_Line] = []
        self._free = asyncio.Semaphore(MOST_AT_ONCE)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and wait for the head of the answer. Raises what httpx raises."""
        if request.url.scheme != "http":
            raise httpx.UnsupportedProtocol(f"no plain http: {request.url}", request=request)
        limits = cast("Mapping[str, float | None]", request.extensions.get("timeout", {}))
        line = await self._line(request, limits)
        try:
            async with _translated(request, limits.get("write"), httpx.WriteTimeout, httpx.WriteError):
                await _send(line.writer, request)
            answer = _Answer(self, line, request, limits.get("read"))
            await answer.head()
        except BaseException:
            self.give_back(line, is_good=False)
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=answer,
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.reason},
        )

    async def aclose(self) -> None:
        """Close what is open and not in use."""
        while self._idle:
            line = self._idle.pop()
            line.writer.close()
            with suppress(OSError):
                await line.writer.wait_closed()

    def give_back(self, line: _Line, *, is_good: bool) -> None:
        """A connection is not needed any more; a good one may be used again."""
        self._free.release()
        if is_good:
            self._idle.append(line)
        else:
            line.writer.transport.abort()

    async def _line(self, request: httpx.Request, limits: Mapping[str, float | None]) -> _Line:
        address = request.url.host, request.url.port or 80
        async with _translated(request, limits.get("pool"), httpx.PoolTimeout, httpx.ConnectError):
            await self._free.acquire()
        try:
            for line in [each for each in self._idle if each.to == address][::-1]:
                self._idle.remove(line)
                if line.is_silent:
                    return line
                line.writer.close()
            async with _translated(request, limits.get("connect"), httpx.ConnectTimeout, httpx.ConnectError):
                return _Line(address, *await asyncio.open_connection(*address))
        except BaseException:
            self._free.release()
            raise


async def _send(writer: asyncio.StreamWriter, request: httpx.Request) -> None:
    lines = [f"{request.method} ".encode() + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    in_chunks = "transfer-encoding" in request.headers
    stream = cast("AsyncIterator[bytes]", request.stream)
    try:
        async for part in stream:
            writer.write(head + (b"%x\r\n%s\r\n" % (len(part), part) if in_chunks and part else part))
            head = b""
            await writer.drain()
        writer.write(head + (b"0\r\n\r\n" if in_chunks else b""))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has heard enough; perhaps it has answered


@asynccontextmanager
async def _translated(
    request: httpx.Request,
    within: float | None,
    late: type[httpx.TimeoutException],
    broken: type[httpx.TransportError],
) -> AsyncGenerator[None]:
    """Errors as httpx has them."""
    try:
        async with asyncio.timeout(within):
            yield
    except TimeoutError as error:
        raise late(str(error), request=request) from error
    except OSError as error:
        raise broken(str(error), request=request) from error


class _Answer(httpx.AsyncByteStream):
    """An answer: its head, then its body as it comes. The names of the `on_` methods are those of httptools."""

    def __init__(self, transport: PlainHttp, line: _Line, request: httpx.Request, within: float | None) -> None:
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self._transport = transport
        self._line = line
        self._request = request
        self._within = within
        self._parser = httptools.HttpResponseParser(self)
        self._has_head = False
        self._is_complete = False
        self._is_closed = False
        self._is_kept = False
        self._parts: list[bytes] = []

    async def head(self) -> None:
        """Wait for status and headers."""
        while not self._has_head:
            await self._read()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body."""
        while True:
            parts, self._parts = self._parts, []
            if parts:
                yield b"".join(parts)
            elif self._is_complete:
                return
            else:
                await self._read()

    async def aclose(self) -> None:
        """It is read, or nobody wants the rest."""
        if not self._is_closed:
            self._is_closed = True
            self._transport.give_back(self._line, is_good=self._is_complete and self._is_kept)

    async def _read(self) -> None:
        async with _translated(self._request, self._within, httpx.ReadTimeout, httpx.ReadError):
            data = await self._line.reader.read(MOST_AT_A_TIME)
        if data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                raise httpx.RemoteProtocolError(str(error), request=self._request) from error
        elif self._ends_with_the_connection:
            self._is_complete = True
        else:
            said = "without a whole body" if self._has_head else "without sending a response"
            raise httpx.RemoteProtocolError(f"Server disconnected {said}.", request=self._request)

    @property
    def _ends_with_the_connection(self) -> bool:
        names = {name.lower() for name, _ in self.headers}
        return self._has_head and not names & {b"content-length", b"transfer-encoding"}

    def on_status(self, status: bytes) -> None:
        """The words beside the number."""
        self.reason = status

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or what follows the last chunk."""
        if not self._has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is there; one that only announces the answer is forgotten."""
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers = []
            return
        self._has_head = True
        if self._request.method == "HEAD":
            self.on_message_complete()

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """The answer is there."""
        if self._has_head:
            self._is_complete = True
            self._is_kept = self._parser.should_keep_alive()
