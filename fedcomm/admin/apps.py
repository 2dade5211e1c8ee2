"""The apps that members have let in, and ending what one of them may do for everybody (S117)."""

from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import oauth
from fedcomm.accounts.oauth import AppUse
from fedcomm.cursor import Cursor
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import UsedAppLine

PAGE = 50


class PageForm(msgspec.Struct):
    """Which apps: whose name holds `q`, older than `before`."""

    q: str = ""
    before: str = ""


class AppForm(msgspec.Struct):
    """Which app."""

    app: str = ""


@admin_page("manage accounts")
async def page(request: Request) -> Response:
    """Apps that somebody uses, the newest first."""
    form = query(request, PageForm)
    name = form.q.strip()[:100]
    where = Cursor(max_id=id_from(form.before) if form.before else None, limit=PAGE + 1)
    async with site(request).read() as db:
        found = await oauth.in_use(db, name, cursor=where)
    kept = {"q": name} if name else {}
    return await show(
        request,
        "admin/apps.html",
        apps=[_line(each) for each in found[:PAGE]],
        query=name,
        newer_url="?" + urlencode(kept) if form.before else None,
        older_url="?" + urlencode({**kept, "before": found[PAGE - 1].app.id}) if len(found) > PAGE else None,
    )


def _line(each: AppUse) -> UsedAppLine:
    return UsedAppLine(
        id=str(each.app.id),
        name=each.app.name,
        website=each.app.website,
        scopes=tuple(each.app.scopes),
        created_at=each.app.created_at,
        people_count=each.people_count,
        last_used_at=each.last_used_at,
    )


@admin_page("manage accounts")
async def end(request: Request) -> Response:
    """An app may do nothing any more, for nobody, until somebody lets it in anew."""
    here = site(request)
    app_id = id_from((await read(request, AppForm)).app)
    async with here.transaction(wakes=()) as db:
        app = await oauth.app_by_id(db, app_id)
        if app is None:
            return then(request, "/admin/apps", "gone")
        count = await oauth.end_app(db, app.id)
        details = {"app": app.id, "tokens": count}
        await audit.write(
            db, signed_in(request).account.id, "disconnect app", app.name, details=details, now=here.now()
        )
    forget_tokens(here)
    return then(request, "/admin/apps", "app-ended")


routes = [
    Route("/admin/apps", page),
    Route("/admin/apps/end", end, methods=["POST"]),
]
