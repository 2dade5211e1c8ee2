"""What those who run the instance say to all its members, and take back."""

from datetime import UTC, date, datetime, time, tzinfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import reader_zone, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AnnouncementLine
from fedcomm.notifications import announcements
from fedcomm.notifications.announcements import Times

FIELDS = {"starts_at": "starts_on", "ends_at": "ends_on"}
LAST = time(23, 59, 59)


class AnnouncementForm(msgspec.Struct):
    """What is to be said, and when it takes place: days, with times of day unless it lasts all day."""

    text: str = ""
    starts_on: str = ""
    starts_time: str = ""
    ends_on: str = ""
    ends_time: str = ""
    shown_from: str = ""


class ChosenForm(msgspec.Struct):
    """Which announcement."""

    id: str = ""


@admin_page("announce to all")
async def page(request: Request) -> Response:
    """What was said, and a form to say more."""
    return await _page(request, AnnouncementForm(), {})


async def _page(request: Request, form: AnnouncementForm, errors: dict[str, str], *, status: int = 200) -> Response:
    now = site(request).now()
    async with site(request).read() as db:
        found = await announcements.page(
            db, signed_in(request).account.id, with_dismissed=True, at_any_time=True, now=now
        )
    lines = [
        AnnouncementLine(
            id=each.id,
            content_html=each.content_html,
            published_at=each.published_at,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            is_all_day=each.is_all_day,
            state="waiting" if each.published_at > now else "over" if each.ends_at and each.ends_at <= now else "shown",
            reactions_count=sum(reaction.count for reaction in each.reactions),
        )
        for each in found
    ]
    return await show(
        request,
        "admin/announcements.html",
        status=status,
        announcements=lines,
        form=msgspec.to_builtins(form),
        errors=errors,
    )


def _times(form: AnnouncementForm, zone: tzinfo) -> Times:
    """The moments that were typed, in the reader's zone. Raises Invalid."""
    is_all_day = bool(form.starts_on or form.ends_on) and not (form.starts_time or form.ends_time)
    return Times(
        starts_at=_moment("starts_on", form.starts_on, form.starts_time, time(), zone),
        ends_at=_moment("ends_on", form.ends_on, form.ends_time, LAST, zone),
        is_all_day=is_all_day,
        shown_from=_typed("shown_from", form.shown_from, zone) if form.shown_from else None,
    )


def _moment(field: str, day: str, at: str, otherwise: time, zone: tzinfo) -> datetime | None:
    if not day:
        if at:
            raise Invalid("Choose a day as well.", field=field)
        return None
    if at:
        return _typed(field, f"{day}T{at}", zone)
    try:
        return datetime.combine(date.fromisoformat(day), otherwise, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("This is not a time.", field=field) from None


def _typed(field: str, text: str, zone: tzinfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("This is not a time.", field=field) from None


@admin_page("announce to all")
async def publish(request: Request) -> Response:
    """Say it to all, at once."""
    here = site(request)
    form = await read(request, AnnouncementForm)
    _ = await texts(request)
    try:
        times = _times(form, await reader_zone(request))
        async with here.transaction() as db:
            await announcements.publish(
                db, here.here, signed_in(request).account, form.text, times=times, now=here.now()
            )
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _, FIELDS), status=422)
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
