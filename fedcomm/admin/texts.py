"""Privacy policy, terms and imprint: what holds, what is to come, and a form for the next version."""

from collections.abc import Mapping
from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import instance_texts
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.instance_texts import KINDS, Version
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import PlaceText, PlaceTextVersion

PATH = "/admin/texts"


class TextForm(msgspec.Struct):
    """A version of a text, and from which day it holds."""

    source: str = ""
    effective_on: str = ""


@admin_page("change settings")
async def page(request: Request) -> Response:
    """All three texts, and how each stands."""
    here = site(request)
    async with here.read() as db:
        found = await instance_texts.versions(db)
    today = here.now().date()
    lines = [_line(kind, [each for each in found if each.kind == kind], today) for kind in KINDS]
    return await show(request, "admin/texts.html", lines=lines)


def _line(kind: instance_texts.TextKind, found: list[Version], today: date) -> PlaceText:
    now, later = instance_texts.holding(found, today=today), instance_texts.coming(found, after=today)
    return PlaceText(
        kind=kind,
        holds_since=now.effective_on if now else None,
        holds_from=later.effective_on if later else None,
        versions=tuple(version_line(each, today) for each in found),
    )


def version_line(each: Version, today: date) -> PlaceTextVersion:
    """A version, as pages list it."""
    return PlaceTextVersion(
        effective_on=each.effective_on,
        is_empty=not each.source,
        is_coming=each.effective_on > today,
    )


@admin_page("change settings")
async def edit(request: Request) -> Response:
    """A form with the text as it stands last. Raises NotFound."""
    return await _edit(request, None, {})


async def _edit(request: Request, form: TextForm | None, errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, kind = site(request), instance_texts.kind_of(request.path_params["kind"])
    today = here.now().date()
    async with here.read() as db:
        found = await instance_texts.versions(db, kind)
    if form is None:
        later = [each for each in found if each.effective_on > today]
        start = later[0].effective_on if later else today
        form = TextForm(source=found[0].source if found else "", effective_on=start.isoformat())
    return await show(
        request,
        "admin/text.html",
        status=status,
        text=_line(kind, found, today),
        form={"source": form.source, "effective_on": form.effective_on},
        errors=errors,
    )


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Let it hold from its day on. Raises NotFound."""
    here, form, _ = site(request), await read(request, TextForm), await texts(request)
    kind = instance_texts.kind_of(request.path_params["kind"])
    try:
        start = day_of(form.effective_on)
        if start is None:
            raise Invalid("Please give the day from which it holds.", field="effective_on")
        async with here.transaction(wakes=()) as db:
            me = signed_in(request).account.id
            await instance_texts.save(db, here.config, me, kind, form.source, start, now=here.now())
    except Invalid as refused:
        return await _edit(request, form, errors_of(refused, _), status=422)
    await here.reload_settings()
    return then(request, PATH, "saved")


@admin_page("change settings")
async def drop(request: Request) -> Response:
    """Throw away what is still to come. Raises NotFound."""
    here, form = site(request), await read(request, TextForm)
    kind, start = instance_texts.kind_of(request.path_params["kind"]), day_of(form.effective_on)
    if start is None:
        raise NotFound
    async with here.transaction(wakes=()) as db:
        await instance_texts.drop(db, here.config, signed_in(request).account.id, kind, start, now=here.now())
    await here.reload_settings()
    return then(request, f"{PATH}/{kind}", "deleted")


def day_of(typed: str) -> date | None:
    """A day as forms send it; None: that is none."""
    try:
        return date.fromisoformat(typed.strip()[:10])
    except ValueError:
        return None


routes = [
    Route(PATH, page),
    Route(PATH + "/{kind}", edit),
    Route(PATH + "/{kind}", save, methods=["POST"]),
    Route(PATH + "/{kind}/drop", drop, methods=["POST"]),
]
