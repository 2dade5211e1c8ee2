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
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.portability import leaving


class LeaveForm(msgspec.Struct):
    """The present password as proof, and that one knows what it means."""

    current_password: str = ""
    understood: str = ""


@member_page
async def leaving_page(request: Request) -> Response:
    """What ends with the account."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str]) -> Response:
    return await show(request, "settings/leaving.html", status=422 if errors else 200, errors=errors)


@member_page
async def leave(request: Request) -> Response:
    """End one's account: nobody can sign in any more, others are told, and what was written goes."""
    here, found = site(request), signed_in(request)
    form = await read(request, LeaveForm)
    _ = await texts(request)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-in", (f"account:{found.account.id}",), now=here.now())
    if not await passwords.matches(form.current_password, found.login.password_hash):
        return await _page(request, {"current_password": _("This is not your present password.")})
    if form.understood != "yes":
        return await _page(request, {"understood": _("Please confirm that you know what goes.")})
    try:
        async with here.transaction() as db:
            await leaving.leave_for_good(db, here.here, found.account, now=here.now())
    except Conflict as refused:
        return await _page(request, {"": sentence(refused, _)})
    forget_tokens(here)
    response = then(request, "/", "farewell")
    end_session(response, here)
    return response


routes = [
    Route("/settings/leaving", leaving_page),
    Route("/settings/leaving", leave, methods=["POST"]),
]
