"""Requests byte by byte, as no client library would send them."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from tests.running import Instance

WITHIN = 10.0
_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


class Wire:
    """One connection. What is read is kept, so that answers can be counted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.read = b""
        self.sent = 0

    async def send(self, data: bytes) -> bool:
        """Send bytes; False when the other side does not take them any more."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            return False
        self.sent += len(data)
        return True

    async def until_closed(self, *, within: float = WITHIN) -> bytes:
        """All that is answered until the other side ends the connection. Raises TimeoutError if it never does."""
        async with asyncio.timeout(within):
            with suppress(ConnectionError):
                while data := await self.reader.read(65536):
                    self.read += data
        return self.read

    async def answers(self, count: int, *, within: float = WITHIN) -> list[int]:
        """The status codes, once there are so many. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while len(self.statuses()) < count:
                data = await self.reader.read(65536)
                assert data, f"closed after {self.read!r}"
                self.read += data
        return self.statuses()

    def statuses(self) -> list[int]:
        """The status codes that were read so far."""
        return [int(code) for code in _STATUS.findall(self.read)]


@asynccontextmanager
async def wire(at: Instance) -> AsyncGenerator[Wire]:
    """A connection to an instance."""
    host, _, port = at.here.authority.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def answered(at: Instance, data: bytes) -> list[int]:
    """The status codes with which these bytes are answered until the connection is closed."""
    async with wire(at) as line:
        await line.send(data)
        await line.until_closed()
        return line.statuses()
