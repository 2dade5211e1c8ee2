"""Clients of other projects that listen: over WebSockets (`websockets`) and server-sent events."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.api import schema
from tests.reliability import processes
from tests.running import Instance

SOON = 8.0
"""Seconds until what comes must be there, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Ear:
    """An open WebSocket."""

    socket: ClientConnection

    async def say(self, **fields: Any) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(fields))

    async def subscribe(self, stream: str, **fields: Any) -> None:
        """Listen to one more stream; returns when the server does: it answers messages in their order."""
        await self.say(type="subscribe", stream=stream, **fields)
        await self.say(type="subscribe", stream="end of the queue")
        assert "error" in await self.next()

    async def next(self, within: float = SOON) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(within):
            return json.loads(await self.socket.recv())

    async def event(self, event: str, stream: str = "") -> Any:
        """The payload of the next frame, which must be this event; statuses as client apps decode them."""
        frame = await self.next()
        assert frame["event"] == event, frame
        assert not stream or frame["stream"][0] == stream, frame
        assert isinstance(frame["payload"], str)
        return decoded(event, frame["payload"])


def decoded(event: str, payload: str) -> Any:
    """A payload as a client app decodes it, checked against the entity."""
    if event in ("delete", "gap"):
        return payload
    value = json.loads(payload)
    wanted = {"notification": "Notification", "conversation": "Conversation"}.get(event, "Status")
    assert schema.troubles(value, wanted) == []
    return value


@asynccontextmanager
async def listening(
    here: Instance | processes.Instance, token: str | None, *, by: str = "header", small: bool = False, **query: str
) -> AsyncGenerator[Ear]:
    """A WebSocket, with the token by `header`, `query` or `protocol`; `small`: little fits into its buffers."""
    own: dict[str, Any] = {}
    if small:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", int(here.url.rpartition(":")[2])))
        sock.setblocking(False)
        own["sock"] = sock
    given: Mapping[str, str] = {**query, **({"access_token": token} if token and by == "query" else {})}
    async with connect(
        f"{here.url.replace('http', 'ws')}/api/v1/streaming?{urlencode(given)}",
        additional_headers={"Authorization": f"Bearer {token}"} if token and by == "header" else {},
        subprotocols=[Subprotocol(token)] if token and by == "protocol" else None,
        proxy=None,
        max_size=None,
        **own,
    ) as opened:
        yield Ear(opened)


@asynccontextmanager
async def events(
    here: Instance, token: str, path: str, headers: Mapping[str, str] | None = None, **query: str
) -> AsyncGenerator["Lines"]:
    """Server-sent events."""
    async with (
        here.client(token) as http,
        http.stream("GET", f"/api/v1/streaming/{path}", params=query, headers=dict(headers or {})) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream"
        lines = Lines(answer)
        assert await lines.next() == ":)"
        yield lines


class Lines:
    """What comes, line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self) -> str:
        """The next line that is not empty."""
        async with asyncio.timeout(SOON):
            while not (line := await anext(self._lines)):
                pass
        return line

    async def event(self, event: str) -> tuple[Any, str]:
        """The payload and the id of the next event, which must be this one."""
        while (line := await self.next()).startswith(":"):
            pass
        assert line == f"event: {event}"
        data, number = await self.next(), await self.next()
        assert (data[:6], number[:4]) == ("data: ", "id: ")
        return decoded(event, data[6:]), number[4:]
