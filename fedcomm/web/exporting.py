"""Taking one's data along: an archive that is put together, and tables that are there at once (product 24; C09).

Also for those who are suspended or shut out: what is kept about them is theirs to have.
"""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Conflict, NotFound
from fedcomm.http import archives, csv_files
from fedcomm.http.context import site
from fedcomm.http.pages import signed_in, struck_page
from fedcomm.http.router import Route
from fedcomm.looks.exports import line
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.portability import exports, tables

PAGE = exports.PAGES["person"]


@struck_page
async def export_page(request: Request) -> Response:
    """What there is to take along."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        found = await exports.newest(db, "person", me.id, now=here.now())
    return await show(
        request,
        "settings/export.html",
        status=status,
        export=line(found, await locale_of(request)) if found is not None else None,
        sends_mail=here.sends_mail,
        errors=errors,
        is_hidden_from_search=True,
    )


@struck_page
async def ask(request: Request) -> Response:
    """Have an archive put together."""
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            await exports.ask(db, "person", me.id, me.id, keep=here.durations.keep_exports, now=here.now())
    except Conflict as refused:
        return await _page(request, {"": sentence(refused, _)}, status=422)
    return then(request, PAGE, "export-begun")


@struck_page
async def stop(request: Request) -> Response:
    """It is not wanted any more."""
    here, me = site(request), signed_in(request).account
    try:
        async with here.transaction(wakes=()) as db:
            await exports.stop(db, "person", me.id, now=here.now())
    except Conflict:
        return then(request, PAGE, "gone")
    return then(request, PAGE, "export-stopped")


@struck_page
async def fetch(request: Request) -> Response:
    """The archive itself, for nobody else. Raises NotFound."""
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        found = await exports.to_fetch(db, "person", me.id, int(request.path_params["id"]), now=here.now())
    return await archives.answer(request, found, me.handle)


@struck_page
async def table(request: Request) -> Response:
    """One of the tables, as Mastodon's settings offer them. Raises NotFound."""
    name = request.path_params["name"]
    if name not in tables.TABLES:
        raise NotFound
    here = site(request)
    file = tables.TABLES[name].file.removesuffix(".csv")
    return csv_files.in_pieces(file, tables.written(here.read, signed_in(request).account.id, name))


routes = [
    Route("/settings/export", export_page),
    Route("/settings/export", ask, methods=["POST"]),
    Route("/settings/export/stop", stop, methods=["POST"]),
    Route("/settings/export/{id:int}.zip", fetch),
    Route("/settings/exports/{name}.csv", table),
]
