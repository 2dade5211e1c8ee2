"""What admins change while the instance runs."""

from typing import Literal, cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import settings
from fedcomm.accounts import lookup, signup
from fedcomm.errors import Invalid
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.choices import page_languages, zones
from fedcomm.looks.frame import Texts, show, texts, zone
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.settings import Changes, Settings, StrangersSee
from fedcomm.text import cleaning, languages


class SettingsForm(msgspec.Struct):
    """All settings that the page offers."""

    name: str = ""
    purpose: str = ""
    description: str = ""
    contact_email: str = ""
    contact_account: str = ""
    languages: str = ""
    strangers_see: list[str] = []
    registrations: Literal["open", "approval", "invite", "closed"] = "approval"
    federation: Literal["open", "allowlist"] = "open"
    authorized_fetch: str = ""
    trends_need_approval: str = ""
    default_language: str = ""
    time_zone: str = ""


@admin_page("change settings")
async def page(request: Request) -> Response:
    """The form, as things stand."""
    return await _form(request, _as_typed(site(request).settings), {})


def _as_typed(now: Settings) -> SettingsForm:
    return SettingsForm(
        name=now.name,
        purpose=now.purpose,
        description=now.description,
        contact_email=now.contact_email,
        contact_account=now.contact_account,
        languages=", ".join(now.languages),
        strangers_see=list(now.strangers_see),
        registrations=now.registrations,
        federation=now.federation,
        authorized_fetch="yes" if now.authorized_fetch else "",
        trends_need_approval="yes" if now.trends_need_approval else "",
        default_language=now.default_language,
        time_zone=now.time_zone,
    )


async def _form(request: Request, form: SettingsForm, errors: dict[str, str], *, status: int = 200) -> Response:
    return await show(
        request,
        "admin/settings.html",
        status=status,
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        languages=page_languages(),
        zones=zones(),
    )


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Save them; they hold from the next request on, here and soon in all other processes."""
    here = site(request)
    form = await read(request, SettingsForm)
    errors = _wrong(form, await texts(request))
    errors |= await _wrong_account(here, form, await texts(request))
    if errors:
        return await _form(request, form, errors, status=422)
    async with here.transaction() as db:
        await settings.save(db, signed_in(request).account.id, _changes(form, here.settings), now=here.now())
    await here.reload_settings()
    return then(request, "/admin/settings", "saved")


def _tags() -> dict[str, str]:
    """The languages that posts may be in, by their tags in small letters."""
    return {each.tag.lower(): each.tag for each in languages.known("en")}


async def _wrong_account(here: Site, form: SettingsForm, _: Texts) -> dict[str, str]:
    handle = _handle(form)
    async with here.read() as db:
        found = await lookup.local(db, handle) if handle else None
    if handle and (found is None or found.kind != "person" or found.state != "active"):
        return {"contact_account": _("Nobody here has this handle.")}
    return {}


def _handle(form: SettingsForm) -> str:
    return form.contact_account.strip().removeprefix("@").lower()[:100]


def _languages(form: SettingsForm) -> tuple[str, ...]:
    """As they were typed, between commas or blanks."""
    return tuple(dict.fromkeys(form.languages.lower().replace(",", " ").split()))


def _wrong(form: SettingsForm, _: Texts) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not cleaning.one_line(form.name, 60):
        errors["name"] = _("Please give this place a name.")
    if form.contact_email.strip():
        try:
            signup.check_email(form.contact_email)
        except Invalid as refused:
            errors["contact_email"] = sentence(refused, _)
    if not _languages(form) or not set(_languages(form)) <= _tags().keys():
        errors["languages"] = _("Please write codes of languages, as in: de, en")
    if zone(form.time_zone) is None:
        errors["time_zone"] = _("This time zone is not known.")
    if form.default_language not in {choice.value for choice in page_languages()}:
        errors["default_language"] = _("These pages do not exist in this language.")
    return errors


def _changes(form: SettingsForm, before: Settings) -> Changes:
    """Only what is different, so that the audit says what was changed."""
    wanted: Changes = {
        "name": cleaning.one_line(form.name, 60),
        "purpose": cleaning.one_line(form.purpose, 200),
        "description": cleaning.paragraphs(form.description, 5_000),
        "contact_email": form.contact_email.strip(),
        "contact_account": _handle(form),
        "languages": tuple(_tags()[each] for each in _languages(form)),
        "strangers_see": tuple(each for each in get_args(StrangersSee) if each in form.strangers_see),
        "registrations": form.registrations,
        "federation": form.federation,
        "authorized_fetch": form.authorized_fetch == "yes",
        "trends_need_approval": form.trends_need_approval == "yes",
        "default_language": form.default_language,
        "time_zone": form.time_zone,
    }
    return {name: value for name, value in wanted.items() if getattr(before, name) != value}


routes = [
    Route("/admin/settings", page),
    Route("/admin/settings", save, methods=["POST"]),
]
