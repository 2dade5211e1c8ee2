"""What those who run the instance say to all its members, and take back."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import AnnouncementLine
from fedcomm.notifications import announcements


class AnnouncementForm(msgspec.Struct):
    """What is to be said."""

    text: str = ""


class ChosenForm(msgspec.Struct):
    """Which announcement."""

    id: str = ""


@admin_page("announce to all")
async def page(request: Request) -> Response:
    """What was said, and a form to say more."""
    return await _page(request, AnnouncementForm(), {})


async def _page(request: Request, form: AnnouncementForm, errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        found = await announcements.page(db, signed_in(request).account.id, with_dismissed=True)
    lines = [
        AnnouncementLine(
            id=each.id,
            content_html=each.content_html,
            published_at=each.published_at,
            reactions_count=sum(reaction.count for reaction in each.reactions),
        )
        for each in found
    ]
    return await show(
        request,
        "admin/announcements.html",
        status=status,
        announcements=lines,
        form={"text": form.text},
        errors=errors,
    )


@admin_page("announce to all")
async def publish(request: Request) -> Response:
    """Say it to all, at once."""
    here = site(request)
    form = await read(request, AnnouncementForm)
    _ = await texts(request)
    try:
        async with here.transaction() as db:
            await announcements.publish(db, here.here, signed_in(request).account, form.text, now=here.now())
    except Invalid as refused:
        return await _page(request, form, {"text": sentence(refused, _)}, status=422)
    return then(request, "/admin/announcements", "published")


@admin_page("announce to all")
async def withdraw(request: Request) -> Response:
    """Take it back."""
    here = site(request)
    chosen = id_from((await read(request, ChosenForm)).id)
    try:
        async with here.transaction() as db:
            await announcements.withdraw(db, signed_in(request).account, chosen, now=here.now())
    except NotFound:
        return then(request, "/admin/announcements", "gone")
    return then(request, "/admin/announcements", "deleted")


routes = [
    Route("/admin/announcements", page),
    Route("/admin/announcements", publish, methods=["POST"]),
    Route("/admin/announcements/withdraw", withdraw, methods=["POST"]),
]
