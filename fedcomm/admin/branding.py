"""How the place looks: its name, its logo, its colour, which is made readable before it is used (WCAG 2.2 AA), and the
picture that stands where it is linked.
"""

import asyncio
from typing import BinaryIO, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import settings
from fedcomm.errors import Invalid
from fedcomm.http.context import Site, site
from fedcomm.http.forms import LARGEST_BODY, convert
from fedcomm.http.pages import admin_page, admin_upload, sent, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import colours, palettes
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import ColourLine
from fedcomm.media import uploads
from fedcomm.media.pictures import LARGEST_PICTURE, Pictures, Prepared
from fedcomm.media.storage import Store
from fedcomm.settings import Changes
from fedcomm.text import cleaning

PICTURES: tuple[Literal["logo", "picture"], ...] = ("logo", "picture")
LARGEST_FORM = len(PICTURES) * LARGEST_PICTURE + LARGEST_BODY


class BrandingForm(msgspec.Struct):
    """Name and colour; logo and picture come as files."""

    name: str = ""
    accent: str = ""
    what: Literal["save", "try", "own colour", "no logo", "no picture"] = "save"


@admin_page("change settings")
async def page(request: Request) -> Response:
    """The form, and what became of the colour."""
    now = site(request).settings
    return await _page(request, BrandingForm(name=now.name, accent=now.accent or palettes.OWN), {})


async def _save(request: Request) -> Response:
    """Save it, show what a colour would become, or go back to our colour, mark or picture."""
    here = site(request)
    form = convert(BrandingForm, sent(request).given)
    form.accent = form.accent.strip().lower()
    _ = await texts(request)
    try:
        if form.what == "own colour":
            changes: Changes = {"accent": ""}
        elif form.what in ("no logo", "no picture"):
            changes = {form.what.removeprefix("no "): ""}
        else:
            if not colours.HEX.fullmatch(form.accent):
                raise Invalid("A colour is written as # and six digits or letters from a to f.", field="accent")
            if form.what == "try":
                return await _page(request, form, {})
            changes = await _chosen(request, form)
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _), status=422)
    before = {kind: getattr(here.settings, kind) for kind in PICTURES}
    async with here.transaction() as db:
        await settings.save(db, signed_in(request).account.id, changes, now=here.now())
    await here.reload_settings()
    for kind, name in before.items():
        if name and name != getattr(here.settings, kind):
            await here.service(Store).delete(name)
    return then(request, "/admin/branding", "saved")


save = admin_upload("change settings", largest=LARGEST_FORM)(_save)


async def _chosen(request: Request, form: BrandingForm) -> Changes:
    """What the form changes; new pictures are made anew like all pictures, and stored (S107). Raises Invalid."""
    here = site(request)
    name = cleaning.one_line(form.name, 60)
    if not name:
        raise Invalid("Please give this place a name.", field="name")
    wanted: Changes = {"name": name, "accent": "" if form.accent == palettes.OWN else form.accent}
    changes = {key: value for key, value in wanted.items() if getattr(here.settings, key) != value}
    files = sent(request).files
    prepared = {kind: await _prepared(here, kind, files[kind]) for kind in PICTURES if kind in files}
    for kind, picture in prepared.items():
        changes[kind] = await uploads.keep_one(here.service(Store), picture, is_small=kind == "logo")
    return changes


async def _prepared(here: Site, kind: str, file: BinaryIO) -> Prepared:
    body = await asyncio.to_thread(file.read, LARGEST_PICTURE + 1)
    try:
        return await here.service(Pictures).prepare(body)
    except Invalid as refused:
        raise Invalid(refused.message, field=kind, **refused.values) from None


async def _page(request: Request, form: BrandingForm, errors: dict[str, str], *, status: int = 200) -> Response:
    here = site(request)
    accent = form.accent if colours.HEX.fullmatch(form.accent) else here.settings.accent or palettes.OWN
    light, dark, *_ = palettes.palettes(accent)
    return await show(
        request,
        "admin/branding.html",
        status=status,
        form={"name": form.name, "accent": form.accent},
        errors=errors,
        accent=accent,
        is_saved=accent == (here.settings.accent or palettes.OWN),
        is_own=not here.settings.accent,
        has_logo=bool(here.settings.logo),
        has_picture=bool(here.settings.picture),
        lines=(_line("light", accent, light), _line("dark", accent, dark)),
    )


def _line(look: Literal["light", "dark"], accent: str, palette: palettes.Palette) -> ColourLine:
    """What a colour becomes in one look, and how well it is read there."""
    return ColourLine(
        look=look,
        used=palette["brand"],
        on_page=min(colours.contrast(palette["brand"], palette[ground]) for ground in palettes.GROUNDS),
        on_button=colours.contrast(palette["on-brand"], palette["brand"]),
        chosen_on_page=min(colours.contrast(accent, palette[ground]) for ground in palettes.GROUNDS),
        is_changed=palette["brand"] != accent,
    )


routes = [
    Route("/admin/branding", page),
    Route("/admin/branding", save, methods=["POST"], has_time_limit=False),
]
