"""How refusals leave the server: JSON for client apps and other servers, a page for people.

Error bodies: `{"error": "..."}`; a 422's text is shown to people as it is (mastodon-clients.md trap 19). Inbox refusals
are problem details (RFC 9457, FEP-c180) made by their edge.
"""

import logging
from collections.abc import Awaitable, Callable

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm.database import AGAIN, Down
from fedcomm.errors import Conflict, Gone, Invalid, Locked, NotAllowed, NotFound, Refusal, TooMany
from fedcomm.media.storage import StoreAway, StoreFull

log = logging.getLogger(__name__)

ErrorPage = Callable[[Request, int, str], Awaitable[Response]]

_STATUS: dict[type[Refusal], int] = {
    NotFound: 404,
    Gone: 410,
    NotAllowed: 403,
    Locked: 422,
    Invalid: 422,
    Conflict: 422,
    TooMany: 429,
}
DEFAULT_TEXTS = {
    400: "The request could not be read.",
    401: "The access token is invalid",
    403: "This action is not allowed",
    404: "Record not found",
    405: "This address does not take this kind of request.",
    406: "There is nothing here in a form you accept.",
    408: "The request did not come in time.",
    410: "This was deleted.",
    413: "The request is too large.",
    415: "This content type is not accepted here.",
    422: "Validation failed",
    429: "Too many requests",
    500: "Something went wrong on our side. It has been logged.",
    503: "The server cannot answer just now. Please try again shortly.",
    507: "There is no room for more files on this server. Please tell those who run it.",
}


def status_of(error: Exception) -> tuple[int, str, dict[str, str]]:
    """Status, sentence and further headers for what was raised."""
    if isinstance(error, TooMany):
        return 429, str(error) or DEFAULT_TEXTS[429], {"Retry-After": str(error.retry_after)}
    if isinstance(error, NotFound):
        return 404, DEFAULT_TEXTS[404], {}  # always the same bytes, so that hidden and missing look alike (S094)
    if isinstance(error, Refusal):
        status = _STATUS[type(error)]
        return status, str(error) or DEFAULT_TEXTS[status], {}
    if isinstance(error, HTTPException):
        text = error.detail if error.detail and error.status_code != 404 else DEFAULT_TEXTS.get(error.status_code, "")
        return error.status_code, text or "Error", dict(error.headers or {})
    if isinstance(error, StoreFull):
        return 507, DEFAULT_TEXTS[507], {}
    if is_database_trouble(error) or isinstance(error, StoreAway):
        return 503, DEFAULT_TEXTS[503], {"Retry-After": "5"}
    return 500, DEFAULT_TEXTS[500], {}


def is_database_trouble(error: BaseException) -> bool:
    """Whether the database, not the request, is at fault: the same request may work a little later (R026, R027)."""
    return isinstance(error, (Down, asyncpg.QueryCanceledError, TimeoutError, *AGAIN))


def json_answer(error: Exception) -> Response:
    """The answer to a client app."""
    status, text, headers = status_of(error)
    content = {"error": text}
    if isinstance(error, Invalid) and error.field:
        content["field"] = error.field
    return JSONResponse(content, status, headers=headers)


def log_if_ours(request: Request, error: Exception) -> None:
    """Log what is our mistake or our database's trouble; what the asker did wrong is not worth a line."""
    status, _, _ = status_of(error)
    if status == 500:
        log.error("request failed method=%s path=%s", request.method, request.url.path, exc_info=error)
    elif status in (503, 507):
        log.warning("not available path=%s error=%s: %s", request.url.path, type(error).__name__, error)
