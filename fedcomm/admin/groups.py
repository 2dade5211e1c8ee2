"""The groups of this instance, and those that nobody looks after (product 4)."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.groups import overview
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import AdminGroupLine

PAGE = 50


class PageForm(msgspec.Struct):
    """Which groups: whose name holds `q`, all or those that nobody looks after, older than `before`."""

    q: str = ""
    which: Literal["", "orphaned"] = ""
    before: str = ""


class FacilitatorForm(msgspec.Struct):
    """Who is to look after which group."""

    group: str = ""
    handle: str = ""


@admin_page("manage accounts")
async def page(request: Request) -> Response:
    """A page of groups, newest first."""
    return await _page(request, {})


async def _page(request: Request, errors: Mapping[str, str], *, status: int = 200) -> Response:
    asked = query(request, PageForm) if request.method == "GET" else PageForm()
    async with site(request).read() as db:
        found = await overview.page(
            db,
            asked.q,
            below=id_from(asked.before) if asked.before else None,
            limit=PAGE + 1,
            is_orphaned=asked.which == "orphaned",
        )
        shown = found[:PAGE]
        profiles = await groups.profiles(db, [line.group.id for line in shown])
    lines = tuple(
        AdminGroupLine(
            card=cards.group_card(line.group, profiles.get(line.group.id)),
            facilitators_count=line.facilitators_count,
            asking_count=line.asking_count,
            created_at=line.group.created_at,
        )
        for line in shown
    )
    kept = {name: value for name, value in (("q", asked.q), ("which", asked.which)) if value}
    older = "?" + urlencode({**kept, "before": shown[-1].group.id}) if len(found) > PAGE else None
    return await show(
        request,
        "admin/groups.html",
        status=status,
        lines=lines,
        query=asked.q,
        which=asked.which,
        errors=errors,
        newer_url="?" + urlencode(kept) if asked.before else None,
        older_url=older,
    )


@admin_page("manage accounts")
async def appoint(request: Request) -> Response:
    """Give a group that nobody looks after somebody who does; a refusal stands above the list."""
    here, form = site(request), await read(request, FacilitatorForm)
    try:
        async with here.transaction() as db:
            by, group_id = signed_in(request).account, id_from(form.group)
            await overview.give_facilitator(db, here.here, by, group_id, form.handle, now=here.now())
    except (Conflict, Invalid, NotFound) as refused:
        return await _page(request, {"": sentence(refused, await texts(request))}, status=422)
    return then(request, "/admin/groups", "appointed")


routes = [
    Route("/admin/groups", page),
    Route("/admin/groups/appoint", appoint, methods=["POST"]),
]
