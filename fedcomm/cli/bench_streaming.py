"""`./run bench streaming`: what many streaming connections cost one process, and when the last of them has an update.

Everybody follows one author and listens to `user` over a WebSocket of their own, in a process of their own.
"""

import asyncio
import base64
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from fedcomm.accounts import oauth, scopes, signup
from fedcomm.accounts.model import Account
from fedcomm.cli import bench_measures as measures
from fedcomm.cli.bench_measures import Client
from fedcomm.cli.development import quiet
from fedcomm.database import Connection as Database
from fedcomm.groups import membership
from fedcomm.http.context import Site
from fedcomm.streaming.hub import Hub

if TYPE_CHECKING:
    from fedcomm.app import Running

LISTENERS = 2_000
TIMES = 5
AT_ONCE = 50
"""So many connect at the same time."""


async def measure(here: "Running") -> dict[str, float]:
    """MiB more for all connections; seconds from the request to post until the last has it, of a plain post and of one
    that quotes. Raises RuntimeError when somebody was not told."""
    async with here.site.transaction() as db:
        await _person(db, here.site, "ada")
    author, client = await measures.signed_in(here, "ada")
    tokens = await _listeners(here, author)
    await quiet([here.site], within_s=measures.WITHIN_S)
    await _settled()
    before = _memory()
    with ears(here.site.config.listen.port, tokens) as listening:
        await asyncio.to_thread(listening.ready)
        await _until(lambda: len(here.site.service(Hub)) == LISTENERS)
        await _settled()
        more = _memory() - before
        plain = [await _told(here, client, listening, {}) for _ in range(TIMES)]
        first = (await client.ask("POST", "/api/v1/statuses", {"status": "To be quoted."})).partition(b'"id":"')[2]
        quoted = first.partition(b'"')[0].decode()
        quotes = [await _told(here, client, listening, {"quoted_status_id": quoted}) for _ in range(TIMES)]
    return {"streams memory": more, "streams": median(plain), "streams quote": median(quotes)}


async def _listeners(here: "Running", author: Account) -> list[str]:
    """Tokens of so many members who follow the author."""
    site, granted, tokens = here.site, scopes.parse("read"), list[str]()
    async with site.transaction() as db:
        app, _ = await oauth.register(
            db, name="bench", redirect_uris=[oauth.OUT_OF_BAND], scopes=granted, now=site.now()
        )
    for beginning in range(0, LISTENERS, 100):
        async with site.transaction() as db:
            for number in range(beginning, beginning + 100):
                who = await _person(db, site, f"listener_{number}")
                await membership.follow_or_join(db, site.here, who, author, now=site.now())
                tokens.append((await oauth.issue(db, app, who.id, scopes=granted, now=site.now()))[1])
    return tokens


async def _person(db: Database, site: Site, handle: str) -> Account:
    return await signup.create_person(
        db,
        site.here,
        handle=handle,
        email=f"{handle}@company.example",
        password=None,
        name=handle.title(),
        role="member",
        approved=True,
        now=site.now(),
    )


async def _told(here: "Running", client: Client, listening: "Ears", more: dict[str, str]) -> float:
    mark = f"streamed {time.monotonic_ns()}"
    began = time.monotonic()
    await client.ask("POST", "/api/v1/statuses", {"status": mark, **more})
    took = await asyncio.to_thread(listening.all_heard, mark) - began
    await quiet([here.site], within_s=measures.WITHIN_S)
    return took


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(measures.WITHIN_S):
        for pause in itertools.repeat(0.05):
            if is_so():
                return
            await asyncio.sleep(pause)


async def _settled() -> None:
    await asyncio.sleep(2)


def _memory() -> float:
    """The resident memory of this process, in MiB."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


class Ears:
    """So many WebSockets that listen."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def ready(self) -> None:
        """Wait until all are connected. Raises RuntimeError."""
        if not self._pipe.poll(measures.WITHIN_S * 2) or self._pipe.recv() != LISTENERS:
            raise RuntimeError("not all could connect")

    def all_heard(self, mark: str) -> float:
        """When (`time.monotonic`) the last of them had a text. Raises RuntimeError when somebody never does."""
        self._pipe.send(mark)
        if not self._pipe.poll(measures.WITHIN_S):
            raise RuntimeError("not all were told")
        return self._pipe.recv()


@contextmanager
def ears(port: int, tokens: Sequence[str]) -> Generator[Ears]:
    """Connect with each token, until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(port, list(tokens), theirs), daemon=True)
    process.start()
    try:
        yield Ears(ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _listen(port: int, tokens: list[str], pipe: Connection) -> None:
    asyncio.run(_run(port, tokens, pipe))


async def _run(port: int, tokens: list[str], pipe: Connection) -> None:
    heard: list[tuple[int, float, bytes]] = []
    turn = asyncio.Semaphore(AT_ONCE)
    opened = await asyncio.gather(*(_open(port, number, token, heard, turn) for number, token in enumerate(tokens)))
    pipe.send(len(opened))
    while True:
        try:
            mark = str(await asyncio.to_thread(pipe.recv)).encode()
        except (EOFError, OSError):
            return
        who: dict[int, float] = {}
        looked_at = 0
        while len(who) < len(tokens):
            for number, at, text in heard[looked_at:]:
                looked_at += 1
                if mark in text:
                    who.setdefault(number, at)
            await asyncio.sleep(0.002)
        pipe.send(max(who.values()))
        heard.clear()


async def _open(
    port: int, number: int, token: str, heard: list[tuple[int, float, bytes]], turn: asyncio.Semaphore
) -> asyncio.BaseTransport:
    """One connection that has been let in."""
    loop = asyncio.get_running_loop()
    async with turn:
        transport, ear = await loop.create_connection(lambda: _Ear(number, heard), "127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /api/v1/streaming?stream=user HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        await ear.is_open
    return transport


class _Ear(asyncio.Protocol):
    """Keeps what comes: the server's frames are not taken apart, as a text of ours stands in one of them whole."""

    def __init__(self, number: int, heard: list[tuple[int, float, bytes]]) -> None:
        self._number = number
        self._heard = heard
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        if not self.is_open.done():
            if data.startswith(b"HTTP/1.1 101"):
                self.is_open.set_result(None)
            else:
                self.is_open.set_exception(RuntimeError(data[:200].decode(errors="replace")))
            return
        self._rest = (self._rest + data)[-65_536:]
        self._heard.append((self._number, time.monotonic(), self._rest))
