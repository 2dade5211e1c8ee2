"""Confirming one's mail address from an app. Source: Mastodon API documentation, methods/emails; S123."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, confirming
from fedcomm.errors import NotAllowed
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import forget_tokens, member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.router import Route


class ConfirmationForm(msgspec.Struct):
    """Another address, when the first one was wrong."""

    email: str = ""


@needs(even_pending=True)
async def check(request: Request) -> Response:
    """Whether the address is confirmed."""
    login = member(request).login
    return json(login.confirmed_at is not None and login.state == "active")


@needs(even_pending=True)
async def send(request: Request) -> Response:
    """Mail the link once more, to another address if one is named."""
    here, login = site(request), member(request).login
    if not login.must_confirm or login.confirmed_at is not None:
        raise NotAllowed("This address needs no confirmation.")
    form = await read(request, ConfirmationForm)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "confirmation", (f"account:{login.account_id}",), now=here.now())
    async with here.transaction(wakes="mail") as db:
        await confirming.send_again(db, login, to=form.email, now=here.now())
    forget_tokens(here)
    return nothing()


routes = [
    Route("/api/v1/emails/check_confirmation", check),
    Route("/api/v1/emails/confirmations", send, methods=["POST"]),
]
