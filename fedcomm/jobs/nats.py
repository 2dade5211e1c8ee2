"""The line over NATS: publish and subscribe on one subject, as much of its client protocol as that takes.

Source: https://docs.nats.io/reference/reference-protocols/nats-protocol. Addresses: `nats://host:4222`, `tls://`, with
`user:password@` or `token@`. What is told is public to all who may read the subject: names of queues, nothing else.
"""

import asyncio
import ssl
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from fedcomm import __version__
from fedcomm.database import Down
from fedcomm.jobs.lines import Ready, Told

CONNECT_WITHIN_S = 5.0
ALIVE_WITHIN_S = 30.0
"""So often we ask whether the server is still there; without an answer until the next time the line is lost."""
LONGEST_LINE = 64 * 1024
LOST = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


class Nats:
    """The line of one instance. Telling keeps a connection of its own open, and opens it again when it is lost."""

    def __init__(self, url: str, instance: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._url = url
        self._subject = f"fedcomm.wake.{instance}"
        self._tls = tls
        self._telling: _Connection | None = None

    async def tell(self, words: Sequence[str]) -> None:
        """Publish the words, and wait until the server has them. Raises Down."""
        if self._telling is not None:
            try:
                await self._publish(self._telling, words)
            except LOST:  # it was given up while nothing was told
                self.close()
            else:
                return
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                self._telling = await _opened(self._url, self._tls)
            await self._publish(self._telling, words)
        except LOST as lost:
            self.close()
            raise Down(f"NATS: {lost or type(lost).__name__}") from lost

    async def _publish(self, connection: "_Connection", words: Sequence[str]) -> None:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            for word in words:
                connection.publish(self._subject, word.encode())
            await connection.ping()

    async def listen(self, told: Told, ready: Ready) -> None:
        """Subscribe, until the connection is lost. Raises Down."""
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                connection = await _opened(self._url, self._tls)
                connection.subscribe(self._subject)
                await connection.ping()
            ready()
            while True:
                told(await connection.heard())
        except LOST as lost:
            raise Down(f"NATS: {lost or type(lost).__name__}") from lost
        finally:
            if connection is not None:
                connection.close()

    def close(self) -> None:
        """Give the connection up on which we tell."""
        telling, self._telling = self._telling, None
        if telling is not None:
            telling.close()


class _Info(msgspec.Struct):
    tls_required: bool = False


class _Connection:
    """One connection. Its methods raise ValueError for what the server refuses, and what LOST names when it is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._is_asked = False
        self._watch = asyncio.get_running_loop().call_later(ALIVE_WITHIN_S, self._ask)

    def _ask(self) -> None:
        """Ask whether the server is still there, which it was not when it has not answered since the last time."""
        if self._is_asked:
            self.close()
            return
        self._is_asked = True
        self._writer.write(b"PING\r\n")
        self._watch = asyncio.get_running_loop().call_later(ALIVE_WITHIN_S, self._ask)

    def publish(self, subject: str, payload: bytes) -> None:
        self._writer.write(b"PUB %b %d\r\n%b\r\n" % (subject.encode(), len(payload), payload))

    def subscribe(self, subject: str) -> None:
        self._writer.write(b"SUB %b 1\r\n" % subject.encode())

    async def ping(self) -> None:
        """Wait until all that was sent before is done."""
        self._writer.write(b"PING\r\n")
        await self._writer.drain()
        while await self._next() is not None:
            pass

    async def heard(self) -> str:
        """The next word."""
        while (word := await self._next()) is None:
            pass
        return word

    def close(self) -> None:
        self._watch.cancel()
        self._writer.transport.abort()

    async def _next(self) -> str | None:
        """The next word; None is the answer to our PING."""
        while True:
            kind, _, rest = (await self._reader.readuntil(b"\r\n"))[:-2].partition(b" ")
            if kind == b"MSG":
                size = int(rest.rpartition(b" ")[2])
                if size > LONGEST_LINE:
                    raise ValueError("a message that is none of ours")
                return (await self._reader.readexactly(size + 2))[:-2].decode(errors="replace")
            if kind == b"PING":
                self._writer.write(b"PONG\r\n")
            elif kind == b"PONG":
                self._is_asked = False
                return None
            elif kind == b"-ERR":
                raise ValueError(rest.decode(errors="replace"))


async def _opened(url: str, tls: ssl.SSLContext | None) -> _Connection:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 4222
    reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_LINE)
    try:
        said = await reader.readuntil(b"\r\n")
        if not said.startswith(b"INFO "):
            raise ValueError("this is no NATS server")
        info = msgspec.json.decode(said.removeprefix(b"INFO "), type=_Info)
        if parts.scheme == "tls" or info.tls_required:
            await writer.start_tls(tls or ssl.create_default_context(), server_hostname=host)
        known: dict[str, object] = {"verbose": False, "pedantic": False, "echo": False, "lang": "python"}
        known |= {"version": __version__, "name": "fedcomm", "protocol": 1}
        if parts.username and parts.password is not None:
            known |= {"user": unquote(parts.username), "pass": unquote(parts.password)}
        elif parts.username:
            known["auth_token"] = unquote(parts.username)
        writer.write(b"CONNECT %b\r\n" % msgspec.json.encode(known))
        connection = _Connection(reader, writer)
        await connection.ping()
    except BaseException:
        writer.transport.abort()
        raise
    return connection
