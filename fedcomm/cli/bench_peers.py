"""Servers elsewhere, for `./run bench soak`, with people who sign what they say, send it and take every delivery."""

import asyncio
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from fedcomm.cli import bench_ports
from fedcomm.cli.bench_ports import Elsewhere
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
    with bench_ports.ports(count, _There) as (ports, pipe):
        yield Peers([_base(port) for port in ports], pipe)


def _base(port: int) -> str:
    return f"http://localhost:{port}"


class _There(Elsewhere):
    """All of them: one key, which is served as everybody's, and the count of what came."""

    def __init__(self) -> None:
        self._taken = 0
        self._key = key_formats.make_rsa_key()
        self._pem = key_formats.public_to_pem(self._key.public_key())

    async def told(self, message: tuple[str, list[dict[str, Any]]] | None) -> int | list[str]:
        return self._taken if message is None else await self.send(*message)

    def answer(self, port: int, method: bytes, path: str, body: bytes) -> bytes:
        if method == b"POST":
            self._taken += 1
            return bench_ports.ACCEPTED
        base = _base(port)
        if path.startswith("/u/") and path.count("/") == 2:
            return _document(self._actor(base, path.removeprefix("/u/")))
        if path == "/.well-known/nodeinfo":
            return _document({"links": [{"rel": NODEINFO, "href": f"{base}/nodeinfo"}]})
        if path == "/nodeinfo":
            return _document({"version": "2.0", "software": SOFTWARE, "metadata": {}})
        return _document({}, "404 Not Found")

    def _actor(self, base: str, name: str) -> dict[str, Any]:
        uri = f"{base}/u/{name}"
        return {
            "@context": CONTEXT,
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{uri}/inbox",
            "followers": f"{uri}/followers",
            "endpoints": {"sharedInbox": f"{base}/inbox"},
            "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": self._pem},
        }

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
        await reader.readexactly(bench_ports.length_of(answer))
        return int(answer.split(b" ", 2)[1])


def _document(found: dict[str, Any], status: str = "200 OK") -> bytes:
    body = json.dumps(found).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/activity+json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
