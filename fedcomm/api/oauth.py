"""Tokens for client apps; the consent page is in `web/`. Source: RFC 6749, 7009, 8414; methods/oauth; D26-D28."""

import base64
import binascii
from urllib.parse import unquote_plus

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import App, Grant, Refused, narrowed
from fedcomm.api.entities.accounts import avatar_url
from fedcomm.database import Connection
from fedcomm.http.auth import forget_tokens, member, needs, public
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.router import Route


class TokenForm(msgspec.Struct):
    """A request for a token; stray fields are ignored."""

    grant_type: str = ""
    code: str = ""
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""
    scope: str = ""
    code_verifier: str | None = None


class RevokeForm(msgspec.Struct):
    """A request to end a token."""

    token: str = ""
    client_id: str = ""
    client_secret: str = ""


def _basic(request: Request) -> tuple[str, str]:
    """Client id and secret from an `Authorization: Basic` header; empty without one (RFC 6749 section 2.3.1)."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _refusal(error: Refused) -> Response:
    headers = {"Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="fedcomm"'
    return JSONResponse({"error": error.code, "error_description": str(error)}, error.status, headers=headers)


async def _grant(db: Connection, here: Site, form: TokenForm, app: App) -> tuple[Grant, str]:
    if form.grant_type == "authorization_code":
        return await oauth.exchange_code(
            db,
            app,
            code=form.code,
            redirect_uri=form.redirect_uri,
            verifier=form.code_verifier,
            now=here.now(),
        )
    if form.grant_type == "client_credentials":
        return await oauth.issue(db, app, None, scopes=narrowed(app, form.scope or None), now=here.now())
    raise Refused(
        "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."
    )


@public
async def create_token(request: Request) -> Response:
    """Turn a code, or the app's own credentials, into a bearer token."""
    form = await read(request, TokenForm)
    basic_id, basic_secret = _basic(request)
    here = site(request)
    refused: Refused | None = None
    made: tuple[Grant, str] | None = None
    async with here.transaction() as db:
        # A refusal commits: a code that was tried with a wrong verifier is used up.
        try:
            app = await oauth.authenticate_app(db, form.client_id or basic_id, form.client_secret or basic_secret)
            made = await _grant(db, here, form, app)
        except Refused as error:
            refused = error
    if refused is not None or made is None:
        return _refusal(refused or Refused("invalid_request", "The request is not complete."))
    grant, value = made
    return JSONResponse(
        {
            "access_token": value,
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
            "created_at": int(grant.created_at.timestamp()),
        },
        headers={"Cache-Control": "no-store"},
    )


@public
async def revoke_token(request: Request) -> Response:
    """End a token of the app that asks; from the next request on it is refused."""
    form = await read(request, RevokeForm)
    basic_id, basic_secret = _basic(request)
    here = site(request)
    try:
        async with here.transaction() as db:
            app = await oauth.authenticate_app(db, form.client_id or basic_id, form.client_secret or basic_secret)
            await oauth.revoke(db, app, form.token, now=here.now())
    except Refused as error:
        return JSONResponse({"error": "unauthorized_client", "error_description": str(error)}, 403)
    forget_tokens(here)
    return JSONResponse({})


@needs("profile")
async def userinfo(request: Request) -> Response:
    """Who a token belongs to, in the terms of OpenID Connect."""
    here = site(request)
    account = member(request).account
    return JSONResponse(
        {
            "iss": here.here.base_url + "/",
            "sub": account.uri,
            "name": account.shown_name,
            "preferred_username": account.handle,
            "profile": account.url,
            "picture": avatar_url(here.here, account),
        }
    )


@public
async def server_metadata(request: Request) -> Response:
    """What an OAuth client can find out without asking people. Source: RFC 8414."""
    base = site(request).here.base_url
    return JSONResponse(
        {
            "issuer": base + "/",
            "service_documentation": "https://docs.joinmastodon.org/",
            "authorization_endpoint": base + "/oauth/authorize",
            "token_endpoint": base + "/oauth/token",
            "app_registration_endpoint": base + "/api/v1/apps",
            "revocation_endpoint": base + "/oauth/revoke",
            "userinfo_endpoint": base + "/oauth/userinfo",
            "scopes_supported": sorted(scopes.KNOWN),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


routes = [
    Route("/oauth/token", create_token, methods=["POST"]),
    Route("/oauth/revoke", revoke_token, methods=["POST"]),
    Route("/oauth/userinfo", userinfo, methods=["GET", "POST"]),
    Route("/.well-known/oauth-authorization-server", server_metadata, methods=["GET"]),
]
