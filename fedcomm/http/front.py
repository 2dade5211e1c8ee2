"""The outermost part of the web server: what happens to every request, whoever answers it.

CORS preflights, headers that every answer carries, one log line and one measurement a request, and errors as answers.
"""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from fedcomm.http import errors, headers
from fedcomm.http.context import Site
from fedcomm.http.errors import ErrorPage
from fedcomm.http.router import Before, Route, Router

log = logging.getLogger("fedcomm.request")

Measure = Callable[[str, str, int, float], None]
"""Told of each request: method, route, status, seconds."""

OnSocket = Callable[[Site, Scope, Receive, Send], Awaitable[None]]
"""Answers a WebSocket."""

NOT_FOR_BROWSERS = ("/api/", "/oauth/token", "/oauth/revoke", "/.well-known/", "/nodeinfo/", "/inbox")


class Front:
    """The ASGI application of one site."""

    def __init__(
        self,
        site: Site,
        routes: Iterable[Route],
        *,
        error_page: ErrorPage | None = None,
        before: Before | None = None,
        measure: Measure | None = None,
        on_socket: OnSocket | None = None,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self.site = site
        self._on_socket = on_socket
        self._at_end = at_end
        self._error_page = error_page
        self._measure = measure
        self.router = Router(
            routes,
            on_error=self._answer_error,
            before=before,
            time_limit_s=site.durations.request_limit.total_seconds(),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI). Start and stop are not ours: whoever runs the server opens the site first."""
        if scope["type"] == "websocket" and self._on_socket is not None:
            await self._on_socket(self.site, scope, receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        scope["site"] = self.site
        path: str = scope["path"]
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _complete(message.get("headers", ()), path)
                message["headers"].extend(scope.get("limits", ()))
            await send(message)

        try:
            if scope["method"] == "OPTIONS" and headers.has_cors(path):
                await Response(status_code=204, headers=headers.CORS_PREFLIGHT)(scope, receive, send_with_headers)
            else:
                await self.router(scope, receive, send_with_headers)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def end(self) -> None:
        """The server stops: what would stay open ends."""
        if self._at_end is not None:
            self._at_end()

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        known_as = route.known_as if isinstance(route, Route) else "-"
        if self._measure is not None:
            self._measure(scope["method"], known_as, status, seconds)
        log.debug("method=%s route=%s status=%d ms=%.1f", scope["method"], known_as, status, seconds * 1000)

    async def _answer_error(self, request: Request, error: Exception) -> Response:
        if isinstance(error, TimeoutError) and getattr(request.state, "is_being_read", False):
            error = HTTPException(408)  # the client was slow, not the database (S159)
        errors.log_if_ours(request, error)
        if self._error_page is not None and wants_page(request):
            status, text, more = errors.status_of(error)
            request.state.refused = error
            response = await self._error_page(request, status, text)
            response.headers.update(more)
            return response
        return errors.json_answer(error)


def wants_page(request: Request) -> bool:
    """Whether a person in a browser asks, rather than a client app or another server."""
    path = request.url.path
    return not path.startswith(NOT_FOR_BROWSERS) and "text/html" in request.headers.get("accept", "")


def _complete(there: Iterable[tuple[bytes, bytes]], path: str) -> list[tuple[bytes, bytes]]:
    """Headers, with those that are to be there and that the endpoint did not set."""
    complete = list(there)
    names = {name for name, _ in complete}
    wanted = headers.of_path(path) if b"cache-control" in names else headers.of_path_and_not_kept(path)
    complete += [each for each in wanted if each[0] not in names]
    if b"x-request-id" not in names:
        complete.append((b"x-request-id", secrets.token_hex(8).encode()))
    return complete
