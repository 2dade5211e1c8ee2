"""A shared cache before an instance, as eager as RFC 9111 lets it be: it keeps whatever it is not told to leave.

async with caching_proxy(at) as cache:
    await http.get(cache.url + "/p/1")     # asked of the instance
    await http.get(cache.url + "/p/1")     # answered from the cache, if the first answer allows it
    assert cache.hits == 1
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx2 as httpx

from tests.running import Instance

KEPT_UNASKED = (200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501)
"""Status codes that a cache may keep although nothing was said (RFC 9110 15.1)."""
NOT_PASSED_ON = ("connection", "transfer-encoding", "keep-alive", "content-length")


@dataclass(slots=True)
class Kept:
    """An answer, and the headers of the request it was an answer to."""

    answer: bytes
    asked_with: Mapping[str, str]
    vary: tuple[str, ...]

    def fits(self, headers: Mapping[str, str]) -> bool:
        """Whether it answers a request with these headers too (RFC 9111 4.1)."""
        return "*" not in self.vary and all(self.asked_with.get(name) == headers.get(name) for name in self.vary)


@dataclass(slots=True)
class Cache:
    """The proxy: where it listens, and how often it answered by itself."""

    upstream: str
    client: httpx.AsyncClient
    url: str = ""
    hits: int = 0
    kept: dict[str, list[Kept]] = field(default_factory=dict[str, list[Kept]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    first, *lines = head.split("\r\n")[:-2]
                    method, target, _ = first.split(" ")
                    headers = {
                        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
                    }
                    body = await reader.readexactly(int(headers.get("content-length", "0")))
                    writer.write(await self.answer(method, target, headers, body))
                    await writer.drain()
        finally:
            writer.close()

    async def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """From what is kept, else from the instance."""
        if method == "GET":
            for kept in self.kept.get(target, ()):
                if kept.fits(headers):
                    self.hits += 1
                    return kept.answer
        passed = {name: value for name, value in headers.items() if name not in NOT_PASSED_ON}
        passed["host"] = self.upstream.partition("//")[2]
        came = await self.client.request(method, self.upstream + target, headers=passed, content=body)
        answer = _as_bytes(came)
        if method == "GET" and may_keep(came, headers):
            vary = tuple(name.strip().lower() for name in came.headers.get("vary", "").split(",") if name.strip())
            self.kept.setdefault(target, []).append(Kept(answer, dict(headers), vary))
        return answer


def may_keep(came: httpx.Response, asked_with: Mapping[str, str]) -> bool:
    """Whether a shared cache may keep an answer (RFC 9111 3): eagerly, also where nothing was said of it."""
    said = {part.partition("=")[0].strip().lower() for part in came.headers.get("cache-control", "").split(",")}
    if said & {"no-store", "private", "no-cache"}:
        return False
    if "authorization" in asked_with and not said & {"public", "s-maxage", "must-revalidate"}:
        return False
    return came.status_code in KEPT_UNASKED or bool(said & {"public", "max-age", "s-maxage"})


def _as_bytes(came: httpx.Response) -> bytes:
    heads = [(name, value) for name, value in came.headers.multi_items() if name.lower() not in NOT_PASSED_ON]
    lines = "".join(f"{name}: {value}\r\n" for name, value in heads)
    head = f"HTTP/1.1 {came.status_code} X\r\n{lines}content-length: {len(came.content)}\r\n\r\n"
    return head.encode("latin-1") + came.content


@asynccontextmanager
async def caching_proxy(at: Instance) -> AsyncGenerator[Cache]:
    """A cache before an instance."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        cache = Cache(at.url, client)
        server = await asyncio.start_server(cache.serve, "127.0.0.1", 0)
        cache.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield cache
        finally:
            server.close()
