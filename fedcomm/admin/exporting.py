"""Taking the whole instance along in open formats, for owners (product 24, 26; C20)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.errors import Conflict
from fedcomm.http import archives, checking
from fedcomm.http.context import Site, site
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.exports import line
from fedcomm.looks.frame import Texts, locale_of, show, texts
from fedcomm.looks.moments import size
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import StoredArchivesView
from fedcomm.portability import exports, stored_archives
from fedcomm.portability.stored_archives import Standing

PAGE = exports.PAGES["instance"]


@admin_page("export instance")
async def page(request: Request) -> Response:
    """What there is to take along."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        found = await exports.newest(db, "instance", me.id, now=here.now())
        standing = await stored_archives.standing(db) if here.config.archives_url is not None else None
    locale, _ = await locale_of(request), await texts(request)
    return await show(
        request,
        "admin/export.html",
        status=status,
        export=line(found, locale) if found is not None else None,
        stored=_stored(standing, here, locale, _) if standing is not None else None,
        sends_mail=here.sends_mail,
        errors=errors,
    )


def _stored(standing: Standing, here: Site, locale: str, _: Texts) -> StoredArchivesView:
    last, good = standing.last, standing.last_good
    return StoredArchivesView(
        every_days=here.config.archives_every.days,
        keep=here.config.archives_kept,
        kept_count=standing.kept_count,
        is_under_way=standing.is_under_way,
        is_well=standing.is_well(here.config.archives_every, now=here.now()),
        error=checking.why_archive_failed(last.error, _) if last is not None and last.state == "failed" else "",
        failed_at=last.ended_at if last is not None and last.state == "failed" else None,
        good_at=good.started_at if good is not None else None,
        good_file=good.file if good is not None else "",
        good_size=size(good.size, locale) if good is not None else "",
        left_out=good.left_out if good is not None else 0,
    )


@admin_page("export instance")
async def ask(request: Request) -> Response:
    """Have an archive put together; the log says so."""
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            await exports.ask(db, "instance", me.id, me.id, keep=here.durations.keep_exports, now=here.now())
            await audit.write(db, me.id, "export instance", here.here.domain, now=here.now())
    except Conflict as refused:
        return await _page(request, {"": sentence(refused, _)}, status=422)
    return then(request, PAGE, "export-begun")


@admin_page("export instance")
async def stop(request: Request) -> Response:
    """It is not wanted any more, whoever asked."""
    here, me = site(request), signed_in(request).account
    try:
        async with here.transaction(wakes=()) as db:
            await exports.stop(db, "instance", me.id, now=here.now())
            await audit.write(db, me.id, "stop exporting instance", here.here.domain, now=here.now())
    except Conflict:
        return then(request, PAGE, "gone")
    return then(request, PAGE, "export-stopped")


@admin_page("export instance")
async def fetch(request: Request) -> Response:
    """The archive itself, for owners. Raises NotFound."""
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        export_id = int(request.path_params["id"])
        found = await exports.to_fetch(db, "instance", me.id, export_id, now=here.now())
    return await archives.answer(request, found)


routes = [
    Route("/admin/export", page),
    Route("/admin/export", ask, methods=["POST"]),
    Route("/admin/export/stop", stop, methods=["POST"]),
    Route("/admin/export/{id:int}.zip", fetch),
]
