"""The custom emoji of this instance: upload, rename, disable, delete."""

from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit, emojis
from fedcomm.accounts import profiles
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in, small_files
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import EmojiLine
from fedcomm.media import uploads
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.threads import changing


class NewForm(msgspec.Struct):
    """A new emoji; its picture comes as a file."""

    shortcode: str = ""
    category: str = ""


class ChangeForm(msgspec.Struct):
    """What an emoji is to be."""

    id: str = ""
    shortcode: str = ""
    category: str = ""
    is_disabled: str = ""


class RemoveForm(msgspec.Struct):
    """Which one."""

    id: str = ""


@admin_page("change settings")
async def page(request: Request) -> Response:
    """All of ours."""
    return await _page(request, {}, {})


async def _page(request: Request, form: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        found = await emojis.ours(db)
    lines = [
        EmojiLine(
            id=str(each.id),
            shortcode=each.shortcode,
            category=each.category or "",
            path=f"/emojis/{each.id}/{each.version}.png",
            is_disabled=each.is_disabled,
        )
        for each in found
    ]
    return await show(request, "admin/emojis.html", status=status, emojis=lines, form=form, errors=errors)


@admin_page("change settings")
async def add(request: Request) -> Response:
    """Keep a new one, made anew like all pictures (S107)."""
    here = site(request)
    _ = await texts(request)
    form = await read(request, NewForm)
    try:
        emojis.checked(form.shortcode)
        body = small_files(request).get("picture", b"")
        if not body:
            raise Invalid("Choose a file first.", field="picture")
        if len(body) > emojis.LARGEST:
            raise Invalid("A picture may have at most %(n)s bytes.", n=emojis.LARGEST, field="picture")
        prepared = await here.service(Pictures).prepare(body)
        name = await uploads.keep_one(here.service(Store), prepared, is_small=True)
        try:
            async with here.transaction(wakes=()) as db:
                made = await emojis.add(db, form.shortcode, name, category=form.category, now=here.now())
                await _note(db, request, "add emoji", made.shortcode)
        except Invalid:
            await here.service(Store).delete(name)
            raise
    except Invalid as refused:
        typed = cast("dict[str, str]", msgspec.to_builtins(form))
        return await _page(request, typed, errors_of(refused, _, {"file": "picture"}), status=422)
    return then(request, "/admin/emojis", "saved")


@admin_page("change settings")
async def change(request: Request) -> Response:
    """Rename, sort in, disable or enable one; who uses a name that is gone shows the name."""
    here = site(request)
    _ = await texts(request)
    form = await read(request, ChangeForm)
    try:
        async with here.transaction(wakes=()) as db:
            before = await emojis.by_id(db, id_from(form.id))
            changed = await emojis.change(
                db,
                id_from(form.id),
                shortcode=form.shortcode,
                category=form.category,
                is_disabled=form.is_disabled == "yes",
                now=here.now(),
            )
            if before is not None and before.shortcode != changed.shortcode:
                await _drop(db, changed.id)
            await _note(db, request, "change emoji", changed.shortcode)
    except NotFound:
        return then(request, "/admin/emojis", "gone")
    except Invalid as refused:
        return await _page(request, {}, errors_of(refused, _), status=422)
    return then(request, "/admin/emojis", "saved")


@admin_page("change settings")
async def remove(request: Request) -> Response:
    """Remove one with its picture."""
    here = site(request)
    form = await read(request, RemoveForm)
    try:
        async with here.transaction(wakes=()) as db:
            gone = await emojis.remove(db, id_from(form.id))
            await _drop(db, gone.id)
            await _note(db, request, "remove emoji", gone.shortcode)
    except (Invalid, NotFound):
        return then(request, "/admin/emojis", "gone")
    if gone.file is not None:
        await here.service(Store).delete(gone.file)
    return then(request, "/admin/emojis", "deleted")


async def _drop(db: Connection, emoji_id: int) -> None:
    await changing.drop_emoji(db, emoji_id)
    await profiles.drop_emoji(db, emoji_id)


async def _note(db: Connection, request: Request, action: str, shortcode: str) -> None:
    await audit.write(db, signed_in(request).account.id, action, shortcode, now=site(request).now())


routes = [
    Route("/admin/emojis", page),
    Route("/admin/emojis", add, methods=["POST"]),
    Route("/admin/emojis/change", change, methods=["POST"]),
    Route("/admin/emojis/remove", remove, methods=["POST"]),
]
