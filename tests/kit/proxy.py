"""A TCP proxy in this process that does to connections what networks do: delays, cuts, corrupts, stalls, refuses.

    async with Proxy(seed=7) as line:                     # others connect to localhost:<line.port>
        line.leads_to(server_port)
        line.trouble = Trouble(share=0.3)                 # something happens every now and then
        ...
        line.heal()                                       # nothing more happens; what hangs is cut
        assert line.happened["cut"] > 0

    await line.away()                                     # nobody listens there any more
    await line.back()                                     # on the same port

What happens, and after how many bytes, is drawn from the seed. With `tls` it ends TLS, as a reverse proxy before a
server does; put another one before it, and what is corrupted are the encrypted bytes.
"""

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

Kind = Literal["cut", "corrupt", "stall", "delay"]
ALL: Sequence[Kind] = ("cut", "corrupt", "stall", "delay")
PIECE = 65536


@dataclass(frozen=True, slots=True)
class Trouble:
    """What may happen to connections: again and again within so many bytes of each direction, with this likelihood.

    A `delay` holds a piece for up to `slow_s` seconds. A `stall` forwards nothing more and closes nothing.
    """

    share: float = 0.0
    kinds: Sequence[Kind] = ALL
    within: int = 8000
    slow_s: float = 0.2


class Proxy:
    """One address that leads elsewhere. Enter it to listen. Upstream and own address are ports of localhost, or paths
    of sockets in the file system."""

    def __init__(
        self, to: int | Path | None = None, *, seed: int = 1, tls: ssl.SSLContext | None = None, at: Path | None = None
    ) -> None:
        self.port = 0
        self.trouble = Trouble()
        self.happened: Counter[str] = Counter()
        self._to = to
        self._at = at
        self._tls = tls
        self._dice = random.Random(seed)
        self._listener: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._is_stalled = False
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.away()

    def leads_to(self, to: int | Path) -> None:
        """Where new connections go."""
        self._to = to

    async def back(self) -> None:
        """Listen; after `away` at the same address as before. Nothing when it listens already."""
        if self._listener is not None:
            return
        if self._at is not None:
            self._at.unlink(missing_ok=True)
            self._listener = await asyncio.start_unix_server(self._serve, self._at, backlog=256)
            return
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls, backlog=256)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def away(self) -> None:
        """Nobody can connect, and all connections are cut. Nothing when it is away already."""
        if self._listener is None:
            return
        self._listener.close()
        self._listener = None
        await self.cut()

    async def cut(self) -> None:
        """Break all connections that are open now; new ones may be made."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def stall(self) -> None:
        """From now on nothing moves on any connection, and nothing is closed, until `go_on`."""
        self._is_stalled = True
        self.happened["stall"] += 1

    def go_on(self) -> None:
        """What was held by `stall` moves again."""
        self._is_stalled = False
        self._moved.set()
        self._moved = asyncio.Event()

    async def heal(self) -> None:
        """No more trouble; what is open now, hanging or not, is cut."""
        self.trouble = Trouble()
        self.go_on()
        await self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        beyond: asyncio.StreamWriter | None = None
        try:
            answers, beyond = await self._reach()
            dice = [random.Random(self._dice.random()) for _ in range(2)]
            there = asyncio.create_task(self._pass_on(reader, beyond, dice[0]))
            back = asyncio.create_task(self._pass_on(answers, writer, dice[1]))
            try:
                await asyncio.gather(there, back)
            finally:
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
        except OSError:
            pass  # one of the two has gone, or a fault broke the connection
        except asyncio.CancelledError:
            pass  # cut; raising would be reported as an accident of the connection
        finally:
            self._open.discard(task)
            for each in (writer, beyond):
                if each is not None:
                    each.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._to, Path):
            return await asyncio.open_unix_connection(self._to)
        return await asyncio.open_connection("127.0.0.1", self._to)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dice: random.Random) -> None:
        """Forward one direction until its end. Raises ConnectionError where something cuts it."""
        left = 0
        while data := await reader.read(PIECE):
            while len(data) > left and self.trouble.share:
                at, left = left, left + 1 + int(dice.random() * self.trouble.within)
                data = await self._spoiled(data, at, dice)
            left = max(0, left - len(data))
            while self._is_stalled:
                await self._moved.wait()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            with suppress(OSError):
                writer.write_eof()
        else:
            writer.close()

    async def _spoiled(self, data: bytes, at: int, dice: random.Random) -> bytes:
        """What is forwarded of a piece whose byte `at` may meet with something.

        Raises ConnectionError for a cut; never returns after a stall.
        """
        trouble = self.trouble
        kind = trouble.kinds[int(dice.random() * len(trouble.kinds))]
        if dice.random() >= trouble.share:
            return data
        self.happened[kind] += 1
        if kind == "cut":
            raise ConnectionResetError
        if kind == "stall":
            await asyncio.get_running_loop().create_future()
        if kind == "delay":
            await asyncio.sleep(dice.random() * trouble.slow_s)
            return data
        return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
