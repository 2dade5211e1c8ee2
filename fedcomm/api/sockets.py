"""Live updates over one WebSocket for all streams. Source: Mastodon API documentation, methods/streaming.

The token comes by header, in the query, or as subprotocol, which is echoed (mastodon-clients.md trap 12). Who may not
listen is refused before the upgrade (S103). Frames: `{"stream": [...], "event", "payload": a string, "id"}`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from fedcomm.accounts import scopes
from fedcomm.api.streaming import check_access, reader_of
from fedcomm.database import Down
from fedcomm.errors import Invalid, NotAllowed, NotFound, Refusal
from fedcomm.http import errors, limits
from fedcomm.http.auth import LONGEST_TOKEN, Member, Tokens
from fedcomm.http.context import Site
from fedcomm.http.event_streams import since_of
from fedcomm.streaming.channels import Channel, channel
from fedcomm.streaming.hub import Hub
from fedcomm.streaming.readers import Ending, Message, Reader

PATHS = ("/api/v1/streaming", "/api/v1/streaming/")
CODES: Mapping[Ending, int] = {"slow": 1013, "revoked": 1008, "closing": 1012}
"""How a connection is closed (RFC 6455 7.4): try again later, not allowed, the service restarts."""


async def serve(here: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one WebSocket (ASGI)."""
    socket = WebSocket(scope, receive, send)
    try:
        if scope["path"] not in PATHS:
            raise NotFound
        protocol = next(iter(scope.get("subprotocols", ())), None)
        who = await _member(here, socket, protocol)
        first = _first(socket.query_params)
        if first is not None:
            _check_scope(who, first)
            await check_access(here, who, first)
        since = since_of(socket.query_params.get("since"))
    except (Refusal, HTTPException, Down) as refused:
        await socket.send_denial_response(_refusal(refused))
        return
    await socket.accept(subprotocol=protocol)
    await _Connection(here, socket, who).run(first, since)


def _refusal(refused: Exception) -> Response:
    if isinstance(refused, Invalid):
        refused = HTTPException(400, str(refused))
    return errors.json_answer(refused)


async def _member(here: Site, asked: HTTPConnection, protocol: str | None) -> Member:
    """Whose token it is; each connection counts as a request. Raises 401, 403, TooMany."""
    limits.count_address(here, asked)
    kind, _, value = asked.headers.get("authorization", "").partition(" ")
    token = value.strip() if kind.lower() == "bearer" else asked.query_params.get("access_token") or protocol
    found = await here.service(Tokens).find(here, token) if token and len(token) <= LONGEST_TOKEN else None
    limits.count_socket(here, asked, found.grant if found is not None else None)
    if found is None or found.member is None:
        raise HTTPException(401, "The access token is invalid")
    if found.refusal:
        raise HTTPException(403, found.refusal)
    if not any(scopes.covers(found.grant.scopes, each) for each in ("read:statuses", "read:notifications")):
        raise HTTPException(403, "This action is outside the authorized scopes")
    return found.member


def _first(given: Mapping[str, str]) -> Channel | None:
    stream = given.get("stream", "")
    return channel(stream, given) if stream else None


def _check_scope(who: Member, asked: Channel) -> None:
    if not scopes.covers(who.grant.scopes, asked.scope):
        raise NotAllowed("This action is outside the authorized scopes")


class _Connection:
    """One open WebSocket."""

    def __init__(self, here: Site, socket: WebSocket, who: Member) -> None:
        self._here = here
        self._hub = here.service(Hub)
        self._socket = socket
        self._who = who
        self._reader: Reader = reader_of(who)

    async def run(self, first: Channel | None, since: int | None) -> None:
        """Hear and tell until one of both sides ends it."""
        self._hub.join(self._reader)
        telling = asyncio.create_task(self._tell())
        hearing = asyncio.create_task(self._hear(first, since))
        try:
            await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._reader)
            for task in (telling, hearing):
                task.cancel()
            for outcome in await asyncio.gather(telling, hearing, return_exceptions=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, (WebSocketDisconnect, OSError)):
                    raise outcome

    async def _tell(self) -> None:
        pause = self._here.durations.stream_thump.total_seconds()
        while True:
            message = await self._reader.next(at_most_s=pause)
            if message is not None:
                await self._socket.send_text(_frame(message))
            elif (why := self._reader.ending) is not None:
                await self._socket.close(CODES[why], why)
                return

    async def _hear(self, first: Channel | None, since: int | None) -> None:
        if first is not None:
            await self._hub.subscribe(self._reader, first, since=since)
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            try:
                await self._asked(_read(text))
            except (Refusal, HTTPException, Down) as refused:
                status, sentence, _ = errors.status_of(refused)
                status = 400 if isinstance(refused, Invalid) else status
                await self._socket.send_text(orjson.dumps({"error": sentence, "status": status}).decode())

    async def _asked(self, given: Mapping[str, str]) -> None:
        """Do what the client asks. Raises Invalid, NotAllowed, NotFound."""
        kind = given.get("type", "")
        asked = channel(given.get("stream", ""), given)
        if kind == "unsubscribe":
            self._hub.unsubscribe(self._reader, asked)
        elif kind == "subscribe":
            _check_scope(self._who, asked)
            since = since_of(given.get("since"))
            await check_access(self._here, self._who, asked)
            if not await self._hub.subscribe(self._reader, asked, since=since):
                raise Invalid("Too many streams")
        else:
            raise Invalid("Unknown message type")


def _read(text: object) -> dict[str, str]:
    """A client's message: an object of texts and numbers. Raises Invalid."""
    try:
        found: Any = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("Messages are JSON objects")
    fields = cast("dict[str, object]", found)
    return {name: str(value) for name, value in fields.items() if isinstance(value, (str, int))}


def _frame(message: Message) -> str:
    return orjson.dumps(
        {
            "stream": message.channel.name,
            "event": message.event,
            "payload": message.payload.decode(),
            "id": str(message.id),
        }
    ).decode()
