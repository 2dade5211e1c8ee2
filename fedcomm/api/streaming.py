"""Live updates over server-sent events; over WebSockets in `sockets.py`.

Each event carries an id. Who comes back with the last one they had (`Last-Event-ID`, or `since`) misses nothing of the
last minutes. Source: Mastodon API documentation, methods/streaming; groups-in-clients.md section 4.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fedcomm.accounts import lists, scopes
from fedcomm.errors import Invalid, NotFound
from fedcomm.groups import membership
from fedcomm.http.auth import Member, member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.router import Route
from fedcomm.streaming.channels import Channel, channel
from fedcomm.streaming.hub import Hub
from fedcomm.streaming.readers import Message, Reader

PATHS = {
    "user": "user", "user:notification": "user/notification", "public": "public", "public:local": "public/local",
    "public:remote": "public/remote", "hashtag": "hashtag", "hashtag:local": "hashtag/local", "list": "list",
    "direct": "direct", "group": "group", "thread": "thread",
}  # fmt: skip
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
TRUE = ("1", "true", "on", "t", "yes")


def reader_of(who: Member) -> Reader:
    """A new connection of a member."""
    hears = scopes.covers(who.grant.scopes, "read:notifications")
    return Reader(who.account.id, who.grant.id, hears_notifications=hears)


async def check_access(here: Site, who: Member, asked: Channel) -> None:
    """A list is its owner's, and a group is one of its members alone (D39). Raises NotFound."""
    if asked.stream == "list":
        list_id, me = int(asked.of), who.account.id
        async with here.read() as db:
            if await lists.find(db, me, list_id) is None and await membership.role(db, list_id, me) is None:
                raise NotFound


def since_of(text: str | None) -> int | None:
    """The id of the last event, or of the last post, somebody had. Raises Invalid."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > 2**63 - 1:
        raise Invalid("since is the id of an event", field="since")
    return int(text)


class EventStream(Response):
    """An answer that stays open and says what happens."""

    def __init__(self, here: Site, reader: Reader, asked: Channel, since: int | None) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._here = here
        self._reader = reader
        self._asked = asked
        self._since = since

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
                await write(_event(message))
            elif self._reader.ending is not None:
                await write(b"event: closed\ndata: %b\n\n" % self._reader.ending.encode(), more=False)
                return
            else:
                await write(b":thump\n\n")


def _event(message: Message) -> bytes:
    return b"event: %b\ndata: %b\nid: %d\n\n" % (message.event.encode(), message.payload, message.id)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _asked(stream: str, given: Mapping[str, str]) -> Channel:
    only_media = stream.startswith("public") and given.get("only_media", "").lower() in TRUE
    return channel(f"{stream}:media" if only_media else stream, given)


def _streaming(stream: str) -> Route:
    scope = "read:notifications" if stream == "user:notification" else "read:statuses"

    @needs(scope)
    async def listen(request: Request) -> Response:
        """What happens from now on, or since an id, until somebody ends it."""
        here, who = site(request), member(request)
        asked = _asked(stream, request.query_params)
        since = since_of(request.query_params.get("since") or request.headers.get("last-event-id"))
        await check_access(here, who, asked)
        return EventStream(here, reader_of(who), asked, since)

    return Route(f"/api/v1/streaming/{PATHS[stream]}", listen, has_time_limit=False)


routes = [_streaming(stream) for stream in PATHS]
