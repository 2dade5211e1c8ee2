"""Mail: the server it leaves through, tried by a real letter before it counts, and addresses where it comes back."""

from typing import Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit, mail_server, settings
from fedcomm.accounts import signup
from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.mail_trial import MailTrial
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import mail_queue
from fedcomm.jobs.mailing import Handed
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.sealing import Seal

PATH = "/admin/mail"


class MailForm(msgspec.Struct):
    """A mail server, and whom a letter goes to that tries it."""

    host: str = ""
    port: str = ""
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    test_to: str = ""


class TestForm(msgspec.Struct):
    """Whom a test letter goes to."""

    test_to: str = ""


class AddressForm(msgspec.Struct):
    """An address that works again."""

    address: str = ""


def shown(form: MailForm) -> dict[str, object]:
    """What stands in the fields: never a password."""
    return cast("dict[str, object]", msgspec.to_builtins(msgspec.structs.replace(form, password="")))


def beginning(request: Request) -> MailForm:
    """What the fields hold at first."""
    here, found = site(request), signed_in(request)
    now = here.mail_server
    domain = here.here.domain.partition(":")[0]
    if now is None:
        return MailForm(sender=f"noreply@{domain}", test_to=found.login.email)
    encryption = "tls" if now.encryption == "tls" else "none" if now.encryption == "none" else "starttls"
    return MailForm(
        host=now.host,
        port=str(now.port),
        encryption=encryption,
        user=now.user,
        sender=now.sender,
        test_to=found.login.email,
    )


async def try_and_save(request: Request, form: MailForm) -> dict[str, str]:
    """Send a letter through the server; when it takes it, mail leaves there from now on. What is wrong, by field."""
    here, _ = site(request), await texts(request)
    if here.config.smtp is not None:
        return {"": _("The mail server is set in the environment of this instance (FEDCOMM_SMTP_URL).")}
    try:
        text, address = mail_server.address(
            host=form.host,
            port=form.port,
            encryption=form.encryption,
            user=form.user,
            password=form.password,
            sender=signup.check_email(form.sender),
            domain=here.here.domain,
        )
        to = _recipient(form.test_to)
    except Invalid as refused:
        return errors_of(refused, _, {"email": "sender"})
    handed = await here.service(MailTrial).letter(address, to, locale=await locale_of(request))
    if handed.outcome != "sent":
        return _told(handed, _)
    kept = await mail_server.sealed(here.service(Seal), text)
    async with here.transaction(wakes=()) as db:
        await settings.save(db, signed_in(request).account.id, {"mail_server": kept}, now=here.now())
    await here.reload_settings()
    return {}


def _recipient(typed: str) -> str:
    try:
        return signup.check_email(typed)
    except Invalid as refused:
        raise Invalid(str(refused), field="test_to") from None


def _told(handed: Handed, _: Texts) -> dict[str, str]:
    """Why the server did not take the letter, at the field that could mend it; with its own words."""
    answer = handed.answer[:300]
    if handed.is_about_address:
        return {"test_to": _("The server does not take letters to this address: %(answer)s") % {"answer": answer}}
    if "Authentication" in answer or answer.startswith(("535", "530", "534")):
        return {"user": _("The server does not take this name and password: %(answer)s") % {"answer": answer}}
    if handed.outcome == "refused":
        return {"sender": _("The server refuses the letter: %(answer)s") % {"answer": answer}}
    return {"host": _("The server cannot be reached, or not in this way: %(answer)s") % {"answer": answer}}


@admin_page("change settings")
async def page(request: Request) -> Response:
    """The server, and the addresses that it does not reach."""
    return await _page(request, beginning(request), {})


async def _page(request: Request, form: MailForm, errors: dict[str, str], *, status: int = 200) -> Response:
    here = site(request)
    async with here.read() as db:
        addresses = await mail_queue.came_back(db, now=here.now())
    return await show(
        request,
        "admin/mail.html",
        status=status,
        form=shown(form),
        errors=errors,
        server=f"{here.mail_server.host}:{here.mail_server.port}" if here.mail_server else "",
        is_set_outside=here.config.smtp is not None,
        addresses=addresses,
    )


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Try the server, and keep it when it takes the letter."""
    form = await read(request, MailForm)
    if errors := await try_and_save(request, form):
        return await _page(request, form, errors, status=422)
    return then(request, PATH, "mail-works")


@admin_page("change settings")
async def test(request: Request) -> Response:
    """A test letter through the server that is set."""
    here, form, _ = site(request), await read(request, TestForm), await texts(request)
    server = here.mail_server
    if server is None:
        return then(request, PATH, "gone")
    began = msgspec.structs.replace(beginning(request), test_to=form.test_to)
    try:
        to = _recipient(form.test_to)
    except Invalid as refused:
        return await _page(request, began, errors_of(refused, _), status=422)
    handed = await here.service(MailTrial).letter(server, to, locale=await locale_of(request))
    if handed.outcome != "sent":
        return await _page(request, began, _told(handed, _), status=422)
    return then(request, PATH, "mail-works")


@admin_page("change settings")
async def stop(request: Request) -> Response:
    """Send no mail any more, but where the environment says so."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await settings.save(db, signed_in(request).account.id, {"mail_server": ""}, now=here.now())
    await here.reload_settings()
    return then(request, PATH, "saved")


@admin_page("change settings")
async def forgive(request: Request) -> Response:
    """An address works again: what came back from it counts no longer."""
    here, form = site(request), await read(request, AddressForm)
    async with here.transaction(wakes=()) as db:
        await mail_queue.trust_again(db, form.address)
        await audit.write(db, signed_in(request).account.id, "trust mail address again", "mail", now=here.now())
    return then(request, PATH, "saved")


routes = [
    Route(PATH, page),
    Route(PATH, save, methods=["POST"]),
    Route(f"{PATH}/test", test, methods=["POST"]),
    Route(f"{PATH}/stop", stop, methods=["POST"]),
    Route(f"{PATH}/forgive", forgive, methods=["POST"]),
]
