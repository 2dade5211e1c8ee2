"""Signing up from a client app. Source: Mastodon API documentation, methods/accounts#create; decisions D82; S160."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, oauth, sign_up_rules, signup
from fedcomm.errors import Gone, Invalid, NotFound
from fedcomm.groups import invitations, mailed_invitations
from fedcomm.http.answers import json
from fedcomm.http.auth import grant, needs_app
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.router import Route
from fedcomm.i18n import choose
from fedcomm.threads import first_look

FIELDS = ("username", "email", "password", "agreement", "reason", "locale", "invite_code")


class SignUpForm(msgspec.Struct):
    """Who wants an account."""

    username: str = ""
    email: str = ""
    password: str = ""
    agreement: bool = False
    locale: str | None = None
    reason: str = ""
    invite_code: str = ""


def _refusal(error: Invalid) -> Response:
    """A 422 as apps read it: the sentence, and the field at fault."""
    field = error.field if error.field in FIELDS else "base"
    code = "ERR_TAKEN" if "taken" in str(error) or "is an account with" in str(error) else "ERR_INVALID"
    return json({"error": str(error), "details": {field: [{"error": code, "description": str(error)}]}}, 422)


@needs_app("write:accounts")
async def create_account(request: Request) -> Response:
    """Give somebody an account, at once or once an admin has agreed; the answer is a token for the app that asked."""
    form = await read(request, SignUpForm)
    here = site(request)
    registrations = here.settings.registrations
    if registrations not in ("open", "approval") and not (form.invite_code and registrations == "invite"):
        raise HTTPException(403, "This instance does not take sign-ups.")
    if here.config.rate_limits:
        async with here.transaction() as db:
            await attempts.count(db, "sign-up", (f"address:{client_address(request)}",), now=here.now())
    try:
        if not form.agreement:
            raise Invalid("Please agree to the rules of this instance.", field="agreement")
        value, given = await _sign_up(request, form, approved=registrations == "open")
    except Invalid as error:
        return _refusal(error)
    except (Gone, NotFound) as dead:
        return _refusal(Invalid(str(dead), field="invite_code"))
    return json(
        {
            "access_token": value,
            "token_type": "Bearer",
            "scope": " ".join(given.scopes),
            "created_at": int(given.created_at.timestamp()),
        }
    )


async def _sign_up(request: Request, form: SignUpForm, *, approved: bool) -> tuple[str, oauth.Grant]:
    here, asking = site(request), grant(request)
    async with here.transaction(wakes=("facts", "mail")) as db:
        is_free = await sign_up_rules.check(db, address=client_address(request), email=form.email, now=here.now())
        invitation = await invitations.open_by(db, form.invite_code, now=here.now()) if form.invite_code else None
        is_proven = invitation is not None and await mailed_invitations.proves(db, form.invite_code, form.email)
        account = await signup.create_person(
            db,
            here.here,
            handle=form.username,
            email=form.email,
            password=form.password,
            approved=is_free and (approved or invitation is not None),
            must_confirm=here.sends_mail and not is_proven,
            reason=form.reason,
            locale=choose(account_locale=form.locale, accept_language=None, site=here.settings.default_language),
            created_by=first_look.OPEN_SIGN_UP if invitation is None and is_free and approved else "sign-up",
            now=here.now(),
        )
        if invitation is not None:
            await invitations.accept(db, here.here, invitation, account, is_new=True, now=here.now())
        app = await oauth.app_by_id(db, asking.app_id)
        assert app is not None
        given, value = await oauth.issue(db, app, account.id, scopes=tuple(asking.scopes), now=here.now())
    return value, given


routes = [Route("/api/v1/accounts", create_account, methods=["POST"])]
