"""Servers elsewhere that take every delivery, and remember when it came."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from fedcomm.cli import bench_ports
from fedcomm.cli.bench_ports import Elsewhere


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
    with bench_ports.ports(count, _Taking) as (ports, pipe):
        yield Hosts(ports, pipe)


class _Taking(Elsewhere):
    def __init__(self) -> None:
        self._came: list[tuple[int, float, bytes]] = []

    def answer(self, port: int, method: bytes, path: str, body: bytes) -> bytes:
        self._came.append((port, time.monotonic(), body))
        return bench_ports.ACCEPTED

    async def told(self, message: Any) -> dict[int, float]:
        found: dict[int, float] = {}
        for port, at, body in self._came:
            if message in body:
                found.setdefault(port, at)
        return found
