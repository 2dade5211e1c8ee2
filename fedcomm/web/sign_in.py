"""Signing in and out in a browser (decisions D21, D26, D29; S120, S127)."""

from urllib.parse import parse_qs, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts import (
    attempts,
    confirming,
    logins,
    lookup,
    oauth,
    passkeys,
    passwords,
    second_step,
    sessions,
    sign_ins,
)
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.accounts.sign_ins import Way
from fedcomm.errors import TooMany
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import SHUT, end_session, own_path, page, set_session, signed_in, struck_page, visitor
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.sealing import Seal
from fedcomm.web.browsers import seen


class SignInForm(msgspec.Struct):
    """Who wants in, and where to go afterwards."""

    login: str = ""
    password: str = ""
    next: str = ""


class CodeForm(msgspec.Struct):
    """The code, and what stands for the password that was right."""

    ticket: str = ""
    code: str = ""
    next: str = ""
    note: str = ""


NOTES = ("password-set",)
"""What may be told after the code, besides nothing."""


@page
async def sign_in_page(request: Request) -> Response:
    """The form; whoever is in already goes on, unless an app asks them to sign in again (`again`)."""
    target = own_path(request.query_params.get("next"), otherwise="")
    if await visitor(request) is not None and "again" not in request.query_params:
        return RedirectResponse(target or "/home", 303)
    return await _form(request, {}, {}, target)


@page
async def sign_in(request: Request) -> Response:
    """Check name and password, and start a session with a new id. Attempts are counted before they are looked at."""
    form = await read(request, SignInForm)
    here = site(request)
    _ = await texts(request)
    target = own_path(form.next, otherwise="")
    async with here.read() as db:
        login = await logins.find(db, form.login)
        account = await lookup.by_id(db, login.account_id) if login else None
    subject = f"account:{login.account_id}" if login else f"account:{form.login.strip().lower()[:254]}"
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-in", (subject, f"address:{client_address(request)}"), now=here.now())
        await sign_ins.tried(db, login.account_id if login else None, "password", seen(request), now=here.now())
    is_right = await passwords.matches(form.password, login.password_hash if login else None)
    if login is None or account is None or not is_right:
        wrong = _("The name or the password is not right.")
        return await _form(request, {"login": form.login}, {"password": wrong}, target, status=422)
    return await let_in(request, account, login, target, "password", typed=form.login)


async def let_in(
    request: Request, account: Account, login: Login, target: str, way: Way, *, typed: str = ""
) -> Response:
    """Somebody has proven who they are: let them in, or say why not. `typed`: how they called themselves."""
    _ = await texts(request)
    if account.state in SHUT and login.state in ("active", "disabled"):
        return await enter(request, account, "/decisions", way)
    refusal = _refusal(login, account, _)
    if login.waits_for_confirmation:
        refusal = await _confirm_first(request, login, _)
    if refusal:
        return await refused(request, refusal, target, typed=typed, status=403)
    return await enter(request, account, target or "/home", way)


async def refused(request: Request, sentence: str, target: str, *, typed: str = "", status: int = 422) -> Response:
    """The form, with a sentence above it."""
    return await _form(request, {"login": typed}, {"": sentence}, target, status=status)


async def enter(request: Request, account: Account, target: str, way: Way, *, note: str = "") -> Response:
    """Let somebody in whose password, or link, was right: at once, or by a code if they have a second step."""
    here = site(request)
    async with here.read() as db:
        takes_code = await second_step.is_on(db, account.id)
    if not takes_code:
        return await begin_session(request, account, target, note=note, way=way)
    async with here.transaction(wakes=()) as db:
        ticket = await second_step.ticket(db, account.id, now=here.now())
    return await code_form(request, CodeForm(ticket=ticket, next=target, note=note), {})


async def code_form(request: Request, form: CodeForm, errors: dict[str, str], *, status: int = 200) -> Response:
    """The page that asks for the second step."""
    here = site(request)
    async with here.read() as db:
        account_id = await second_step.account_of_ticket(db, form.ticket, now=here.now())
        has_passkey = account_id is not None and await passkeys.has_any(db, account_id)
    return await show(
        request,
        "sign_in_code.html",
        status=status,
        errors=errors,
        ticket=form.ticket,
        next=own_path(form.next, otherwise=""),
        note=form.note if form.note in NOTES else "",
        has_passkey=has_passkey,
        is_hidden_from_search=True,
    )


@page
async def code(request: Request) -> Response:
    """Check the code, and start the session. Attempts are counted before they are looked at (S120)."""
    here, form = site(request), await read(request, CodeForm)
    _ = await texts(request)
    target = own_path(form.next, otherwise="/home")
    async with here.read() as db:
        account_id = await second_step.account_of_ticket(db, form.ticket, now=here.now())
        account = await lookup.by_id(db, account_id) if account_id is not None else None
    if account is None:
        too_late = _("That took too long. Please begin again.")
        return await _form(request, {}, {"": too_late}, target, status=422)
    async with here.transaction(wakes=()) as db:
        subjects = (f"account:{account.id}", f"address:{client_address(request)}")
        await attempts.count(db, "second-step", subjects, now=here.now())
        await sign_ins.tried(db, account.id, "code", seen(request), now=here.now())
    async with here.transaction(wakes=()) as db:
        is_right = await second_step.check(db, here.service(Seal), account.id, form.code, now=here.now())
        if is_right:
            await second_step.use_ticket(db, form.ticket)
            await attempts.forget(db, "second-step", subjects[0])
            await attempts.take_back(db, "second-step", subjects[1])
    if not is_right:
        return await code_form(request, form, {"code": _(second_step.WRONG)}, status=422)
    return await admit(request, account, target, "code", note=form.note if form.note in NOTES else "")


async def admit(request: Request, account: Account, target: str, way: Way, *, note: str = "") -> Response:
    """Let somebody in who has shown all that it takes, unless their account is closed or waits."""
    _ = await texts(request)
    async with site(request).read() as db:
        login = await logins.of(db, account.id)
    refusal = _refusal(login, account, _)
    if refusal and not (account.state in SHUT and login.state in ("active", "disabled")):
        return await refused(request, refusal, target, status=403)
    return await begin_session(request, account, target, note=note, way=way)


def _refusal(login: Login, account: Account, _: Texts) -> str:
    """Why somebody with the right password may not come in; told only then, so that nobody can ask about others."""
    if login.state == "pending":
        return _("Your request for an account is still waiting. You can sign in once it was approved.")
    if login.state != "active" or account.state != "active":
        return _("This account has been closed. Please ask those who run this instance.")
    return ""


async def _confirm_first(request: Request, login: Login, _: Texts) -> str:
    """Send the link once more to who knows the password but has not confirmed the address, unless it was just sent."""
    here = site(request)
    try:
        async with here.transaction(wakes=()) as db:
            await attempts.count(db, "confirmation", (f"account:{login.account_id}",), now=here.now())
    except TooMany:
        return _("Please confirm your mail address first, with the link that we have sent you.")
    async with here.transaction(wakes="mail") as db:
        await confirming.send_again(db, login, now=here.now())
    sent = _("Please confirm your mail address first. We have sent the link to %(address)s once more.")
    return sent % {"address": login.email}


async def begin_session(
    request: Request, account: Account, target: str, *, note: str = "", way: Way | None = None
) -> Response:
    """Let somebody in: a new session, whatever the browser brought along (S127). `target` is a path of ours.

    `way`: how they came in; None for those who were in before.
    """
    here = site(request)
    before = await visitor(request)
    now = here.now()
    async with here.transaction() as db:
        if before is not None:
            await sessions.end(db, before.account.id, before.session.id)
        value = await sessions.begin(
            db,
            account.id,
            user_agent=request.headers.get("user-agent", ""),
            address=client_address(request),
            now=now,
        )
        if way is not None:
            await sign_ins.entered(db, account.id, way, seen(request), now=now)
        await attempts.forget(db, "sign-in", f"account:{account.id}")
        await attempts.take_back(db, "sign-in", f"address:{client_address(request)}")
    response = then(request, target, note)
    set_session(response, here, value)
    return response


async def _form(
    request: Request, form: dict[str, str], errors: dict[str, str], target: str, *, status: int = 200
) -> Response:
    app_name = await _asking_app(request, target)
    return await show(
        request,
        "sign_in.html",
        status=status,
        form=form,
        errors=errors,
        next=target,
        app_name=app_name,
        sign_on_name=chosen.name if (chosen := site(request).config.sign_on) else "",
        is_hidden_from_search=True,
    )


async def _asking_app(request: Request, target: str) -> str | None:
    """The app that sent somebody here, when they go on to the consent page."""
    there = urlsplit(target)
    if there.path.rstrip("/") != "/oauth/authorize":
        return None
    client_id = parse_qs(there.query).get("client_id", [""])[0]
    async with site(request).read() as db:
        app = await oauth.app_by_client_id(db, client_id)
    return app.name if app else None


@struck_page
async def sign_out(request: Request) -> Response:
    """End this session."""
    here = site(request)
    found = signed_in(request)
    async with here.transaction(wakes=()) as db:
        await sessions.end(db, found.account.id, found.session.id)
    response = then(request, "/", "signed-out")
    end_session(response, here)
    return response


routes = [
    Route("/sign_in", sign_in_page),
    Route("/sign_in", sign_in, methods=["POST"]),
    Route("/sign_in/code", code, methods=["POST"]),
    Route("/sign_out", sign_out, methods=["POST"]),
]
