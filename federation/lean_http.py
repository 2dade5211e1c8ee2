"""The transport of deliveries: POST over HTTP/1.1, straight on asyncio, and nothing that deliveries do not need.

httpx costs 0.7-4.2 ms of CPU a request, signing 0.27; this costs less than the signature. Connections are kept for a
while and used again. Answers are read only as far as their meaning needs. Source: decisions D4; performance.md.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from federation.outside import Outside, Url

LONGEST_HEAD = 32 * 1024
LONGEST_BODY = 64 * 1024
KEPT_BODY = 2 * 1024
MOST_INTERIM = 8

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1024})?")


class BrokenAnswer(ConnectionError):
    """The other side ended or broke the conversation before its answer was complete. `began`: part of it had come."""

    def __init__(self, reason: str, *, began: bool) -> None:
        super().__init__(reason)
        self.began = began


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are lower case, of the body only the beginning is kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line(asyncio.Protocol):
    """One connection: a request goes out, its answer is read, then the next may follow."""

    def __init__(self, gone: Callable[["Line"], None]) -> None:
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self.is_open = False
        self._begin()

    def _begin(self) -> None:
        self._buffer = bytearray()
        self._headers: dict[str, str] | None = None
        self._status = 0
        self._interim = 0
        self._kept = bytearray()
        self._total = 0
        self._left: int | None = None
        self._chunked = False
        self._after_data = False
        self._in_trailer = False
        self._keep = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.is_open = False
        self._fail("the connection was lost")
        self._gone(self)

    def eof_received(self) -> bool:
        """Called by asyncio: an answer without a length ends here."""
        if self._headers is not None and self._left is None and not self._chunked:
            self._finish()
        return False

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked
            return
        self._buffer += data
        try:
            if self._headers is None:
                self._read_head()
            if self._headers is not None and not self._waiting.done():
                self._read_body()
        except ValueError as problem:
            self._fail(str(problem))
            self.close()

    async def send(self, request: bytes) -> Reply:
        """Send a request and read its answer. Raises BrokenAnswer; gives up the connection when cancelled."""
        if self._transport is None or not self.is_open:
            raise BrokenAnswer("the connection was lost", began=False)
        self._begin()
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """Let go at once; there is nothing left to say."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, reason: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            began = self._headers is not None or bool(self._buffer)
            self._waiting.set_exception(BrokenAnswer(reason, began=began))

    def _finish(self) -> None:
        assert self._waiting is not None
        assert self._headers is not None
        if not self._keep or self._buffer:
            self.close()
        if not self._waiting.done():
            self._waiting.set_result(Reply(self._status, self._headers, bytes(self._kept)))

    def _read_head(self) -> None:
        """Take status and headers from the buffer when they are complete. Raises ValueError."""
        while self._headers is None:
            end = self._buffer.find(b"\r\n\r\n", 0, LONGEST_HEAD)
            if end < 0:
                if len(self._buffer) >= LONGEST_HEAD:
                    raise ValueError("headers without end")
                return
            first, *lines = bytes(self._buffer[:end]).split(b"\r\n")
            del self._buffer[: end + 4]
            match = _STATUS_LINE.fullmatch(first)
            if match is None:
                raise ValueError("not HTTP/1")
            self._status = int(match[1])
            if self._status >= 200:
                self._headers = _read_fields(lines)
                self._decide_framing(first.startswith(b"HTTP/1.0"))
            elif self._status == 101 or self._interim == MOST_INTERIM:
                raise ValueError("answers that are none")
            else:
                self._interim += 1

    def _decide_framing(self, is_old: bool) -> None:
        """How the body ends, and whether the connection can be used again. Source: RFC 9112 section 6.3."""
        assert self._headers is not None
        connection = self._headers.get("connection", "").lower()
        self._keep = "close" not in connection and not (is_old and "keep-alive" not in connection)
        coding = self._headers.get("transfer-encoding")
        length = self._headers.get("content-length")
        if self._status in (204, 304):
            self._left = 0
        elif coding is not None:
            self._chunked = coding.strip().lower() == "chunked"
            self._keep = self._keep and self._chunked and length is None
        elif length is not None:
            if not (length.isascii() and length.isdigit() and len(length) < 16):
                raise ValueError("not a length")
            self._left = int(length)
        else:
            self._keep = False

    def _read_body(self) -> None:
        """Take what there is of the body. Raises ValueError (chunks that are none)."""
        if self._chunked:
            self._read_chunks()
        elif self._left is None:
            self._take(len(self._buffer))
        else:
            self._left -= self._take(self._left)
            if not self._left:
                self._finish()
        if self._total > LONGEST_BODY and self._waiting is not None and not self._waiting.done():
            self._keep = False  # its meaning is known; nobody will read the rest
            self._finish()

    def _take(self, most: int) -> int:
        """Move up to so many bytes out of the buffer, of which only the first of all are kept."""
        part = bytes(self._buffer[:most])
        del self._buffer[: len(part)]
        self._total += len(part)
        if len(self._kept) < KEPT_BODY:
            self._kept += part[: KEPT_BODY - len(self._kept)]
        return len(part)

    def _read_chunks(self) -> None:
        while self._total <= LONGEST_BODY:
            if self._left:
                self._left -= self._take(self._left)
                if self._left:
                    return
                self._left, self._after_data = None, True
            end = self._buffer.find(b"\r\n", 0, 2048)
            if end < 0:
                if len(self._buffer) >= 2048:
                    raise ValueError("a chunk without size")
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            if self._in_trailer:
                self._total += end + 2
                if not line:
                    self._finish()
                    return
            elif self._after_data:
                if line:
                    raise ValueError("a chunk longer than it says")
                self._after_data = False
            else:
                match = _CHUNK_SIZE.fullmatch(line)
                if match is None:
                    raise ValueError("a chunk without size")
                self._left = int(match[1], 16)
                self._in_trailer = not self._left


def _read_fields(lines: list[bytes]) -> dict[str, str]:
    """Header lines as a mapping; what stands twice is joined. Raises ValueError."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError("not a header")
        name, value = name.lower(), value.strip()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


class Lines:
    """The open connections to everybody: a few idle ones for each origin, so many in all, each for a while."""

    def __init__(
        self, outside: Outside, tls: ssl.SSLContext, *, per_origin: int = 4, in_all: int = 512, idle: float = 15.0
    ) -> None:
        self._outside = outside
        self._tls = tls
        self._per_origin = per_origin
        self._in_all = in_all
        self._idle_for = idle
        self._idle: dict[str, list[Line]] = {}
        self._expiry: dict[Line, tuple[str, asyncio.TimerHandle]] = {}
        self._open: set[Line] = set()
        self._none_open = asyncio.Event()
        self._none_open.set()

    async def post(self, url: Url, head: bytes, body: bytes) -> Reply:
        """One POST. When a kept connection turns out to be gone the request is sent once more on a new one.

        The time limit is the caller's. Raises Forbidden, NoConnection, BrokenAnswer.
        """
        request = head + body
        line = self._take(url.origin)
        if line is not None:
            try:
                reply = await line.send(request)
            except BrokenAnswer as problem:
                if problem.began:
                    raise
            else:
                self._give_back(url.origin, line)
                return reply
        line = await self._connect(url)
        reply = await line.send(request)
        self._give_back(url.origin, line)
        return reply

    async def _connect(self, url: Url) -> Line:
        loop = asyncio.get_running_loop()
        tls, name = (self._tls, url.host) if url.scheme == "https" else (None, None)

        async def connect(address: str) -> Line:
            _, line = await loop.create_connection(
                lambda: Line(self._forget), address, url.port, ssl=tls, server_hostname=name
            )
            return line

        line = await self._outside.dial(url.host, connect)
        if not line.is_open:
            raise BrokenAnswer("the connection was lost", began=False)
        self._open.add(line)
        self._none_open.clear()
        return line

    def _take(self, origin: str) -> Line | None:
        idle = self._idle.get(origin)
        while idle:
            line = idle.pop()
            if not idle:
                del self._idle[origin]
            self._expiry.pop(line)[1].cancel()
            if line.is_open:
                return line
        return None

    def _give_back(self, origin: str, line: Line) -> None:
        if not line.is_open:
            return
        idle = self._idle.setdefault(origin, [])
        if len(idle) >= self._per_origin or len(self._expiry) >= self._in_all:
            line.close()
            return
        idle.append(line)
        timer = asyncio.get_running_loop().call_later(self._idle_for, line.close)
        self._expiry[line] = (origin, timer)

    def _forget(self, line: Line) -> None:
        """A connection has ended, here or there."""
        self._open.discard(line)
        if not self._open:
            self._none_open.set()
        kept = self._expiry.pop(line, None)
        if kept is not None:
            origin, timer = kept
            timer.cancel()
            self._idle[origin].remove(line)
            if not self._idle[origin]:
                del self._idle[origin]

    async def close(self) -> None:
        """Close all connections and wait until they are."""
        for line in list(self._open):
            line.close()
        await self._none_open.wait()
