"""Small servers elsewhere, for `./run bench soak`: ports of one process of their own, with people who sign what they
say, send it over connections of their own and take every delivery.
"""

import asyncio
import json
import multiprocessing
import re
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.signatures import key_formats
from federation.signatures.digests import sha256
from federation.signatures.signing import SigningKey, sign_request

CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.0"
SOFTWARE = {"name": "bench", "version": "1"}
AT_ONCE = 8
"""So many connections send at the same time."""
SAID = 202
BUSY = 503
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Peers:
    """So many servers, each with any number of people: `<base>/u/<name>`."""

    def __init__(self, bases: list[str], pipe: Connection) -> None:
        self.bases = bases
        self._pipe = pipe

    def tell(self, inbox: str, activities: Sequence[dict[str, Any]]) -> None:
        """Sign and send these, each in the name of its actor; what is not taken for being busy is sent once more.

        Raises RuntimeError when something was refused.
        """
        self._pipe.send((inbox, list(activities)))
        refused: list[str] = self._pipe.recv()
        if refused:
            raise RuntimeError(f"{len(refused)} were refused: {refused[:3]}")

    def taken(self) -> int:
        """How many deliveries have come to all of them."""
        self._pipe.send(None)
        count: int = self._pipe.recv()
        return count


@contextmanager
def peers(count: int) -> Generator[Peers]:
    """Run them until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield Peers(ours.recv(), ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(count: int, pipe: Connection) -> None:
    asyncio.run(_run(count, pipe))


async def _run(count: int, pipe: Connection) -> None:
    there = _There(key_formats.make_rsa_key())
    loop = asyncio.get_running_loop()
    listening = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
    bases = [f"http://localhost:{each.getsockname()[1]}" for each in listening]
    for base, each in zip(bases, listening, strict=True):
        await loop.create_server(lambda base=base: _Host(base, there), sock=each)
    pipe.send(bases)
    while True:
        try:
            asked: tuple[str, list[dict[str, Any]]] | None = await asyncio.to_thread(pipe.recv)
        except (EOFError, OSError):
            return
        pipe.send(there.taken if asked is None else await there.send(*asked))


class _There:
    """What all of them share: one key, which is served as everybody's, and the count of what came."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.taken = 0
        self._key = key
        self._pem = key_formats.public_to_pem(key.public_key())

    def actor(self, uri: str) -> bytes:
        """The document of somebody here."""
        base, _, name = uri.rpartition("/u/")
        return json.dumps(
            {
                "@context": CONTEXT,
                "id": uri,
                "type": "Person",
                "preferredUsername": name,
                "inbox": f"{uri}/inbox",
                "followers": f"{uri}/followers",
                "endpoints": {"sharedInbox": f"{base}/inbox"},
                "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": self._pem},
            }
        ).encode()

    async def send(self, inbox: str, activities: list[dict[str, Any]]) -> list[str]:
        """Send all; returns what was answered otherwise than it should be."""
        waiting, refused = iter(activities), list[str]()
        await asyncio.gather(*(self._send(inbox, waiting, refused) for _ in range(AT_ONCE)))
        return refused

    async def _send(self, inbox: str, waiting: Any, refused: list[str]) -> None:
        there = urlsplit(inbox)
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        for activity in waiting:
            status = await self._post(reader, writer, inbox, activity)
            while status == BUSY:  # as every server does that is told so
                await asyncio.sleep(0.5)
                status = await self._post(reader, writer, inbox, activity)
            if status != SAID:
                refused.append(f"{status}: {activity['type']} of {activity['actor']}")
        writer.close()

    async def _post(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inbox: str, activity: dict[str, Any]
    ) -> int:
        body = json.dumps({"@context": CONTEXT, **activity}).encode()
        key = SigningKey(f"{activity['actor']}#main-key", self._key)
        signed = sign_request(key, method="POST", url=inbox, now=datetime.now(UTC), body_sha256=sha256(body))
        there = urlsplit(inbox)
        fields = {
            "Host": there.netloc,
            "Content-Type": "application/activity+json",
            "Content-Length": str(len(body)),
            **signed,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"POST {there.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        await reader.readexactly(int(length[1]) if length else 0)
        return int(answer.split(b" ", 2)[1])


class _Host(asyncio.Protocol):
    """One connection to one of the servers."""

    def __init__(self, base: str, there: _There) -> None:
        self._base = base
        self._there = there
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, gap, body = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not gap or len(body) < (int(length[1]) if length else 0):
            return
        self._buffer = b""
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            self._there.taken += 1
            self._transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        elif path.startswith(b"/u/") and path.count(b"/") == 2:
            self._answer(b"200 OK", self._there.actor(self._base + path.decode()))
        elif path == b"/.well-known/nodeinfo":
            self._answer(
                b"200 OK", json.dumps({"links": [{"rel": NODEINFO, "href": f"{self._base}/nodeinfo"}]}).encode()
            )
        elif path == b"/nodeinfo":
            self._answer(b"200 OK", json.dumps({"version": "2.0", "software": SOFTWARE, "metadata": {}}).encode())
        else:
            self._answer(b"404 Not Found", b"{}")

    def _answer(self, status: bytes, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/activity+json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )
