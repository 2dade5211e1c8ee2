"""What the small servers have in common: they listen at a port of their own, go away and come back."""

import asyncio
import socket
import ssl
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Any, Self


class Listening(ABC):
    """One server. Enter it to listen; leave it to stop, or call `stop` and `start` to go away and come back."""

    def __init__(self, *, tls: ssl.SSLContext | None, address: str = "127.0.0.1") -> None:
        self.port = 0
        self.connections = 0
        self._from_the_first_byte = tls
        self._address = address
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a `stop` on the same port as before."""
        listening = unknown_port(self._address) if self.port == 0 else _at(self._address, self.port)
        self.port = listening.getsockname()[1]
        self._listener = await asyncio.start_server(
            self._serve, sock=listening, ssl=self._from_the_first_byte, limit=2**20, backlog=256
        )

    async def stop(self) -> None:
        """Be gone: nobody can connect, and open connections are cut."""
        assert self._listener is not None
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @abstractmethod
    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All that is said on one connection."""

    def _tell(self) -> None:
        """Whoever waits for something to happen here looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _next(self) -> None:
        """Until something happens here."""
        changed = self._changed
        await changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        # Whoever has gone had the right to; and a cancelled server has stopped, which is no accident of the connection.
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._tasks.discard(task)
            self._tell()
            writer.transport.abort() if task.cancelling() > 0 else writer.close()


_known: set[int] = set()


def unknown_port(address: str = "127.0.0.1") -> socket.socket:
    """A socket that listens at a port which no server of this process ever had.

    The system soon gives a port out again, and an instance that several tests share remembers of each authority how
    often it was asked and that it could not be reached.
    """
    known: list[socket.socket] = []
    while (found := _at(address, 0)).getsockname()[1] in _known:
        known.append(found)
    for each in known:
        each.close()
    _known.add(found.getsockname()[1])
    return found


def _at(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family, backlog=256)
