"""Servers elsewhere, for `./run bench`: many ports of one process of their own, which take every delivery."""

import asyncio
import multiprocessing
import re
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class Hosts:
    """So many ports that take deliveries."""

    def __init__(self, ports: list[int], pipe: Connection) -> None:
        self.ports = ports
        self._pipe = pipe

    def came_at(self, mark: bytes) -> dict[int, float]:
        """When (`time.monotonic`) each port got the first request with this mark in its body."""
        self._pipe.send(mark)
        return self._pipe.recv()


@contextmanager
def hosts(count: int) -> Generator[Hosts]:
    """Run them until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield Hosts(ours.recv(), ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(count: int, pipe: Connection) -> None:
    asyncio.run(_run(count, pipe))


async def _run(count: int, pipe: Connection) -> None:
    came: list[tuple[int, float, bytes]] = []
    loop = asyncio.get_running_loop()
    listening = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in listening]
    for port, each in zip(ports, listening, strict=True):
        await loop.create_server(lambda port=port: _Host(port, came), sock=each)
    pipe.send(ports)
    while True:
        try:
            mark: bytes = await asyncio.to_thread(pipe.recv)
        except (EOFError, OSError):
            return
        found: dict[int, float] = {}
        for port, at, body in came:
            if mark in body:
                found.setdefault(port, at)
        pipe.send(found)


class _Host(asyncio.Protocol):
    def __init__(self, port: int, came: list[tuple[int, float, bytes]]) -> None:
        self._port = port
        self._came = came
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, gap, body = self._buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        length = _LENGTH.search(head)
        if len(body) < (int(length[1]) if length else 0):
            return
        self._came.append((self._port, time.monotonic(), body))
        self._buffer = b""
        self._transport.write(_ANSWER)
