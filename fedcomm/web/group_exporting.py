"""Taking a group's threads, members, settings and log along, for those who may change it (product 24, 26)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts.model import Account
from fedcomm.errors import Conflict
from fedcomm.groups import moving
from fedcomm.groups import reading as groups
from fedcomm.http import archives
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.exports import line
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.portability import exports
from fedcomm.web import addressed


async def _mine(request: Request) -> Account:
    """The group of the path, if the reader may change it. Raises NotFound, NotAllowed."""
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        await moving.check_may(db, signed_in(request).account, group)
    return group


@member_page
async def export_page(request: Request) -> Response:
    """What there is to take along."""
    return await _page(request, await _mine(request), {})


async def _page(request: Request, group: Account, errors: dict[str, str], *, status: int = 200) -> Response:
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        found = await exports.newest(db, "group", group.id, now=here.now())
        profile = await groups.profile(db, group.id)
    is_mine = found is not None and found.by_id == me.id
    return await show(
        request,
        "group_export.html",
        status=status,
        group=cards.group_card(group, profile),
        export=line(found, await locale_of(request)) if found is not None and is_mine else None,
        sends_mail=here.sends_mail,
        errors=errors,
    )


@member_page
async def ask(request: Request) -> Response:
    """Have an archive put together; the group's log says so."""
    here, me, group = site(request), signed_in(request).account, await _mine(request)
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            await exports.ask(db, "group", group.id, me.id, keep=here.durations.keep_exports, now=here.now())
            await audit.write(db, me.id, "export group", group.acct, group_id=group.id, now=here.now())
    except Conflict as refused:
        return await _page(request, group, {"": sentence(refused, _)}, status=422)
    return then(request, f"/@{group.handle}/export", "export-begun")


@member_page
async def stop(request: Request) -> Response:
    """Who asked for it does not want it any more."""
    here, me, group = site(request), signed_in(request).account, await _mine(request)
    try:
        async with here.transaction(wakes=()) as db:
            await exports.stop(db, "group", group.id, by_id=me.id, now=here.now())
    except Conflict:
        return then(request, f"/@{group.handle}/export", "gone")
    return then(request, f"/@{group.handle}/export", "export-stopped")


@member_page
async def fetch(request: Request) -> Response:
    """The archive itself, for who asked for it, as it holds what they may read. Raises NotFound, NotAllowed."""
    here, me, group = site(request), signed_in(request).account, await _mine(request)
    async with here.read() as db:
        export_id = int(request.path_params["id"])
        found = await exports.to_fetch(db, "group", group.id, export_id, by_id=me.id, now=here.now())
    return await archives.answer(request, found, group.handle)


routes = [
    Route("/@{handle}/export", export_page),
    Route("/@{handle}/export", ask, methods=["POST"]),
    Route("/@{handle}/export/stop", stop, methods=["POST"]),
    Route("/@{handle}/export/{id:int}.zip", fetch),
]
