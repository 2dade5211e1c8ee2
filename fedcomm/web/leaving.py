"""Leaving an instance for good, as the member decides (product 24; S108)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, passwords
from fedcomm.errors import Conflict
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import end_session, member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.portability import leaving


class LeaveForm(msgspec.Struct):
    """The present password as proof (the handle of those who have none), what is to go, and that one knows it."""

    current_password: str = ""
    handle: str = ""
    scope: str = ""
    understood: str = ""


@member_page
async def leaving_page(request: Request) -> Response:
    """What ends with the account."""
    return await _page(request, LeaveForm(), {})


async def _page(request: Request, form: LeaveForm, errors: dict[str, str]) -> Response:
    found = signed_in(request)
    return await show(
        request,
        "settings/leaving.html",
        status=422 if errors else 200,
        form={"scope": form.scope, "handle": form.handle},
        has_password=found.login.password_hash is not None,
        sends_mail=site(request).sends_mail,
        errors=errors,
    )


@member_page
async def leave(request: Request) -> Response:
    """End one's account: nobody can sign in any more, others are told, and what was written goes."""
    here, found = site(request), signed_in(request)
    form = await read(request, LeaveForm)
    _ = await texts(request)
    if errors := await _unproven(request, form) or _undecided(form, _):
        return await _page(request, form, errors)
    try:
        async with here.transaction() as db:
            keeps_places = form.scope == "text"
            await leaving.leave_for_good(db, here.here, found.account, keeps_places=keeps_places, now=here.now())
    except Conflict as refused:
        return await _page(request, form, {"": sentence(refused, _)})
    forget_tokens(here)
    response = then(request, "/", "farewell")
    end_session(response, here)
    return response


async def _unproven(request: Request, form: LeaveForm) -> dict[str, str]:
    """The error of the field that proves who asks. Raises TooMany."""
    here, found, _ = site(request), signed_in(request), await texts(request)
    if found.login.password_hash is None:
        is_theirs = form.handle.strip().lstrip("@").casefold() == found.account.handle
        return {} if is_theirs else {"handle": _("This is not your handle.")}
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-in", (f"account:{found.account.id}",), now=here.now())
    if await passwords.matches(form.current_password, found.login.password_hash):
        return {}
    return {"current_password": _("This is not your present password.")}


def _undecided(form: LeaveForm, _: Texts) -> dict[str, str]:
    if form.scope not in ("text", "all"):
        return {"scope": _("Please choose what is to go.")}
    if form.understood != "yes":
        return {"understood": _("Please confirm that you know what goes.")}
    return {}


routes = [
    Route("/settings/leaving", leaving_page),
    Route("/settings/leaving", leave, methods=["POST"]),
]
