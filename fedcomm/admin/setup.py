"""Setting an instance up, step by step; whoever leaves goes on where they were (issue "Running an instance", 4).

What a step saves holds at once; each can be left out, and all of it is found on other pages as well.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm import settings
from fedcomm.accounts import profiles, signup
from fedcomm.admin import mail
from fedcomm.admin.mail import MailForm
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.groups import founding, invitations
from fedcomm.http import checking
from fedcomm.http.checking import Finding
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.choices import page_languages, zones
from fedcomm.looks.colours import HEX
from fedcomm.looks.frame import Texts, show, texts, zone
from fedcomm.looks.group_templates import GroupTemplate, templates
from fedcomm.looks.notes import then
from fedcomm.looks.palettes import OWN
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.settings import SetupStep
from fedcomm.text import cleaning

STEPS: tuple[SetupStep, ...] = ("place", "doors", "group", "mail", "people", "check")
FIRST_USES = 50


class PlaceForm(msgspec.Struct):
    """What this place is, and who speaks for it."""

    your_name: str = ""
    name: str = ""
    purpose: str = ""
    contact_email: str = ""
    default_language: str = "en"
    time_zone: str = "UTC"
    accent: str = ""


class DoorsForm(msgspec.Struct):
    """Who comes in, and which other instances."""

    registrations: Literal["open", "approval", "invite", "closed"] = "approval"
    federation: Literal["open", "allowlist"] = "open"


class GroupForm(msgspec.Struct):
    """The first group; `template`: what it was proposed as."""

    template: str = "questions"
    name: str = ""
    handle: str = ""
    purpose: str = ""


class NothingForm(msgspec.Struct):
    """A step that only goes on."""


def _step(request: Request) -> SetupStep:
    wanted = str(request.path_params["step"])
    if wanted not in STEPS:
        raise NotFound
    return STEPS[STEPS.index(wanted)]


def _after(step: SetupStep) -> SetupStep:
    return STEPS[STEPS.index(step) + 1] if step != STEPS[-1] else "done"


@admin_page("change settings")
async def front(request: Request) -> Response:
    """Where somebody goes on."""
    step = site(request).settings.setup
    return RedirectResponse(f"/admin/setup/{'check' if step == 'done' else step}", 303)


@admin_page("change settings")
async def page(request: Request) -> Response:
    """One step. Raises NotFound."""
    step = _step(request)
    here, _ = site(request), await texts(request)
    form: dict[str, Any] = {}
    if step == "place":
        now = here.settings
        form = {
            "your_name": signed_in(request).account.name,
            "name": "" if now.name == here.here.domain else now.name,
            "purpose": now.purpose,
            "contact_email": now.contact_email,
            "default_language": now.default_language,
            "time_zone": now.time_zone,
            "accent": now.accent or OWN,
        }
    elif step == "doors":
        form = {"registrations": here.settings.registrations, "federation": here.settings.federation}
    elif step == "group":
        chosen = _template(query(request, GroupForm).template, _)
        form = {"template": chosen.key, "name": chosen.name, "handle": chosen.handle, "purpose": chosen.purpose}
    elif step == "mail":
        form = mail.shown(mail.beginning(request))
    return await _show(request, step, form, {})


async def _show(
    request: Request,
    step: SetupStep,
    form: dict[str, Any],
    errors: dict[str, str],
    *,
    link: str = "",
    status: int = 200,
) -> Response:
    here, _ = site(request), await texts(request)
    return await show(
        request,
        "admin/setup.html",
        status=status,
        step=step,
        number=STEPS.index(step) + 1,
        steps_count=len(STEPS),
        before=STEPS[STEPS.index(step) - 1] if step != STEPS[0] else "",
        form=form,
        errors=errors,
        languages=page_languages(),
        zones=zones(),
        templates=[{"key": each.key, "label": each.label} for each in templates(_)] if step == "group" else [],
        link=link,
        sends_mail=here.sends_mail,
        is_set_outside=here.config.smtp is not None,
        findings=await _findings(request) if step == "check" else [],
    )


def _template(key: str, _: Texts) -> GroupTemplate:
    offered = templates(_)
    return next((each for each in offered if each.key == key), offered[0])


async def _findings(request: Request) -> list[Finding]:
    """What `./run check` looks at, as far as a running instance can tell."""
    config, _ = site(request).config, await texts(request)
    findings = [await checking.name(config, _), checking.disk(config, _), checking.data_folder(config, _)]
    findings.append(checking.contacts(config, site(request).settings, _))
    async with site(request).read() as db:
        return [*findings, await checking.queues(db, config, _), await checking.clock(db, _)]


async def _place(request: Request, db: Connection, form: PlaceForm) -> settings.Changes:
    _ = await texts(request)
    here, me = site(request), signed_in(request).account
    name = cleaning.one_line(form.name, 60)
    if not name:
        raise Invalid("Please give this place a name.", field="name")
    if form.contact_email.strip():
        signup.check_email(form.contact_email)
    if zone(form.time_zone) is None:
        raise Invalid("This time zone is not known.", field="time_zone")
    if form.default_language not in {choice.value for choice in page_languages()}:
        raise Invalid("These pages do not exist in this language.", field="default_language")
    if form.accent and not HEX.fullmatch(form.accent):
        raise Invalid("This is not a colour.", field="accent")
    if form.your_name.strip() and form.your_name.strip() != me.name:
        await profiles.edit(db, here.here, me, profiles.Changes(name=form.your_name), now=here.now())
    return {
        "name": name,
        "purpose": cleaning.one_line(form.purpose, 200),
        "contact_email": form.contact_email.strip(),
        "default_language": form.default_language,
        "time_zone": form.time_zone,
        "accent": "" if form.accent == OWN else form.accent,
    }


async def _doors(_request: Request, _db: Connection, form: DoorsForm) -> settings.Changes:
    return {"registrations": form.registrations, "federation": form.federation}


async def _group(request: Request, db: Connection, form: GroupForm) -> settings.Changes:
    here = site(request)
    template = _template(form.template, await texts(request))
    await founding.create(
        db,
        here.here,
        signed_in(request).account,
        form.handle,
        form.name,
        form.purpose,
        for_whom=template.for_whom,
        group_kind=template.group_kind,
        join_rule=template.join_rule,
        posting_rule=template.posting_rule,
        rules=template.rules,
        now=here.now(),
    )
    return {}


async def _nothing(_request: Request, _db: Connection, _form: NothingForm) -> settings.Changes:
    return {}


Save = Callable[[Request, Connection, Any], Awaitable[settings.Changes]]
SAVES: dict[SetupStep, tuple[type[msgspec.Struct], Save]] = {
    "place": (PlaceForm, _place),
    "doors": (DoorsForm, _doors),
    "group": (GroupForm, _group),
    "mail": (NothingForm, _nothing),
    "people": (NothingForm, _nothing),
    "check": (NothingForm, _nothing),
}


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Save a step and go on to the next. Raises NotFound."""
    step = _step(request)
    if step == "mail" and site(request).config.smtp is None:
        return await _mail(request)
    type_, do = SAVES[step]
    form = await read(request, type_)
    _ = await texts(request)
    try:
        async with site(request).transaction() as db:
            await _advance(request, db, step, await do(request, db, form))
    except Invalid as refused:
        errors = errors_of(refused, _, {"username": "handle", "email": "contact_email"})
        return await _show(request, step, cast("dict[str, Any]", msgspec.to_builtins(form)), errors, status=422)
    return await _go_on(request, step)


async def _mail(request: Request) -> Response:
    """The mail server counts once it has taken a letter."""
    form = await read(request, MailForm)
    if errors := await mail.try_and_save(request, form):
        return await _show(request, "mail", mail.shown(form), errors, status=422)
    async with site(request).transaction() as db:
        await _advance(request, db, "mail", {})
    return await _go_on(request, "mail", note="mail-works")


@admin_page("change settings")
async def leave_out(request: Request) -> Response:
    """Go on without this step. Raises NotFound."""
    step = _step(request)
    async with site(request).transaction() as db:
        await _advance(request, db, step, {})
    return await _go_on(request, step)


async def _advance(request: Request, db: Connection, step: SetupStep, changes: settings.Changes) -> None:
    here = site(request)
    known = {name: value for name, value in changes.items() if getattr(here.settings, name) != value}
    further = _after(step)
    if here.settings.setup != "done" and (further == "done" or STEPS.index(further) > STEPS.index(here.settings.setup)):
        known["setup"] = further
    if known:
        await settings.save(db, signed_in(request).account.id, known, now=here.now())


async def _go_on(request: Request, step: SetupStep, *, note: str = "") -> Response:
    await site(request).reload_settings()
    further = _after(step)
    return then(
        request, "/admin" if further == "done" else f"/admin/setup/{further}", note if further != "done" else "saved"
    )


@admin_page("invite people")
async def invite(request: Request) -> Response:
    """A link for the first members, into the groups that there are; it is shown once."""
    here, me, _ = site(request), signed_in(request).account, await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            groups = await invitations.groups_to_invite_to(db, me)
            _made, code = await invitations.make(
                db,
                me,
                group_ids=[each.id for each in groups][: invitations.MOST_GROUPS],
                note=_("First members"),
                most_uses=FIRST_USES,
                lasts=timedelta(days=30),
                now=here.now(),
            )
    except Invalid as refused:
        return await _show(request, "people", {}, {"": sentence(refused, _)}, status=422)
    return await _show(request, "people", {}, {}, link=f"{here.here.base_url}/invite/{code}")


routes = [
    Route("/admin/setup", front),
    Route("/admin/setup/{step}", page),
    Route("/admin/setup/{step}", save, methods=["POST"]),
    Route("/admin/setup/{step}/leave_out", leave_out, methods=["POST"]),
    Route("/admin/setup/people/invite", invite, methods=["POST"]),
]
