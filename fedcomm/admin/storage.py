"""What takes room, how long what others wrote and sent is kept, and what would go or went (D64)."""

from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import settings
from fedcomm.accounts import lookup
from fedcomm.admin.overview import room_left, stored_lines
from fedcomm.errors import Conflict
from fedcomm.figures import keeping
from fedcomm.figures.keeping import Patience
from fedcomm.http import retaining
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.moments import size
from fedcomm.looks.notes import then
from fedcomm.looks.shown import RetentionLine
from fedcomm.settings import Changes
from fedcomm.threads import retention
from fedcomm.threads.retention import Run

PATIENCE_S = 1.0
"""So long steps are taken while somebody waits; what is left goes on by itself."""
MOST = {
    "remote_posts_days": 36_500,
    "most_remote_posts": 10**12,
    "remote_files_days": 36_500,
    "remote_files_gb": 10**6,
}
"""The settings of this page, and the largest value of each."""


class BoundsForm(msgspec.Struct):
    """How long and how much; as typed."""

    remote_posts_days: str = ""
    most_remote_posts: str = ""
    remote_files_days: str = ""
    remote_files_gb: str = ""


class RunForm(msgspec.Struct):
    """Whether to look or to remove."""

    removes: str = ""


@admin_page("change settings")
async def page(request: Request) -> Response:
    """What takes room, the bounds, and the last runs."""
    now = site(request).settings
    return await _page(request, BoundsForm(**{name: str(getattr(now, name)) for name in MOST}), {})


async def _page(request: Request, form: BoundsForm, errors: dict[str, str], *, status: int = 200) -> Response:
    here, locale = site(request), await locale_of(request)
    async with here.read() as db:
        stored = await keeping.stored(db)
        runs = await retention.newest(db)
        people = await lookup.by_ids(db, [run.by_id for run in runs if run.by_id is not None])
    names = {each.id: f"@{each.handle}" for each in people.values()}
    lines = [_line(run, names.get(run.by_id or 0, ""), locale) for run in runs]
    return await show(
        request,
        "admin/storage.html",
        status=status,
        stored=stored_lines(stored, room_left(here.config.folder), locale),
        measured_at=stored.measured_at if stored else None,
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        under_way=next((line for line in lines if line.state == "under way"), None),
        runs=[line for line in lines if line.state != "under way"],
    )


def _line(run: Run, by: str, locale: str) -> RetentionLine:
    return RetentionLine(
        removes=run.removes,
        by=by,
        state="under way" if run.is_under_way else "stopped" if run.state == "stopped" else "done",
        done_count=min(run.looked_count, run.all_count),
        all_count=run.all_count,
        threads_count=run.threads_count,
        posts_count=run.posts_count,
        files_count=run.files_count,
        files_size=size(run.files_bytes, locale) if run.files_bytes is not None else "",
        posts_before=run.posts_before,
        posts_after=run.posts_after,
        database_before=size(run.database_before, locale),
        database_after=size(run.database_after, locale) if run.database_after is not None else "",
        started_at=run.started_at,
    )


@admin_page("change settings")
async def save(request: Request) -> Response:
    """Change the bounds; the next run keeps to them."""
    here, form = site(request), await read(request, BoundsForm)
    errors = _wrong(form, await texts(request))
    if errors:
        return await _page(request, form, errors, status=422)
    wanted = {name: int(getattr(form, name).strip()) for name in MOST}
    changes: Changes = {name: value for name, value in wanted.items() if getattr(here.settings, name) != value}
    async with here.transaction() as db:
        await settings.save(db, signed_in(request).account.id, changes, now=here.now())
    await here.reload_settings()
    return then(request, "/admin/storage", "saved")


def _wrong(form: BoundsForm, _: Texts) -> dict[str, str]:
    return {
        name: _("Please type a whole number, 0 for no limit.")
        for name, most in MOST.items()
        if not (typed := getattr(form, name).strip()).isascii() or not typed.isdecimal() or int(typed[:20]) > most
    }


@admin_page("change settings")
async def run(request: Request) -> Response:
    """Look what would go, or let it go."""
    here = site(request)
    removes = (await read(request, RunForm)).removes == "yes"
    try:
        async with here.transaction(wakes=()) as db:
            await retention.begin(db, signed_in(request).account.id, here.settings, removes=removes, now=here.now())
    except Conflict:
        return then(request, "/admin/storage", "gone")
    patience = Patience(PATIENCE_S)
    await retaining.go_on(here.pool, here.config.folder, here.settings, patience, now=here.now())
    return then(request, "/admin/storage")


@admin_page("change settings")
async def stop(request: Request) -> Response:
    """End what is under way, where it stands."""
    here = site(request)
    try:
        async with here.transaction(wakes=()) as db:
            await retention.stop(db, signed_in(request).account.id, now=here.now())
    except Conflict:
        return then(request, "/admin/storage", "gone")
    return then(request, "/admin/storage", "saved")


routes = [
    Route("/admin/storage", page),
    Route("/admin/storage", save, methods=["POST"]),
    Route("/admin/storage/runs", run, methods=["POST"]),
    Route("/admin/storage/stop", stop, methods=["POST"]),
]
