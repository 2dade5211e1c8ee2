"""Who is signed in in a browser, and that a form was sent from one of our own pages (S127, S128).

Cookie: `__Host-fedcomm` on https, `fedcomm_<port>` on http, where cookies do not separate ports (D21).
"""

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts import logins, lookup, sessions, tokens
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.accounts.sessions import Session
from fedcomm.http.auth import Endpoint, Need
from fedcomm.http.context import Site, site
from fedcomm.http.forms import LARGEST_BODY, fields, with_files
from fedcomm.http.limits import count_form
from fedcomm.media.pictures import LARGEST_PICTURE
from fedcomm.permissions import InstanceAction, may_here
from fedcomm.text import limits

LARGEST_UPLOAD = limits.MEDIA * LARGEST_PICTURE + LARGEST_BODY
UPLOAD_WITHIN_S = 600.0
SESSION_SECONDS = int(sessions.LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person in a browser."""

    account: Account
    login: Login
    session: Session


def cookie_name(here: Site) -> str:
    """The name of the session cookie of this instance."""
    parts = urlsplit(here.here.base_url)
    if parts.scheme == "https":
        return "__Host-fedcomm"
    return f"fedcomm_{parts.port or 80}"


def keep_cookie(response: Response, here: Site, name: str, value: str, *, seconds: int) -> None:
    """Let the browser keep a value that no script reads and no other site sends."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=here.here.base_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def set_session(response: Response, here: Site, value: str) -> None:
    """Let the browser keep a new session."""
    keep_cookie(response, here, cookie_name(here), value, seconds=SESSION_SECONDS)


def end_session(response: Response, here: Site) -> None:
    """Let the browser forget its session."""
    keep_cookie(response, here, cookie_name(here), "", seconds=0)


SHUT = ("suspended", "disabled")
"""States of accounts whose owners may still read why, and appeal (C12, C14)."""


async def visitor(request: Request) -> Visitor | None:
    """The person signed in in this browser, if any; looked up once a request."""
    found = await _known(request)
    return found if found is not None and found.account.state == "active" and found.login.state == "active" else None


async def _known(request: Request) -> Visitor | None:
    """The same, also when they are suspended or shut out: then they may do next to nothing."""
    if hasattr(request.state, "visitor"):
        return cast("Visitor | None", request.state.visitor)
    here = site(request)
    value = request.cookies.get(cookie_name(here))
    found: Visitor | None = None
    if value:
        now = here.now()
        async with here.read() as db:
            session = await sessions.find(db, value, now=now)
            if session is not None:
                account = await lookup.by_id(db, session.account_id)
                login = await logins.of(db, session.account_id)
                if account is not None and account.state in ("active", *SHUT) and login.state in ("active", "disabled"):
                    found = Visitor(account, login, session)
        if found is not None and now - found.session.last_used_at >= sessions.TOUCH_AFTER:
            async with here.transaction() as db:
                await sessions.touch(db, found.session, now=now)
    request.state.visitor = found
    return found


def _csrf_cookie(here: Site) -> str:
    return cookie_name(here) + "_form"


async def csrf_token(request: Request) -> str:
    """The value that forms of this browser carry: the session's, or one kept in a cookie for who is signed out."""
    found = await visitor(request)
    if found is not None:
        return found.session.csrf_token
    kept = request.cookies.get(_csrf_cookie(site(request)))
    if kept and 20 <= len(kept) <= 100:
        return kept
    if not hasattr(request.state, "new_csrf"):
        request.state.new_csrf = tokens.new()
    return cast("str", request.state.new_csrf)


def keep_csrf(request: Request, response: Response) -> None:
    """Give the browser the cookie behind a token that was made for this answer."""
    if hasattr(request.state, "new_csrf"):
        here = site(request)
        keep_cookie(response, here, _csrf_cookie(here), cast("str", request.state.new_csrf), seconds=86_400)


async def check_form(request: Request) -> None:
    """Refuse a form that was not sent from one of our pages. Raises 403."""
    _check_origin(request)
    files: dict[str, bytes] = {}
    given = (await fields(request, files=files)).get("csrf_token")
    request.state.small_files = files
    await _check_token(request, given)


def _check_origin(request: Request) -> None:
    here = site(request)
    origin = request.headers.get("origin")
    if origin is not None and origin != here.here.base_url:
        raise HTTPException(403, "This form was sent from another site.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This form was sent from another site.")


async def _check_token(request: Request, given: object) -> None:
    here = site(request)
    found = await visitor(request)
    expected = found.session.csrf_token if found else request.cookies.get(_csrf_cookie(here), "")
    if not isinstance(given, str) or not expected or not hmac.compare_digest(given, expected):
        raise HTTPException(403, "This form has expired. Please go back, reload the page and try again.")


def small_files(request: Request) -> dict[str, bytes]:
    """The files that came with a form of a page, by the names of their fields: a mebibyte with all the rest."""
    return cast("dict[str, bytes]", request.state.small_files)


def _marked(run: Endpoint, inner: Endpoint, need: Need) -> Endpoint:
    run.__name__ = inner.__name__  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    run.__doc__ = inner.__doc__
    run.need = need  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    return run


def page(endpoint: Endpoint) -> Endpoint:
    """A page open to all; a form sent to it is checked for its origin."""

    async def run(request: Request) -> Response:
        if request.method == "POST":
            await check_form(request)
        response = await endpoint(request)
        keep_csrf(request, response)
        return response

    return _marked(run, endpoint, Need("page"))


def sign_in_first(request: Request) -> Response:
    """Send a browser to the sign-in page and back afterwards; a form's target is not repeated."""
    path = request.url.path
    if request.method == "GET" and request.url.query:
        path += "?" + request.url.query
    where = f"/sign_in?next={quote(path, safe='')}" if request.method == "GET" else "/sign_in"
    return RedirectResponse(where, 303)


def member_page(endpoint: Endpoint) -> Endpoint:
    """A page for those who are signed in; others are asked to sign in first."""

    async def run(request: Request) -> Response:
        found = await visitor(request)
        if found is None:
            return sign_in_first(request)
        if request.method == "POST":
            await check_form(request)
            count_form(request, found.account.id)
        return await endpoint(request)

    return _marked(run, endpoint, Need("page member"))


def struck_page(endpoint: Endpoint) -> Endpoint:
    """A page for those who are signed in, even while they are suspended or shut out: what was decided about them."""

    async def run(request: Request) -> Response:
        found = await _known(request)
        if found is None:
            return sign_in_first(request)
        if request.method == "POST":
            await check_form(request)
            count_form(request, found.account.id)
        response = await endpoint(request)
        keep_csrf(request, response)
        return response

    return _marked(run, endpoint, Need("page member"))


def member_upload(endpoint: Endpoint, *, largest: int = LARGEST_UPLOAD, within_s: float = UPLOAD_WITHIN_S) -> Endpoint:
    """A form with files, from those who are signed in; `sent` says what came. Its route has no limit of time."""

    async def run(request: Request) -> Response:
        found = await visitor(request)
        if found is None:
            return sign_in_first(request)
        _check_origin(request)
        count_form(request, found.account.id)
        async with asyncio.timeout(within_s), with_files(request, largest=largest) as (given, files):
            await _check_token(request, given.get("csrf_token"))
            request.state.sent = Sent(given, files)
            return await endpoint(request)

    return _marked(run, endpoint, Need("page member"))


class Sent(NamedTuple):
    """What came in a form with files."""

    given: dict[str, Any]
    files: dict[str, BinaryIO]


def sent(request: Request) -> Sent:
    """What came to a `member_upload` or `admin_upload`."""
    return cast("Sent", request.state.sent)


async def _instead_for_others(request: Request, action: InstanceAction) -> Response | None:
    """Where who is not signed in goes first; None for those whose role allows it. Raises HTTPException for the rest."""
    found = await visitor(request)
    if found is None:
        return sign_in_first(request)
    if not may_here(found.login.role, action):
        raise HTTPException(403, "This page is for those who run this instance.")
    return None


def admin_page(action: InstanceAction) -> Callable[[Endpoint], Endpoint]:
    """A page for those whose role on the instance allows this; the role is asked here, in the handler (S131, S133)."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            if (instead := await _instead_for_others(request, action)) is not None:
                return instead
            if request.method == "POST":
                await check_form(request)
            return await endpoint(request)

        return _marked(run, endpoint, Need("admin", action))

    return decorate


def admin_upload(action: InstanceAction, *, largest: int) -> Callable[[Endpoint], Endpoint]:
    """The same for a form with large files; `sent` says what came. Its route has no limit of time."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            if (instead := await _instead_for_others(request, action)) is not None:
                return instead
            _check_origin(request)
            async with asyncio.timeout(UPLOAD_WITHIN_S), with_files(request, largest=largest) as (given, files):
                await _check_token(request, given.get("csrf_token"))
                request.state.sent = Sent(given, files)
                return await endpoint(request)

        return _marked(run, endpoint, Need("admin", action))

    return decorate


def signed_in(request: Request) -> Visitor:
    """The person signed in, on a page that needs one."""
    return cast("Visitor", request.state.visitor)


def own_path(target: str | None, *, otherwise: str = "/") -> str:
    """Where to go next: only a path of ours, never another site (S130)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(ord(c) < 32 or c == "\\" for c in target):
        return otherwise
    return target
