"""Live updates over server-sent events; over WebSockets in `sockets.py`.

Each event carries an id. Who comes back with the last one they had (`Last-Event-ID`, or `since`) misses nothing of the
last minutes. Source: Mastodon API documentation, methods/streaming; groups-in-clients.md section 4.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lists, scopes
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.http.auth import Member, member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.event_streams import EventStream, since_of
from fedcomm.http.router import Route
from fedcomm.streaming.channels import Channel, channel
from fedcomm.streaming.readers import Message, Reader

PATHS = {
    "user": "user", "user:notification": "user/notification", "public": "public", "public:local": "public/local",
    "public:remote": "public/remote", "hashtag": "hashtag", "hashtag:local": "hashtag/local", "list": "list",
    "direct": "direct", "group": "group", "thread": "thread",
}  # fmt: skip
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


def _event(message: Message) -> bytes:
    return b"event: %b\ndata: %b\nid: %d\n\n" % (message.event.encode(), message.payload, message.id)


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
        return EventStream(here, reader_of(who), asked, since, _event)

    return Route(f"/api/v1/streaming/{PATHS[stream]}", listen, has_time_limit=False)


routes = [_streaming(stream) for stream in PATHS]
