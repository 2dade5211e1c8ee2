"""Servers elsewhere, for `./run bench`: many ports of one process of their own, so that they share no core with ours.

They read requests no better than they must: what asks them is our own server.
"""

import asyncio
import multiprocessing
import re
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Elsewhere(ABC):
    """What the other process does."""

    @abstractmethod
    def answer(self, port: int, method: bytes, path: str, body: bytes) -> bytes:
        """The whole answer to a request that came to a port."""

    @abstractmethod
    async def told(self, message: Any) -> Any:
        """What is sent back for a message that came through the pipe."""


@contextmanager
def ports(count: int, make: Callable[[], Elsewhere]) -> Generator[tuple[list[int], Connection]]:
    """Run it behind so many ports until the block ends; gives these, and the pipe that leads there."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(count, make, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.close()
        process.terminate()
        process.join()


def length_of(head: bytes) -> int:
    """Bytes of the body behind this head."""
    found = LENGTH.search(head + b"\r\n")
    return int(found[1]) if found else 0


def _serve(count: int, make: Callable[[], Elsewhere], pipe: Connection) -> None:
    asyncio.run(_run(count, make(), pipe))


async def _run(count: int, elsewhere: Elsewhere, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    listening = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
    found: list[int] = [each.getsockname()[1] for each in listening]
    for port, each in zip(found, listening, strict=True):
        await loop.create_server(lambda port=port: _Line(port, elsewhere), sock=each)
    pipe.send(found)
    while True:
        try:
            message = await asyncio.to_thread(pipe.recv)
        except (EOFError, OSError):
            return
        pipe.send(await elsewhere.told(message))


class _Line(asyncio.Protocol):
    """One connection to one of the ports."""

    def __init__(self, port: int, elsewhere: Elsewhere) -> None:
        self._port = port
        self._elsewhere = elsewhere
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, gap, body = self._buffer.partition(b"\r\n\r\n")
        if not gap or len(body) < length_of(head):
            return
        self._buffer = b""
        method, path, _ = head.split(b" ", 2)
        self._transport.write(self._elsewhere.answer(self._port, method, path.decode(), body))
