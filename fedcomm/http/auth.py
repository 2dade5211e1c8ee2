"""Who is asking: bearer tokens for client apps. One place decides 401, 403 and 422 (security-cases.md section 1).

An endpoint says what it needs by decorator; the need is kept on the endpoint, so that tests can be generated from the
route table.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import logins, lookup, oauth, scopes, tokens
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.accounts.oauth import Grant
from fedcomm.http.context import Site, site

Endpoint = Callable[[Request], Awaitable[Response]]
Who = Literal["anyone", "app", "member", "page", "page member", "admin", "peer"]

CACHE_TIME = timedelta(seconds=5)
CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Need:
    """What an endpoint asks of its caller; `scope` is empty where any token will do."""

    who: Who
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token stands for; account and login are None for the app itself."""

    grant: Grant
    account: Account | None
    login: Login | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person of ours, asking through a client app."""

    account: Account
    login: Login
    grant: Grant


_cache: WeakKeyDictionary[Site, dict[bytes, tuple[datetime, Bearer]]] = WeakKeyDictionary()


def forget_tokens(here: Site) -> None:
    """Forget what tokens stand for, after one was revoked or an account changed: from the next request on (D57)."""
    _cache.pop(here, None)


def token_of(request: Request) -> str | None:
    """The bearer token of a request, from the header or, as old clients do, from the query string."""
    header = request.headers.get("authorization", "")
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.query_params.get("access_token") or None


async def _looked_up(here: Site, value: str) -> Bearer | None:
    known = _cache.setdefault(here, {})
    key = tokens.digest(value)
    now = here.now()
    hit = known.get(key)
    if hit is not None and hit[0] > now:
        return hit[1]
    async with here.read() as db:
        grant = await oauth.grant_of(db, value)
        if grant is None:
            known.pop(key, None)
            return None
        account = await lookup.by_id(db, grant.account_id) if grant.account_id is not None else None
        login = await logins.of(db, grant.account_id) if grant.account_id is not None else None
    bearer = Bearer(grant, account, login)
    if len(known) >= CACHE_SIZE:
        known.clear()
    known[key] = (now + CACHE_TIME, bearer)
    return bearer


async def bearer(request: Request) -> Bearer | None:
    """What the token of a request stands for; None without a token. Raises 401 for one that is not valid."""
    value = token_of(request)
    if value is None:
        return None
    found = await _looked_up(site(request), value)
    if found is None:
        raise HTTPException(401, "The access token is invalid")
    return found


def _check_state(login: Login, account: Account) -> None:
    if login.state == "pending":
        raise HTTPException(403, "Your login is currently pending approval")
    if login.state != "active" or account.state != "active":
        raise HTTPException(403, "Your login is currently disabled")


def _as_member(found: Bearer) -> Member:
    if found.account is None or found.login is None:
        raise HTTPException(422, "This method requires an authenticated user")
    _check_state(found.login, found.account)
    return Member(found.account, found.login, found.grant)


def _marked(endpoint: Endpoint, inner: Endpoint, need: Need) -> Endpoint:
    endpoint.__name__ = inner.__name__  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    endpoint.__doc__ = inner.__doc__
    endpoint.need = need  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    return endpoint


def need_of(endpoint: Endpoint) -> Need | None:
    """What an endpoint was declared to need; None if it was not declared, which a test refuses."""
    return cast("Need | None", getattr(endpoint, "need", None))


def anyone(endpoint: Endpoint) -> Endpoint:
    """Open to all; a valid token shows more, an invalid one is refused, a suspended one counts as none."""

    async def run(request: Request) -> Response:
        found = await bearer(request)
        if found is not None and found.account is not None and found.login is not None:
            if found.login.state == "active" and found.account.state == "active":
                request.state.member = Member(found.account, found.login, found.grant)
            request.state.grant = found.grant
        return await endpoint(request)

    return _marked(run, endpoint, Need("anyone"))


def needs(scope: str = "", *, even_pending: bool = False) -> Callable[[Endpoint], Endpoint]:
    """For members, through a token with this scope or its parent.

    `even_pending` opens it to accounts that wait for approval (S105).
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            found = await bearer(request)
            if found is None:
                raise HTTPException(401, "The access token is invalid")
            if scope and not scopes.covers(found.grant.scopes, scope):
                raise HTTPException(403, "This action is outside the authorized scopes")
            if even_pending and found.account is not None and found.login is not None:
                request.state.member = Member(found.account, found.login, found.grant)
            else:
                request.state.member = _as_member(found)
            return await endpoint(request)

        return _marked(run, endpoint, Need("member", scope))

    return decorate


def needs_app(scope: str = "") -> Callable[[Endpoint], Endpoint]:
    """For apps: any valid token, of a member or of the app itself."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            found = await bearer(request)
            if found is None:
                raise HTTPException(401, "The access token is invalid")
            if scope and not scopes.covers(found.grant.scopes, scope):
                raise HTTPException(403, "This action is outside the authorized scopes")
            request.state.grant = found.grant
            return await endpoint(request)

        return _marked(run, endpoint, Need("app", scope))

    return decorate


def member(request: Request) -> Member:
    """The member who asks, at an endpoint that needs one."""
    return cast("Member", request.state.member)


def viewer(request: Request) -> Member | None:
    """The member who asks, if there is one."""
    return cast("Member | None", getattr(request.state, "member", None))


def viewer_id(request: Request) -> int | None:
    """The account id of who asks, if anybody is signed in."""
    found = viewer(request)
    return found.account.id if found else None


def grant(request: Request) -> Grant:
    """What the token of the request stands for, at an endpoint that needs an app."""
    return cast("Grant", request.state.grant)
