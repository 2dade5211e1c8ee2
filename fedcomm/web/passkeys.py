"""Passkeys on our pages: kept in the settings, used instead of the password, or as the second step (S118, S120).

The browser asks the device, so all of it needs script; passwords, codes and paper work without.
"""

from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm.accounts import attempts, lookup, passkeys, second_step, sign_ins
from fedcomm.accounts.passkeys import Place
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.headers import PRIVATE
from fedcomm.http.limits import client_address
from fedcomm.http.pages import SHUT, member_page, own_path, page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import PasskeyLine
from fedcomm.web import addressed, proving
from fedcomm.web.browsers import seen
from fedcomm.web.sign_in import CodeForm, admit, begin_session, code_form, refused

PAGE = "/settings/passkeys"
WRONG = "The passkey was not accepted."


class AddForm(msgspec.Struct):
    """What the device made, its name, and the present password as proof of who has one."""

    name: str = ""
    current_password: str = ""
    credential: str = ""


class RenameForm(msgspec.Struct):
    """What a passkey is to be called."""

    passkey: str = ""
    name: str = ""


class RemoveForm(msgspec.Struct):
    """Which passkey goes."""

    passkey: str = ""
    current_password: str = ""


class UseForm(msgspec.Struct):
    """What the device answered; `ticket` stands for a password that was right."""

    credential: str = ""
    next: str = ""
    ticket: str = ""
    note: str = ""


def _place(here: Site) -> Place:
    origin = here.here.base_url
    return Place(host=urlsplit(origin).hostname or here.here.domain, origin=origin, name=here.settings.name)


def _options(text: str) -> Response:
    return Response(text, media_type="application/json", headers={"Cache-Control": PRIVATE})


def _no(text: str, status: int = 422) -> Response:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": PRIVATE})


@member_page
async def passkeys_page(request: Request) -> Response:
    """One's passkeys, and how to add one."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, name: str = "", status: int = 200) -> Response:
    async with site(request).read() as db:
        found = await passkeys.of_account(db, signed_in(request).account.id)
    return await show(
        request,
        "settings/passkeys.html",
        status=status,
        errors=errors,
        proof=proving.asked(request, PAGE),
        form={"name": name},
        passkeys=[
            PasskeyLine(id=str(each.id), name=each.name, created_at=each.created_at, last_used_at=each.last_used_at)
            for each in found
        ],
    )


@member_page
async def begin_adding(request: Request) -> Response:
    """For the script: what the device needs to make a passkey, once it is proven who asks."""
    here = site(request)
    form = await read(request, AddForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password):
        return _no(next(iter(errors.values())))
    try:
        async with here.transaction(wakes=()) as db:
            options = await passkeys.ask_to_add(db, _place(here), signed_in(request).account, now=here.now())
    except Conflict as no:
        return _no(sentence(no, _))
    return _options(options)


@member_page
async def add(request: Request) -> Response:
    """Keep what the device made."""
    here, me = site(request), signed_in(request).account
    form = await read(request, AddForm)
    _ = await texts(request)
    try:
        async with here.transaction(wakes="mail") as db:
            await passkeys.add(db, _place(here), me.id, form.credential, name=form.name, now=here.now())
    except Invalid as no:
        return await _page(request, errors_of(no, _), name=form.name, status=422)
    return then(request, PAGE, "saved")


@member_page
async def rename(request: Request) -> Response:
    """Call one something else; no password, as it opens nothing."""
    here, me = site(request), signed_in(request).account
    form = await read(request, RenameForm)
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            await passkeys.rename(db, me.id, addressed.id_of(form.passkey), form.name)
    except NotFound:
        return then(request, PAGE, "gone")
    except Invalid as no:
        return await _page(request, {f"name-{form.passkey}": sentence(no, _)}, status=422)
    return then(request, PAGE, "saved")


@member_page
async def remove(request: Request) -> Response:
    """Take one away, after it is proven who asks; everything else is signed out."""
    here, me = site(request), signed_in(request).account
    form = await read(request, RemoveForm)
    _ = await texts(request)
    if errors := await proving.unproven(request, form.current_password, "remove_password"):
        return await _page(request, errors, status=422)
    try:
        async with here.transaction(wakes="mail") as db:
            await passkeys.remove(db, me.id, addressed.id_of(form.passkey), now=here.now())
    except NotFound:
        return then(request, PAGE, "gone")
    except Conflict as no:
        return await _page(request, {"": sentence(no, _)}, status=422)
    forget_tokens(here)
    return await begin_session(request, me, PAGE, note="saved")


@page
async def begin_signing_in(request: Request) -> Response:
    """For the script: what the device needs to say who is there."""
    here = site(request)
    await read(request, UseForm)
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "passkey", (f"address:{client_address(request)}",), now=here.now())
    async with here.transaction(wakes=()) as db:
        return _options(await passkeys.ask(db, _place(here), None, now=here.now()))


@page
async def sign_in(request: Request) -> Response:
    """A passkey instead of name and password; it has asked for finger, face or PIN, so there is no second step."""
    here, form = site(request), await read(request, UseForm)
    _ = await texts(request)
    target = own_path(form.next, otherwise="")
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-in", (f"address:{client_address(request)}",), now=here.now())
    async with here.transaction(wakes=()) as db:
        account_id = await passkeys.check(db, _place(here), form.credential, now=here.now())
        account = await lookup.by_id(db, account_id) if account_id is not None else None
    if account is None:
        return await refused(request, _(WRONG), target)
    return await admit(request, account, "/decisions" if account.state in SHUT else target or "/home", "passkey")


@page
async def begin_step(request: Request) -> Response:
    """For the script: what the device needs as second step, for whom the password was right."""
    here, form = site(request), await read(request, UseForm)
    _ = await texts(request)
    async with here.transaction(wakes=()) as db:
        account_id = await second_step.account_of_ticket(db, form.ticket, now=here.now())
        if account_id is None:
            return _no(_("That took too long. Please begin again."))
        return _options(await passkeys.ask(db, _place(here), account_id, now=here.now()))


@page
async def step(request: Request) -> Response:
    """A passkey instead of the code. Attempts are counted before they are looked at (S120)."""
    here, form = site(request), await read(request, UseForm)
    _ = await texts(request)
    target = own_path(form.next, otherwise="/home")
    async with here.read() as db:
        account_id = await second_step.account_of_ticket(db, form.ticket, now=here.now())
        account = await lookup.by_id(db, account_id) if account_id is not None else None
    if account is None:
        too_late = _("That took too long. Please begin again.")
        return await refused(request, too_late, target)
    async with here.transaction(wakes=()) as db:
        subjects = (f"account:{account.id}", f"address:{client_address(request)}")
        await attempts.count(db, "second-step", subjects, now=here.now())
        await sign_ins.tried(db, account.id, "passkey", seen(request), now=here.now())
    async with here.transaction(wakes=()) as db:
        is_right = await passkeys.check(db, _place(here), form.credential, account.id, now=here.now()) is not None
        if is_right:
            await second_step.use_ticket(db, form.ticket)
            await attempts.forget(db, "second-step", subjects[0])
            await attempts.take_back(db, "second-step", subjects[1])
    if not is_right:
        again = CodeForm(ticket=form.ticket, next=form.next, note=form.note)
        return await code_form(request, again, {"": _(WRONG)}, status=422)
    return await admit(request, account, target, "passkey")


routes = [
    Route(PAGE, passkeys_page),
    Route(f"{PAGE}/begin", begin_adding, methods=["POST"]),
    Route(f"{PAGE}/add", add, methods=["POST"]),
    Route(f"{PAGE}/rename", rename, methods=["POST"]),
    Route(f"{PAGE}/remove", remove, methods=["POST"]),
    Route("/sign_in/passkey/begin", begin_signing_in, methods=["POST"]),
    Route("/sign_in/passkey", sign_in, methods=["POST"]),
    Route("/sign_in/code/passkey/begin", begin_step, methods=["POST"]),
    Route("/sign_in/code/passkey", step, methods=["POST"]),
]
