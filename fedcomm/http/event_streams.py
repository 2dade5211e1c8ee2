"""Answers that stay open: server-sent events, for apps and for our own pages (HTML standard, 9.2)."""

import asyncio
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedcomm.errors import Invalid
from fedcomm.http.context import Site
from fedcomm.streaming.channels import Channel
from fedcomm.streaming.hub import Hub
from fedcomm.streaming.readers import Message, Reader

HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}


def since_of(text: str | None) -> int | None:
    """The id of the last event, or of the last post, somebody had. Raises Invalid."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > 2**63 - 1:
        raise Invalid("since is the id of an event", field="since")
    return int(text)


class EventStream(Response):
    """An answer that stays open and says what happens; `form`: an event as it is sent, empty = not at all."""

    def __init__(
        self, here: Site, reader: Reader, asked: Channel, since: int | None, form: Callable[[Message], bytes]
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._here = here
        self._reader = reader
        self._asked = asked
        self._since = since
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what happens until one of both sides ends it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        hub = self._here.service(Hub)
        hub.join(self._reader)
        left = asyncio.create_task(_disconnected(receive))
        telling = asyncio.create_task(self._tell(hub, send))
        try:
            await asyncio.wait({left, telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hub.leave(self._reader)
            for task in (left, telling):
                task.cancel()
            await asyncio.gather(left, telling, return_exceptions=True)

    async def _tell(self, hub: Hub, send: Send) -> None:
        async def write(text: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": more})

        await write(b":)\n\n")
        await hub.subscribe(self._reader, self._asked, since=self._since)
        pause = self._here.durations.stream_thump.total_seconds()
        while True:
            message = await self._reader.next(at_most_s=pause)
            if message is not None:
                if text := self._form(message):
                    await write(text)
            elif self._reader.ending is not None:
                await write(b"event: closed\ndata: %b\n\n" % self._reader.ending.encode(), more=False)
                return
            else:
                await write(b":thump\n\n")


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
