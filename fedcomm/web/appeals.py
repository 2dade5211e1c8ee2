"""Appeals for those who decide them: never who took the measure (product 13; C14)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import decisions as shown
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.moderation import appeals, reports
from fedcomm.web.paging import Paged, cursor


class PageForm(msgspec.Struct):
    """Which appeals: those that wait, or those that are decided."""

    decided: str = ""


class DecideForm(msgspec.Struct):
    """What is decided, and why."""

    verdict: str = ""
    answer: str = ""


@member_page
async def list_page(request: Request) -> Response:
    """The appeals that the reader may decide, newest first."""
    me, asked, is_decided = signed_in(request).account, cursor(request), query(request, PageForm).decided == "yes"
    async with site(request).read() as db:
        if not await reports.may_see_any(db, me.id):
            raise NotAllowed("Only those who look after a group may do this.")
        found = await appeals.page(db, me.id, is_decided=is_decided, cursor=asked)
        around = Paged(request, [about.id for about, _ in found], asked)
        page = found[around.first : around.last]
        lines = await shown.views(db, [about for about, _ in page], {about.id: said for about, said in page})
    return await show(
        request,
        "appeals.html",
        decisions=lines,
        is_decided=is_decided,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def one_page(request: Request) -> Response:
    """One appeal, with what it is against."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        about, said = await appeals.to_decide(db, me.id, int(request.path_params["id"]))
        (line,) = await shown.views(db, [about], {about.id: said}, with_posts=True)
        await reports.note_look(db, me.id, {about.id: about.post_ids}, now=here.now())
    return await show(request, "appeal.html", status=status, decision=line, form=form, errors=errors)


@member_page
async def decide(request: Request) -> Response:
    """Grant it, or turn it down."""
    here, me, form = site(request), signed_in(request).account, await read(request, DecideForm)
    statement_id, _ = int(request.path_params["id"]), await texts(request)
    try:
        if form.verdict not in ("grant", "turn down"):
            raise Invalid("Please choose what to do.", field="verdict")
        async with here.transaction() as db:
            grants = form.verdict == "grant"
            await appeals.decide(db, here.here, me, statement_id, grants=grants, answer=form.answer, now=here.now())
    except (Invalid, Conflict, NotAllowed) as refused:
        typed = {"verdict": form.verdict, "answer": form.answer}
        return await _page(request, typed, errors_of(refused, _), status=422)
    forget_tokens(here)
    return then(request, "/appeals", "saved")


routes = [
    Route("/appeals", list_page),
    Route("/appeals/{id:int}", one_page),
    Route("/appeals/{id:int}/decide", decide, methods=["POST"]),
]
