"""Scripts for a `FakeServer`: how it answers one request, properly or not.

Each function returns a script; `server.on("/path", answers.redirect("/other"))`.
"""

import asyncio
import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

from tests.kit.servers import Exchange, Script

ACTIVITY_JSON = "application/activity+json"
JRD_JSON = "application/jrd+json"


def status(
    code: int, *, retry_after: str | None = None, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Script:
    """This status, perhaps with a Retry-After."""
    fields = dict(headers or {}) | ({} if retry_after is None else {"Retry-After": retry_after})

    async def script(exchange: Exchange) -> None:
        await exchange.reply(code, body, headers=fields)

    return script


def document(value: Any, *, content_type: str = ACTIVITY_JSON, headers: Mapping[str, str] | None = None) -> Script:
    """A JSON document; `content_type` may lie."""
    body = json.dumps(value).encode()

    async def script(exchange: Exchange) -> None:
        await exchange.reply(200, body, content_type=content_type, headers=headers)

    return script


def text(body: str | bytes, *, content_type: str) -> Script:
    """Any body under any type."""
    data = body.encode() if isinstance(body, str) else body

    async def script(exchange: Exchange) -> None:
        await exchange.reply(200, data, content_type=content_type)

    return script


def redirect(to: str, code: int = 302) -> Script:
    """Go elsewhere."""

    async def script(exchange: Exchange) -> None:
        await exchange.reply(code, headers={"Location": to})

    return script


def hang() -> Script:
    """Never answer; ends when the client or the server goes."""

    async def script(exchange: Exchange) -> None:
        await exchange.until_gone()
        exchange.hang_up()

    return script


def drip(body: bytes = b"{}" * 1000, *, every: float = 0.02, content_type: str = ACTIVITY_JSON) -> Script:
    """An answer that never stops coming, one byte after the other."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n".encode())
        await exchange.send(f"Content-Length: {len(body)}\r\n\r\n".encode())
        for position in range(len(body)):
            await exchange.send(body[position : position + 1])
            await asyncio.sleep(every)

    return script


def drip_headers(*, every: float = 0.02) -> Script:
    """Headers that never stop coming."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await exchange.send(b"X-More: 1\r\n")
            await asyncio.sleep(every)

    return script


def reset() -> Script:
    """Break the connection without an answer."""

    async def script(exchange: Exchange) -> None:
        exchange.reset()

    return script


def raw(data: bytes) -> Script:
    """These bytes, then the end."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(data)
        exchange.hang_up()

    return script


def hang_up_after_headers() -> Script:
    """A head that promises a body, and then nothing."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 500\r\n\r\n")


def false_length(value: Any, length: int) -> Script:
    """A document that says it has another length, then the end."""
    body = json.dumps(value).encode()

    async def script(exchange: Exchange) -> None:
        await exchange.reply(200, body, content_type=ACTIVITY_JSON, length=length)
        exchange.hang_up()

    return script


def chunked(*parts: bytes, code: int = 200, content_type: str = ACTIVITY_JSON) -> Script:
    """The body in chunks."""
    data = b"".join(b"%x;note=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer: x\r\n\r\n"

    async def script(exchange: Exchange) -> None:
        head = f"HTTP/1.1 {code} OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        await exchange.send(head.encode())
        await exchange.send(data)

    return script


def without_end(part: bytes = b" " * 65536, *, code: int = 200, content_type: str = ACTIVITY_JSON) -> Script:
    """A body that never ends, as fast as it is taken."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 {code} OK\r\nContent-Type: {content_type}\r\n\r\n".encode())
        while True:
            await exchange.send(part)

    return script


def compressed(value: Any, *, encoding: str = "gzip") -> Script:
    """A document that is compressed although nobody asked for it."""
    body = json.dumps(value).encode()
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)

    async def script(exchange: Exchange) -> None:
        await exchange.reply(200, packed, content_type=ACTIVITY_JSON, headers={"Content-Encoding": encoding})

    return script


def bomb(megabytes: int = 64) -> Script:
    """A small body that becomes a large one when it is unpacked."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()

    async def script(exchange: Exchange) -> None:
        await exchange.reply(200, packed, content_type=ACTIVITY_JSON, headers={"Content-Encoding": "gzip"})

    return script


def when(gate: asyncio.Event, then: Script) -> Script:
    """Answer so as soon as the gate is open."""

    async def script(exchange: Exchange) -> None:
        await gate.wait()
        await then(exchange)

    return script


def in_turn(*scripts: Script) -> Script:
    """The first request gets the first answer, the next the second; the last one stays."""
    left = list(scripts)

    async def script(exchange: Exchange) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return script
