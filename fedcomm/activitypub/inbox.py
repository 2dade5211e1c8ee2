"""The door for what other servers tell us: proven, committed, answered; interpreted later by the worker.

The order of checks and the status codes are those of decisions D45 and security-cases section 1.
"""

import logging

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.accepting import Accepting, NotHeard
from fedcomm.activitypub.answering import REFUSED, target_of
from fedcomm.activitypub.key_lookup import SiteKeys
from fedcomm.errors import Gone, NotFound
from fedcomm.http.auth import Endpoint, Need
from fedcomm.http.context import site
from fedcomm.http.forms import TooLarge as BodyTooLarge
from fedcomm.http.forms import body
from fedcomm.http.router import Route
from federation.errors import FederationError, Malformed, TooLarge, Unauthentic, Unreachable, WrongType
from federation.inbox import MAX_BODY_BYTES, receive
from federation.vocabulary.writing import encode

log = logging.getLogger(__name__)

_STATUS: dict[type[FederationError], int] = {TooLarge: 413, WrongType: 415, Malformed: 400, Unauthentic: 401}
_TRY_AGAIN_S = 60


def _from_peers(endpoint: Endpoint) -> Endpoint:
    """Marks what other servers use with a signature; no token is looked up."""
    endpoint.need = Need("peer")  # pyright: ignore[reportFunctionMemberAccess]  # functions take attributes
    return endpoint


@_from_peers
async def post_shared_inbox(request: Request) -> Response:
    """An activity for anybody here."""
    return await _receive(request, None)


@_from_peers
async def post_inbox(request: Request) -> Response:
    """An activity for one account of ours. Raises NotFound, Gone."""
    here = site(request)
    kind = "group" if request.url.path.startswith("/groups/") else "person"
    async with here.read() as db:
        account = await lookup.by_uri(db, here.here.account_uri(kind, str(request.path_params["handle"]).lower()))
    return await _receive(request, _living(account))


@_from_peers
async def post_instance_inbox(request: Request) -> Response:
    """An activity for the instance itself."""
    here = site(request)
    async with here.read() as db:
        account = await lookup.by_uri(db, here.here.instance_actor_uri)
    return await _receive(request, account)


def _living(account: Account | None) -> Account:
    if account is None or not account.is_local or account.state == "pending":
        raise NotFound
    if account.state == "deleted":
        raise Gone
    return account


async def _receive(request: Request, recipient: Account | None) -> Response:
    here = site(request)
    try:
        raw = await body(request, largest=MAX_BODY_BYTES)
        received = await receive(
            method=request.method,
            path=target_of(request),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
            body=raw,
            here=here.here.base_url,
            keys=here.service(SiteKeys),
            now=here.now(),
            admit=here.service(Accepting).admit,
        )
        if received is not None:
            await here.service(SiteKeys).meet(received.key_id)
    except (FederationError, BodyTooLarge, NotHeard) as error:
        return _refusal(error)
    if received is not None:
        await here.service(Accepting).accept(received, recipient)
    return Response(status_code=202)


def _refusal(error: Exception) -> Response:
    """Why not, as problem details (RFC 9457, FEP-c180), so that the other admin can see it."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, BodyTooLarge):
        status, detail = 413, "The activity is larger than 1 MiB."
    elif isinstance(error, NotHeard):
        status, detail = 403, REFUSED
    elif isinstance(error, Unreachable):
        status, detail = 503, f"The key could not be fetched just now: {error}"
        headers["Retry-After"] = str(error.retry_after or _TRY_AGAIN_S)
    else:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
        detail = str(error)
    log.info("inbox refused status=%d reason=%s", status, detail)
    problem = encode({"title": "The activity was not accepted", "status": status, "detail": detail})
    return Response(problem, status, media_type="application/problem+json", headers=headers)


routes = [
    Route("/inbox", post_shared_inbox, methods=["POST"]),
    Route("/u/{handle}/inbox", post_inbox, methods=["POST"], name="inbox of a person"),
    Route("/groups/{handle}/inbox", post_inbox, methods=["POST"], name="inbox of a group"),
    Route("/actor/inbox", post_instance_inbox, methods=["POST"]),
]
