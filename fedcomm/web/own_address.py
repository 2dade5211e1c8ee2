"""One's own mail address: changed with the password or a fresh sign-in, and confirmed at the new one (S123)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, confirming, sign_up_rules
from fedcomm.errors import Invalid
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import mail_queue
from fedcomm.looks.frame import texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.web import proving
from fedcomm.web.settings import access


class AddressForm(msgspec.Struct):
    """Another address, and the password as proof of who has one."""

    email: str = ""
    email_password: str = ""


@member_page
async def change(request: Request) -> Response:
    """Ask for the change: a link goes to the new address, a notice to the old one."""
    here, found = site(request), signed_in(request)
    form = await read(request, AddressForm)
    _ = await texts(request)
    async with here.transaction(wakes=()) as db:
        now = here.now()
        await attempts.count(db, "address", (f"account:{found.account.id}",), now=now)
    if errors := await proving.unproven(request, form.email_password, "email_password"):
        return await access(request, errors, form={"email": form.email}, status=422)
    try:
        async with here.transaction(wakes="mail") as db:
            await sign_up_rules.check(db, address=client_address(request), email=form.email, now=now)
            await confirming.ask_change(db, found.login, form.email, by_mail=here.sends_mail, now=now)
            await attempts.forget(db, "sign-in", f"account:{found.account.id}")
    except Invalid as refused:
        return await access(request, errors_of(refused, _), form={"email": form.email}, status=422)
    forget_tokens(here)
    return then(request, "/settings/access", "look-into-mail" if here.sends_mail else "saved")


@member_page
async def keep(request: Request) -> Response:
    """Keep the old address after all."""
    async with site(request).transaction(wakes=()) as db:
        await confirming.give_up_change(db, signed_in(request).account.id)
    return then(request, "/settings/access", "saved")


@member_page
async def works_again(request: Request) -> Response:
    """Mail to the address came back, and whoever reads it says that it works now."""
    here, found = site(request), signed_in(request)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "address", (f"account:{found.account.id}",), now=here.now())
    async with here.transaction(wakes=()) as db:
        await mail_queue.trust_again(db, found.login.email)
    return then(request, "/settings/access", "saved")


routes = [
    Route("/settings/email", change, methods=["POST"]),
    Route("/settings/email/keep", keep, methods=["POST"]),
    Route("/settings/email/works", works_again, methods=["POST"]),
]
