"""One's own posts that wait for their time, or could not be published when it came."""

from datetime import UTC, datetime
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import reader_zone, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import ScheduledLine
from fedcomm.text import cleaning
from fedcomm.threads import scheduled
from fedcomm.threads.scheduled import Scheduled
from fedcomm.timelines.cursor import GREATEST_ID
from fedcomm.web import addressed

EXCERPT = 300


class MoveForm(msgspec.Struct):
    """Another time, as a browser writes it: in the reader's zone, without one."""

    post: str = ""
    time: str = ""


class CancelForm(msgspec.Struct):
    """Which is not to be published."""

    post: str = ""


@member_page
async def scheduled_page(request: Request) -> Response:
    """All of them: there are never more than a page holds."""
    return await _page(request, {})


async def _page(
    request: Request, errors: dict[str, str], *, status: int = 200, form: MoveForm | None = None
) -> Response:
    here, me = site(request), signed_in(request).account
    zone = await reader_zone(request)
    async with here.read() as db:
        found = await scheduled.page(db, me.id, below=GREATEST_ID)
    return await show(
        request,
        "scheduled.html",
        status=status,
        scheduled=[
            _line(each, each.due_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"))
            for each in sorted(found, key=lambda each: each.due_at)
        ],
        errors=errors,
        form={} if form is None else cast("dict[str, object]", msgspec.to_builtins(form)),
    )


def _line(each: Scheduled, local_time: str) -> ScheduledLine:
    return ScheduledLine(
        id=str(each.id),
        text=_beginning(each.form["status"]),
        warning=each.form.get("spoiler_text") or "",
        due_at=each.due_at,
        local_time=local_time,
        pictures_count=len(each.form["media_ids"]),
        failure=each.failure,
    )


def _beginning(text: str) -> str:
    words = cleaning.one_line(text, len(text))
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1].rsplit(" ", 1)[0] + "…"


@member_page
async def move(request: Request) -> Response:
    """Publish it at another time."""
    here, me = site(request), signed_in(request).account
    form = await read(request, MoveForm)
    _ = await texts(request)
    try:
        typed = datetime.fromisoformat(form.time)
        zoned = typed.replace(tzinfo=await reader_zone(request)).astimezone(UTC) if typed.tzinfo is None else typed
        async with here.transaction(wakes=()) as db:
            due_at = scheduled.time_of(zoned.isoformat(), now=here.now())
            await scheduled.move(db, me.id, addressed.id_of(form.post), due_at)
    except (ValueError, OverflowError):
        return await _page(request, {"time": _("This is not a time.")}, status=422, form=form)
    except Invalid as refused:
        return await _page(request, errors_of(refused, _, {"scheduled_at": "time"}), status=422, form=form)
    except NotFound:
        return then(request, "/scheduled", "gone")
    return then(request, "/scheduled", "saved")


@member_page
async def cancel(request: Request) -> Response:
    """Do not publish it."""
    form = await read(request, CancelForm)
    try:
        async with site(request).transaction(wakes=()) as db:
            await scheduled.cancel(db, signed_in(request).account.id, addressed.id_of(form.post))
    except NotFound:
        return then(request, "/scheduled", "gone")
    return then(request, "/scheduled", "deleted")


routes = [
    Route("/scheduled", scheduled_page),
    Route("/scheduled/move", move, methods=["POST"]),
    Route("/scheduled/cancel", cancel, methods=["POST"]),
]
