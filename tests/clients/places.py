"""Instances behind TLS, as clients want them: a relay with a certificate in front of each, and trust among them."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from tests.conftest import MakeDatabase
from tests.kit.certificates import Certificates
from tests.running import Instance, instance

PIECE = 65_536
GRACE = 2.0
"""Seconds for a farewell, which a browser that is gone does not answer."""


@asynccontextmanager
async def secure(certificates: Certificates, *, to: int | None = None) -> AsyncGenerator["Relay"]:
    """A port that speaks TLS and hands on, byte for byte, what it is told to another port of this machine."""
    relay = Relay(certificates.server, to)
    await relay.open()
    try:
        yield relay
    finally:
        await relay.close()


class Relay:
    """TLS outside, plain inside. `to` may be set later, as the port inside is not known before its server runs."""

    def __init__(self, context: ssl.SSLContext, to: int | None, listen: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self._context = context
        self.to = to
        self._listen = listen
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen where it was told to; without that, on a free port of this machine."""
        self._server = await asyncio.start_server(self._serve, *self._listen, ssl=self._context, backlog=512)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Without a final slash."""
        return f"https://localhost:{self.port}"

    async def close(self) -> None:
        """Cut all lines."""
        assert self._server is not None
        self._server.close()
        for outer in self._lines.values():
            outer.transport.abort()
        await asyncio.gather(*self._lines)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert self.to is not None
        self._lines[task] = writer
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            await _end(writer)
        else:
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
            await _end(inner_writer)
            await _end(writer)
        finally:
            del self._lines[task]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # one side hung up: so does the other
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(GRACE):
            await writer.wait_closed()
            return
    writer.transport.abort()


@asynccontextmanager
async def secure_instances(
    make_database: MakeDatabase, folder: Path, certificates: Certificates, count: int
) -> AsyncGenerator[tuple[Instance, ...]]:
    """So many instances at `https://localhost:<port>`, which trust one another's certificates."""
    authority = certificates.write(folder)
    async with AsyncExitStack() as stack:
        made: list[Instance] = []
        for number in range(count):
            relay = await stack.enter_async_context(secure(certificates))
            here = await stack.enter_async_context(
                instance(
                    await make_database(),
                    folder / str(number),
                    FEDCOMM_DOMAIN=f"localhost:{relay.port}",
                    FEDCOMM_SCHEME="https",
                    FEDCOMM_CA_FILE=str(authority),
                )
            )
            relay.to = here.site.config.listen.port
            made.append(here)
        yield tuple(made)
