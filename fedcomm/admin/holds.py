"""Legal holds: placed, looked at, taken along as evidence, and ended, by owners (C07; product 20)."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fedcomm.accounts import lookup
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.guardrails import holds
from fedcomm.guardrails.holds import Hold
from fedcomm.http import headers
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import HoldLine
from fedcomm.media.storage import Store
from fedcomm.moderation import holding_evidence
from fedcomm.portability import evidence

PATH = "/admin/holds"
A_DAY = timedelta(days=1)


class PlaceForm(msgspec.Struct):
    """What is to be kept, and why; what is not filled in does not narrow it."""

    about: str = ""
    first_day: str = ""
    last_day: str = ""
    word: str = ""
    reason: str = ""
    is_confidential: str = ""


class EndForm(msgspec.Struct):
    """Which hold is over, and why."""

    hold: str = ""
    end_reason: str = ""


@admin_page("keep evidence")
async def page(request: Request) -> Response:
    """All holds, newest first."""
    return await _page(request, {"about": request.query_params.get("about", "")[:300]}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    me, asked = signed_in(request).account, cursor(request)
    async with site(request).read() as db:
        found = await holds.page(db, me, cursor=asked)
        around = Paged(request, [each.id for each in found], asked)
        lines = await _lines(db, found[around.first : around.last])
    return await show(
        request,
        "admin/holds.html",
        status=status,
        holds=lines,
        form=form,
        errors=errors,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


async def _lines(db: Connection, found: list[Hold]) -> list[HoldLine]:
    counts = await holds.copies_count(db, [each.id for each in found])
    people = await lookup.by_ids(db, {who for each in found for who in (each.placed_by, each.ended_by) if who})
    names = {each.id: each.shown_name for each in people.values()}
    return [
        HoldLine(
            id=each.id,
            kind=each.kind,
            about=each.about,
            reason=each.reason,
            is_confidential=each.is_confidential,
            kept_count=counts.get(each.id, 0),
            first_day=each.begins_at.astimezone(UTC).date().isoformat() if each.begins_at else "",
            last_day=(each.ends_before.astimezone(UTC) - A_DAY).date().isoformat() if each.ends_before else "",
            word=each.word,
            placed_by=names.get(each.placed_by or 0, ""),
            created_at=each.created_at,
            ended_at=each.ended_at,
            end_reason=each.end_reason,
        )
        for each in found
    ]


@admin_page("keep evidence")
async def place(request: Request) -> Response:
    """Keep from now on all of somebody, a group, a thread, a report, of a time or with a word."""
    here, me, form = site(request), signed_in(request).account, await read(request, PlaceForm)
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            cover = await holding_evidence.cover(
                db, here.here, form.about, first=form.first_day, last=form.last_day, word=form.word
            )
            await holds.place(db, me, cover, form.reason, is_confidential=form.is_confidential == "yes", now=here.now())
    except Invalid as refused:
        return await _page(request, msgspec.structs.asdict(form), errors_of(refused, _), status=422)
    return then(request, PATH, "saved")


@admin_page("keep evidence")
async def end(request: Request) -> Response:
    """A hold is over: what only it kept is erased."""
    here, me, form = site(request), signed_in(request).account, await read(request, EndForm)
    _ = await texts(request)
    number = int(form.hold) if form.hold.isascii() and form.hold.isdigit() and len(form.hold) < 19 else 0
    try:
        async with here.transaction(wakes=()) as db:
            await holds.end(db, me, number, form.end_reason, now=here.now())
    except Invalid as refused:
        return await _page(request, {}, {"": next(iter(errors_of(refused, _).values()))}, status=422)
    except Conflict:
        return then(request, PATH, "gone")
    return then(request, PATH, "saved")


@admin_page("keep evidence")
async def download(request: Request) -> Response:
    """All that a hold covers, as one file with hashes and a signature. That it was taken is logged."""
    here, me, hold_id = site(request), signed_in(request).account, int(request.path_params["id"])
    folder = tempfile.TemporaryDirectory(prefix="fedcomm-evidence-")
    path = Path(folder.name) / "evidence.zip"
    try:
        await evidence.export(here.transaction, here.here, here.service(Store), me, hold_id, path, now=here.now())
    except BaseException:
        folder.cleanup()
        raise
    answer = FileResponse(
        path,
        media_type="application/zip",
        filename=f"evidence-{hold_id}.zip",
        background=BackgroundTask(folder.cleanup),
    )
    answer.headers["Cache-Control"] = headers.PRIVATE
    return answer


routes = [
    Route(PATH, page),
    Route(PATH, place, methods=["POST"]),
    Route(f"{PATH}/end", end, methods=["POST"]),
    Route(f"{PATH}/{{id:int}}/evidence", download, methods=["POST"], has_time_limit=False),
]
