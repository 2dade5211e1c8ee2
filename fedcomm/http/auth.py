"""Who is asking: bearer tokens for client apps. One place decides 401, 403 and 422 (security-cases.md section 1).

An endpoint says what it needs by decorator; the need is kept on the endpoint, so that tests can be generated from the
route table.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import logins, lookup, oauth, scopes, tokens
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.accounts.oauth import Grant
from fedcomm.groups import acting
from fedcomm.http.context import Site, site

Endpoint = Callable[[Request], Awaitable[Response]]
Who = Literal["anyone", "app", "member", "page", "page member", "admin", "peer"]

CACHE_TIME = timedelta(seconds=5)
"""How long another process may still take a token for valid that was revoked (D57); in ours it ends at once."""
CACHE_SIZE = 10_000
LONGEST_TOKEN = 1_000
USES_EVERY = timedelta(hours=1)
"""How often it is written down that a token is used."""


@dataclass(frozen=True, slots=True)
class Need:
    """What an endpoint asks of its caller; `scope` is empty where any token will do."""

    who: Who
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks through a client app: a person of ours, or a group of ours as which one acts.

    `person_id` is who acts as the group; None for people themselves. Of that person nothing else comes along: their
    role on the instance is not the group's.
    """

    account: Account
    login: Login
    grant: Grant
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a token stands for; `member` is None for the app itself. `refusal`: why this person may not act now."""

    grant: Grant
    member: Member | None
    refusal: str


class Tokens:
    """What bearer tokens stand for, remembered for some seconds. One for each site."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[datetime, Bearer]] = {}
        self._forgotten = 0

    async def find(self, here: Site, value: str) -> Bearer | None:
        """What this token stands for; None if it was revoked or never was."""
        key, now = tokens.digest(value), here.now()
        hit = self._known.get(key)
        if hit is not None and hit[0] > now:
            return hit[1]
        forgotten = self._forgotten
        found = await _looked_up(here, value)
        if found is None:
            self._known.pop(key, None)
            return None
        if forgotten != self._forgotten:  # what was read may be older than what made us forget
            return found
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[key] = (now + CACHE_TIME, found)
        return found

    def forget(self) -> None:
        """Look all up anew at their next use."""
        self._forgotten += 1
        self._known.clear()


async def _looked_up(here: Site, value: str) -> Bearer | None:
    async with here.read() as db:
        grant = await oauth.grant_of(db, value)
        if grant is None:
            return None
        if grant.account_id is None:
            return Bearer(grant, None, "")
        account = await lookup.by_id(db, grant.account_id)
        login = await logins.of(db, grant.person_id or grant.account_id)
        person = await lookup.by_id(db, grant.person_id) if grant.person_id else account
        if grant.person_id and not await acting.may_act(db, grant.person_id, grant.account_id):
            return None
    await _note_use(here, grant)
    if account is None or person is None:
        return None
    refusal = _refusal(login, account) or _refusal(login, person)
    if grant.person_id:
        login = msgspec.structs.replace(login, role="member")
    return Bearer(grant, Member(account, login, grant, grant.person_id), refusal)


async def _note_use(here: Site, grant: Grant) -> None:
    """Write down that a token is used, at most once in USES_EVERY."""
    now = here.now()
    if grant.last_used_at is None or grant.last_used_at < now - USES_EVERY:
        # Not one of the request's own: that may be done once more from the beginning all the same (R024).
        async with here.pool.transaction() as db:
            await oauth.note_use(db, grant.id, before=now - USES_EVERY, now=now)


def _refusal(login: Login, account: Account) -> str:
    if login.waits_for_confirmation:
        return "Your login is missing a confirmed e-mail address"
    if login.state == "pending":
        return "Your login is currently pending approval"
    if login.state != "active" or account.state != "active":
        return "Your login is currently disabled"
    return ""


def forget_tokens(here: Site) -> None:
    """Forget what tokens stand for, after one was revoked or an account changed: from the next request on (D57)."""
    here.service(Tokens).forget()


def token_of(request: Request) -> str | None:
    """The bearer token of a request, from the header or, as old clients do, from the query string."""
    scope = request.scope
    for name, given in scope["headers"]:
        if name == b"authorization":
            kind, _, value = given.decode("latin-1").partition(" ")
            if kind.lower() == "bearer" and value.strip():
                return value.strip()
    if b"access_token" in scope["query_string"]:
        return request.query_params.get("access_token") or None
    return None


async def bearer(request: Request) -> Bearer | None:
    """What the token of a request stands for; None without a token. Raises 401 for one that is not valid."""
    value = token_of(request)
    if value is None:
        return None
    here = site(request)
    found = await here.service(Tokens).find(here, value) if len(value) <= LONGEST_TOKEN else None
    if found is None:
        raise HTTPException(401, "The access token is invalid")
    return found


def _check_scope(found: Bearer, scope: str) -> None:
    if scope and not scopes.covers(found.grant.scopes, scope):
        raise HTTPException(403, "This action is outside the authorized scopes")


def _marked(endpoint: Endpoint, inner: Endpoint, need: Need) -> Endpoint:
    endpoint.__name__ = inner.__name__  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    endpoint.__doc__ = inner.__doc__
    endpoint.need = need  # pyright: ignore[reportFunctionMemberAccess, reportAttributeAccessIssue]
    return endpoint


def need_of(endpoint: Endpoint) -> Need | None:
    """What an endpoint was declared to need; None if it was not declared, which a test refuses."""
    return cast("Need | None", getattr(endpoint, "need", None))


def public(endpoint: Endpoint) -> Endpoint:
    """Open to all and the same for all: a token is not even looked at, so an old one does no harm."""
    return _marked(endpoint, endpoint, Need("anyone"))


def anyone(endpoint: Endpoint) -> Endpoint:
    """Open to all, whatever a token allows; an invalid token is refused, a suspended person's counts as none."""
    return anyone_or("")(endpoint)


def anyone_or(scope: str) -> Callable[[Endpoint], Endpoint]:
    """Open to all; who comes with a token needs this scope or its parent, and may see more."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            found = await bearer(request)
            if found is not None:
                _check_scope(found, scope)
                request.scope["grant"] = found.grant
                if not found.refusal:
                    request.scope["member"] = found.member
            return await endpoint(request)

        return _marked(run, endpoint, Need("anyone", scope))

    return decorate


def needs(scope: str = "", *, even_pending: bool = False) -> Callable[[Endpoint], Endpoint]:
    """For members, through a token with this scope or its parent.

    `even_pending` opens it to accounts that wait for approval (S105).
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            found = await bearer(request)
            if found is None:
                raise HTTPException(401, "The access token is invalid")
            _check_scope(found, scope)
            if found.member is None:
                raise HTTPException(422, "This method requires an authenticated user")
            if found.refusal and not (even_pending and found.member.login.state == "pending"):
                raise HTTPException(403, found.refusal)
            request.scope["grant"] = found.grant
            request.scope["member"] = found.member
            await _note_acting(request, found.member)
            return await endpoint(request)

        return _marked(run, endpoint, Need("member", scope))

    return decorate


async def _note_acting(request: Request, who: Member) -> None:
    """Who acts as a group is written down before it happens, so that nothing done in its name lacks a person."""
    if who.person_id is None or request.method in ("GET", "HEAD"):
        return
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await audit.write(
            db,
            who.person_id,
            "act as group",
            who.account.uri,
            details={"method": request.method, "path": request.url.path, "app": who.grant.app_id},
            now=here.now(),
        )


def needs_app(scope: str = "") -> Callable[[Endpoint], Endpoint]:
    """For apps: any valid token, of a member or of the app itself."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            found = await bearer(request)
            if found is None:
                raise HTTPException(401, "The access token is invalid")
            _check_scope(found, scope)
            request.scope["grant"] = found.grant
            return await endpoint(request)

        return _marked(run, endpoint, Need("app", scope))

    return decorate


def member(request: Request) -> Member:
    """The member who asks, at an endpoint that needs one."""
    return cast("Member", request.scope["member"])


def viewer(request: Request) -> Member | None:
    """The member who asks, if there is one."""
    return cast("Member | None", request.scope.get("member"))


def viewer_id(request: Request) -> int | None:
    """The account id of who asks, if anybody is signed in."""
    found = viewer(request)
    return found.account.id if found else None


def grant(request: Request) -> Grant:
    """What the token of the request stands for, at an endpoint that needs an app."""
    return cast("Grant", request.scope["grant"])
