"""A member lets a client app act for them (OAuth 2). Source: RFC 6749 section 4.1, RFC 7636; D26-D28; S113, S115.

Whatever is wrong before the app and its redirect address are known to belong together is a page, never a redirect.
"""

import re
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm import audit
from fedcomm.accounts import attempts, oauth
from fedcomm.accounts.oauth import OUT_OF_BAND, App, Refused
from fedcomm.errors import NotAllowed
from fedcomm.groups import acting
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import page, sign_in_first, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.web import addressed

_AUTHORITY = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43,128}")


class Question(msgspec.Struct):
    """What an app asks for. `decision` is what the member said."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    force_login: str = ""
    decision: str = ""
    act_as: str = ""
    """The id of a group of the member's; empty for the member."""


class Asked(NamedTuple):
    """A question that holds."""

    app: App
    question: Question
    scopes: tuple[str, ...]


async def _check(request: Request, question: Question) -> Asked | str:
    """The app and its scopes, or a sentence on what is wrong with the question."""
    _ = await texts(request)
    async with site(request).read() as db:
        app = await oauth.app_by_client_id(db, question.client_id)
    if app is None:
        return _("The app that sent you here is not known to this server. Start again in the app.")
    if question.redirect_uri not in app.redirect_uris:
        return _("The app wants to be called back at an address that it has not registered.")
    if question.response_type != "code":
        return "unsupported_response_type: " + _("The app asks in a way that this server does not offer.")
    if question.code_challenge_method not in (None, "", "S256"):
        return "invalid_request: " + _("The app asks in a way that this server does not offer.")
    if question.code_challenge and question.code_challenge_method != "S256":
        return "invalid_request: " + _("The app asks in a way that this server does not offer.")
    if question.code_challenge and not _CHALLENGE.fullmatch(question.code_challenge):
        return "invalid_request: " + _("The app asks in a way that this server does not offer.")
    try:
        return Asked(app, question, oauth.narrowed(app, question.scope or None))
    except Refused as refused:
        return f"{refused.code}: " + _("The app asks for rights that it has not registered.")


async def _wrong(request: Request, text: str) -> Response:
    _ = await texts(request)
    return await show(
        request,
        "message.html",
        status=400,
        title=_("The app could not be connected"),
        text=text,
        link_url="/",
        link_text=_("To the front page"),
        is_hidden_from_search=True,
    )


@page
async def ask(request: Request) -> Response:
    """Ask the member, after they have signed in."""
    question = await read(request, Question)
    asked = await _check(request, question)
    if isinstance(asked, str):
        return await _wrong(request, asked)
    if question.force_login.lower() in ("true", "1", "yes"):
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "force_login"]
        there = urlencode({"next": f"/oauth/authorize?{urlencode(kept)}", "again": "1"})
        return RedirectResponse(f"/sign_in?{there}", 303)
    if await visitor(request) is None:
        return sign_in_first(request)
    async with site(request).read() as db:
        groups = await acting.groups_of(db, signed_in(request).account.id)
    return await show(
        request,
        "consent.html",
        groups=[cards.account_card(each) for each in groups],
        form_target=form_target(question.redirect_uri),
        app_name=asked.app.name,
        app_website=asked.app.website,
        redirect_host=shown_target(question.redirect_uri),
        scopes=asked.scopes,
        fields=_fields(question),
        is_hidden_from_search=True,
    )


def _fields(question: Question) -> dict[str, str]:
    """The question as the form sends it back, to be checked again."""
    fields = {
        "client_id": question.client_id,
        "redirect_uri": question.redirect_uri,
        "response_type": question.response_type,
        "scope": question.scope,
        "state": question.state,
        "code_challenge": question.code_challenge,
        "code_challenge_method": question.code_challenge_method,
    }
    return {name: value for name, value in fields.items() if value is not None}


@page
async def answer(request: Request) -> Response:
    """The member has decided: back to the app with a code or a refusal."""
    question = await read(request, Question)
    asked = await _check(request, question)
    if isinstance(asked, str):
        return await _wrong(request, asked)
    if await visitor(request) is None:
        return sign_in_first(request)
    if question.decision != "allow":
        return await _refused(request, asked)
    try:
        code = await _code(request, asked)
    except NotAllowed:
        _ = await texts(request)
        return await _wrong(request, _("Only a facilitator of the group may do this."))
    if question.redirect_uri == OUT_OF_BAND:
        return await show(request, "oauth_code.html", app_name=asked.app.name, code=code, is_hidden_from_search=True)
    return _back(question, {"code": code})


async def _code(request: Request, asked: Asked) -> str:
    """A code for the member, or for a group of theirs. Raises NotAllowed, NotFound, TooMany."""
    here = site(request)
    account = signed_in(request).account
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "code", (f"account:{account.id}",), now=here.now())
    group_id = addressed.id_of(asked.question.act_as) if asked.question.act_as else None
    async with here.transaction(wakes=()) as db:
        if group_id is not None:
            if group_id not in {each.id for each in await acting.groups_of(db, account.id)}:
                raise NotAllowed
            await audit.write(
                db,
                account.id,
                "let app act as group",
                str(group_id),
                details={"app": asked.app.id, "scopes": list(asked.scopes)},
                now=here.now(),
            )
        return await oauth.make_code(
            db,
            asked.app,
            account.id,
            redirect_uri=asked.question.redirect_uri,
            scopes=asked.scopes,
            challenge=asked.question.code_challenge or None,
            challenge_method=asked.question.code_challenge_method or None,
            group_id=group_id,
            now=here.now(),
        )


async def _refused(request: Request, asked: Asked) -> Response:
    if asked.question.redirect_uri != OUT_OF_BAND:
        return _back(asked.question, {"error": "access_denied", "error_description": "The member said no."})
    _ = await texts(request)
    return await show(
        request,
        "message.html",
        title=_("The app is not connected"),
        text=_("You have said no. You can close this page."),
        link_url="/home",
        link_text=_("Home"),
    )


def _back(question: Question, said: dict[str, str]) -> Response:
    """To the app, with what it sent as `state`, byte for byte."""
    if question.state is not None:
        said["state"] = question.state
    uri = question.redirect_uri
    response = RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{urlencode(said)}", 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def form_target(redirect_uri: str) -> str:
    """What the policy of the consent page must allow for the redirect: an origin, or a scheme of an app's own (D28)."""
    parts = urlsplit(redirect_uri)
    if redirect_uri == OUT_OF_BAND or not _SCHEME.fullmatch(parts.scheme):
        return ""
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}" if _AUTHORITY.fullmatch(parts.netloc) else ""


def shown_target(redirect_uri: str) -> str:
    """Where the member is told they will be taken; empty when a code is shown."""
    if redirect_uri == OUT_OF_BAND:
        return ""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"


routes = [
    Route("/oauth/authorize", ask),
    Route("/oauth/authorize", answer, methods=["POST"]),
]
