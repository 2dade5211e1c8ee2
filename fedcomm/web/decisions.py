"""What was decided about the reader and why, and appealing; also for those who may do nothing else (C12, C14)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import statements
from fedcomm.errors import Conflict, Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import signed_in, struck_page
from fedcomm.http.router import Route
from fedcomm.looks import decisions as shown
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.moderation import appeals
from fedcomm.web.paging import Paged, cursor


class AppealForm(msgspec.Struct):
    """What somebody says against a decision."""

    text: str = ""


@struck_page
async def list_page(request: Request) -> Response:
    """All that was decided about the reader, newest first."""
    me, asked = signed_in(request).account, cursor(request)
    async with site(request).read() as db:
        found = await statements.of_account(db, me.id, asked)
        around = Paged(request, [each.id for each in found], asked)
        page = found[around.first : around.last]
        lines = await shown.views(db, page, await appeals.of(db, [each.id for each in page]))
    return await show(
        request,
        "decisions.html",
        decisions=lines,
        state=me.state,
        newer_url=around.newer_url,
        older_url=around.older_url,
        is_hidden_from_search=True,
    )


@struck_page
async def one_page(request: Request) -> Response:
    """One decision with its reasons, and the form to appeal."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    me = signed_in(request).account
    async with site(request).read() as db:
        found = await appeals.statement_of(db, me.id, int(request.path_params["id"]))
        (line,) = await shown.views(db, [found], await appeals.of(db, [found.id]), with_posts=True)
        can_be_decided = bool(await appeals.deciders(db, found.id)) if line.may_appeal else True
    return await show(
        request,
        "decision.html",
        status=status,
        decision=line,
        edit_url=f"/p/{found.post_ids[0]}/edit" if found.measure == "ask to edit" and found.ended_at is None else "",
        can_be_decided=can_be_decided,
        longest=appeals.LONGEST_TEXT,
        form=form,
        errors=errors,
        is_hidden_from_search=True,
    )


@struck_page
async def appeal(request: Request) -> Response:
    """Ask that somebody else decides it anew."""
    here, me, form = site(request), signed_in(request).account, await read(request, AppealForm)
    statement_id = int(request.path_params["id"])
    try:
        async with here.transaction() as db:
            await appeals.file(db, me, statement_id, form.text, now=here.now())
    except (Invalid, Conflict) as refused:
        return await _page(request, {"text": form.text}, errors_of(refused, await texts(request)), status=422)
    return then(request, f"/decisions/{statement_id}", "appealed")


routes = [
    Route("/decisions", list_page),
    Route("/decisions/{id:int}", one_page),
    Route("/decisions/{id:int}/appeal", appeal, methods=["POST"]),
]
