"""Client applications register themselves. Source: Mastodon API documentation, methods/apps."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import App
from fedcomm.errors import Invalid
from fedcomm.http import auth
from fedcomm.http.auth import needs_app, public
from fedcomm.http.context import site
from fedcomm.http.forms import fields
from fedcomm.http.router import Route
from fedcomm.notifications.vapid import Vapid


class AppForm(msgspec.Struct):
    """What an application says of itself; redirect URIs come as one text, one for each line, or as a list."""

    client_name: str
    redirect_uris: str | list[str]
    scopes: str = "read"
    website: str | None = None


def entity(app: App, vapid_key: str, secret: str | None = None) -> dict[str, object]:
    """The Application entity; with its secret (CredentialApplication) at registration only."""
    shown: dict[str, object] = {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes,
        "redirect_uris": app.redirect_uris,
        "redirect_uri": "\n".join(app.redirect_uris),
        "vapid_key": vapid_key,
    }
    if secret is not None:
        shown |= {"client_id": app.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return shown


def _form(given: dict[str, object]) -> AppForm:
    name, uris = given.get("client_name"), given.get("redirect_uris")
    if not isinstance(name, str):
        raise Invalid("Validation failed: Application name can't be blank", field="client_name")
    try:
        return AppForm(
            client_name=name,
            redirect_uris=msgspec.convert(uris, str | list[str]),
            scopes=msgspec.convert(given.get("scopes") or "read", str),
            website=msgspec.convert(given.get("website") or None, str | None),
        )
    except msgspec.ValidationError:
        raise Invalid("Validation failed: Redirect URI can't be blank", field="redirect_uris") from None


@public
async def create_app(request: Request) -> Response:
    """Register an application."""
    form = _form(await fields(request))
    lines = form.redirect_uris.split("\n") if isinstance(form.redirect_uris, str) else form.redirect_uris
    here = site(request)
    async with here.transaction() as db:
        app, secret = await oauth.register(
            db,
            name=form.client_name,
            redirect_uris=[line.strip() for line in lines if line.strip()],
            scopes=scopes.parse(form.scopes),
            website=form.website,
            now=here.now(),
        )
    return JSONResponse(entity(app, await here.service(Vapid).public_key(now=here.now()), secret))


@needs_app()
async def verify_app(request: Request) -> Response:
    """The application a token belongs to."""
    here = site(request)
    async with here.read() as db:
        app = await oauth.app_by_id(db, auth.grant(request).app_id)
    assert app is not None
    return JSONResponse(entity(app, await here.service(Vapid).public_key(now=here.now())))


routes = [
    Route("/api/v1/apps", create_app, methods=["POST"]),
    Route("/api/v1/apps/verify_credentials", verify_app, methods=["GET"]),
]
