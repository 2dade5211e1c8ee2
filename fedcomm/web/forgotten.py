"""Forgotten passwords, and addresses that are to be confirmed (S119, S123, S126; product 3b).

Links in mails change nothing when they are opened, as mail scanners open them: the page has one button.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts, confirming, lookup
from fedcomm.accounts.confirming import Asked
from fedcomm.accounts.logins import email_key
from fedcomm.errors import Invalid
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import page, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then

LONGEST = 254


class ForgottenForm(msgspec.Struct):
    """Whose password it is: a name or a mail address."""

    login: str = ""


class ConfirmForm(msgspec.Struct):
    """The button."""


@page
async def forgotten_page(request: Request) -> Response:
    """The form, or whom to ask where no mail is sent."""
    if not site(request).sends_mail:
        return await _ask_people(request)
    return await show(request, "forgot.html", form={}, errors={}, is_sent=False, is_hidden_from_search=True)


@page
async def forgotten(request: Request) -> Response:
    """Mail a link, if there is such an account; the answer is the same when there is none."""
    here, form = site(request), await read(request, ForgottenForm)
    if not here.sends_mail:
        return await _ask_people(request)
    _ = await texts(request)
    typed = form.login.strip()[:LONGEST]
    if not typed:
        errors = {"login": _("Please enter your name or your mail address.")}
        return await show(
            request, "forgot.html", status=422, form={}, errors=errors, is_sent=False, is_hidden_from_search=True
        )
    async with here.transaction(wakes=()) as db:
        asked = (f"typed:{email_key(typed)}", f"address:{client_address(request)}")
        await attempts.count(db, "reset", asked, now=here.now())
    async with here.transaction(wakes="mail") as db:
        await confirming.forgotten(db, typed, now=here.now())
    return await show(
        request, "forgot.html", form={"login": typed}, errors={}, is_sent=True, is_hidden_from_search=True
    )


async def _ask_people(request: Request) -> Response:
    here = site(request)
    _ = await texts(request)
    text = _("This instance sends no mail. Those who run it can give you a link to set a new password.")
    if here.settings.contact_email:
        text += " " + _("Write to %(address)s.") % {"address": here.settings.contact_email}
    return await show(
        request,
        "message.html",
        title=_("Forgotten the password?"),
        text=text,
        link_url="/about",
        link_text=_("Who runs this instance?"),
        is_hidden_from_search=True,
    )


async def _asked(request: Request) -> tuple[str, Asked | None]:
    """The link that was opened, and what it confirms."""
    here = site(request)
    value = str(request.path_params["link"])
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "set-password", (f"address:{client_address(request)}",), now=here.now())
    async with here.read() as db:
        return value, await confirming.asked_by(db, value, now=here.now())


@page
async def confirm_page(request: Request) -> Response:
    """The page behind a link: which address, and a button."""
    _value, asked = await _asked(request)
    if asked is None:
        return await _expired(request)
    async with site(request).read() as db:
        account = await lookup.by_id(db, asked.account_id)
    assert account is not None
    return await show(
        request,
        "confirm.html",
        account=cards.account_card(account),
        address=asked.address,
        is_hidden_from_search=True,
    )


@page
async def confirm(request: Request) -> Response:
    """Confirm it. Nobody is signed in by it: who signed up may be another than who reads the mail."""
    here = site(request)
    await read(request, ConfirmForm)
    value, asked = await _asked(request)
    if asked is None:
        return await _expired(request)
    try:
        async with here.transaction() as db:
            login = await confirming.confirm(db, value, now=here.now())
    except Invalid:
        return await _expired(request)
    forget_tokens(here)
    if login.state == "pending":
        return await _still_waits(request)
    is_in = await visitor(request) is not None
    return then(request, "/settings/access" if is_in else "/sign_in", "address-confirmed")


async def _still_waits(request: Request) -> Response:
    _ = await texts(request)
    return await show(
        request,
        "message.html",
        title=_("Your address is confirmed"),
        text=_("Somebody who runs this place will look at your request. You get a mail when it is decided."),
        link_url="/groups",
        link_text=_("Look at the groups"),
        is_hidden_from_search=True,
    )


async def _expired(request: Request) -> Response:
    _ = await texts(request)
    return await show(
        request,
        "message.html",
        status=404,
        title=_("This link does not work any more"),
        text=_("It was used already, or it has expired. Sign in, and you get another one where it is still needed."),
        link_url="/sign_in",
        link_text=_("Sign in"),
        is_hidden_from_search=True,
    )


routes = [
    Route("/forgot", forgotten_page),
    Route("/forgot", forgotten, methods=["POST"]),
    Route("/confirm/{link}", confirm_page),
    Route("/confirm/{link}", confirm, methods=["POST"]),
]
