"""What members and other servers complain of. What is done about it: `/reports` (product 13)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import reports as reports_shown
from fedcomm.looks.frame import show
from fedcomm.moderation import reports
from fedcomm.timelines.cursor import Cursor

PAGE = 40


class PageForm(msgspec.Struct):
    """Which reports to show."""

    resolved: str = ""
    max_id: str = ""


@admin_page("see reports")
async def page(request: Request) -> Response:
    """The open reports, or those that were resolved, newest first."""
    here, me = site(request), signed_in(request).account
    form = query(request, PageForm)
    is_resolved = form.resolved == "yes"
    where = Cursor(max_id=id_from(form.max_id) if form.max_id else None, limit=PAGE + 1)
    async with here.transaction(wakes=()) as db:
        found = await reports.page(db, me.id, cursor=where, is_resolved=is_resolved)
        lines = await reports_shown.lines(db, found[:PAGE], me.id)
        for each in found[:PAGE]:
            await reports.note_look(db, me.id, each.id, each.post_ids, now=here.now())
    kept = "?resolved=yes&" if is_resolved else "?"
    return await show(
        request,
        "admin/reports.html",
        reports=lines,
        is_resolved=is_resolved,
        older_url=f"{kept}max_id={found[PAGE - 1].id}" if len(found) > PAGE else None,
        newer_url=None,
    )


routes = [Route("/admin/reports", page)]
