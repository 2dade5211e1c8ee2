"""How ActivityPub documents leave: media type, caching, and who may ask (D18, D58; security-cases section 1)."""

import hashlib
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.key_lookup import SiteKeys
from fedcomm.errors import NotFound
from fedcomm.http.context import Site, site
from fedcomm.network import peers
from federation.authority import authority
from federation.errors import FederationError
from federation.signatures.claims import Claim
from federation.signatures.request import read_request
from federation.signatures.verifying import prove, read_signatures
from federation.vocabulary.strict_json import JsonObject
from federation.vocabulary.writing import Writable, encode, write_bytes

MEDIA_TYPE = "application/activity+json"
VARY = "Accept, Signature, Signature-Input, Authorization"
OPEN = {"Vary": VARY, "Cache-Control": "public, max-age=60"}
CLOSED = {"Vary": VARY, "Cache-Control": "private, no-store"}
REFUSED = "This instance does not exchange anything with yours."


def wants_document(request: Request) -> bool:
    """Whether another server asks, rather than a person: every Accept that names one of ActivityPub's types."""
    accept = request.headers.get("accept", "").lower()
    return "activity+json" in accept or "ld+json" in accept


def document(thing: Writable, *, status: int = 200, headers: Mapping[str, str] = OPEN) -> Response:
    """Something of ours as its document."""
    return Response(write_bytes(thing), status, media_type=MEDIA_TYPE, headers=dict(headers))


def raw_document(body: bytes | JsonObject, *, status: int = 200, headers: Mapping[str, str] = OPEN) -> Response:
    """Bytes that were made before, such as an activity that was sent."""
    content = body if isinstance(body, bytes) else encode(body)
    return Response(content, status, media_type=MEDIA_TYPE, headers=dict(headers))


def unless_known(request: Request, response: Response) -> Response:
    """The same with an `ETag`; 304 without a body if who asks has it already (T28, T29)."""
    if response.status_code != 200:
        return response
    tag = hashlib.sha256(response.body).hexdigest()[:32]
    known = {each.strip().removeprefix("W/").strip('"') for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        kept = {name: value for name in ("Cache-Control", "Vary") if (value := response.headers.get(name)) is not None}
        response = Response(status_code=304, headers=kept)
    response.headers["ETag"] = f'"{tag}"'
    return response


def to_page(url: str) -> Response:
    """An id opened in a browser leads to the page (D18)."""
    return RedirectResponse(url, 303, headers={"Vary": VARY})


def _claims(request: Request) -> tuple[Claim, ...]:
    """What the signatures on a request claim; none for an unsigned one, or one that cannot hold (S023)."""
    if "signature" not in request.headers:
        return ()
    try:
        signed = read_request(
            request.method,
            target_of(request),
            site(request).here.base_url,
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
        )
        return read_signatures(signed, site(request).now())
    except FederationError:
        return ()


async def _proven(here: Site, claims: tuple[Claim, ...]) -> Account | None:
    """The account elsewhere that signed; None when the signature does not hold, or its key cannot be had (S023)."""
    keys = here.service(SiteKeys)
    try:
        proven = await prove(claims, keys)
        await keys.meet(proven.key_id)
    except FederationError:
        return None
    async with here.read() as db:
        return await lookup.by_uri(db, proven.signer)


def target_of(request: Request) -> str:
    """Path and query exactly as they came, which is what was signed."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return (raw.split(b"?", 1)[0] + (b"?" + query if query else b"")).decode("latin-1")


async def check_asker(request: Request) -> Account | None:
    """Who asks for something that is not an actor document; None for whoever did not sign, or not well.

    In authorised-fetch mode an unsigned request finds nothing; a suspended server is refused in any mode, before its
    key is fetched (D58, S100). Raises NotFound, and 403.
    """
    here = site(request)
    claims = _claims(request)
    async with here.read() as db:
        for who in {authority(claim.key_id) for claim in claims}:
            if await peers.is_suspended(db, who):
                raise HTTPException(403, REFUSED)
    account = await _proven(here, claims) if claims else None
    if account is not None and account.state != "active":
        raise HTTPException(403, REFUSED)
    if here.settings.authorized_fetch:
        request.state.is_by_name_only = True
        if account is None:
            raise NotFound
        async with here.read() as db:
            if not await peers.is_admitted(db, account.authority, here.settings.federation):
                raise NotFound
    return account


async def may_read_profile(request: Request) -> bool:
    """Whether who asks for an actor document gets what that says beside names, addresses and keys.

    These anybody gets, or nobody could check a first signature (T22). Never refused, whoever signed.
    """
    if not site(request).settings.authorized_fetch:
        return True
    try:
        return await check_asker(request) is not None
    except (NotFound, HTTPException):
        return False


def is_by_name_only(request: Request) -> bool:
    """Whether the answer is for who signed the request, and not for all: authorised-fetch mode."""
    return bool(getattr(request.state, "is_by_name_only", False))
