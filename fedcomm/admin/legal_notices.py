"""Notices of unlawful content: read and answered by those who look after reports (C13)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, notices_of_law
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.refusals import errors_of
from fedcomm.moderation import legal_notices

PATH = "/admin/notices"


class ShownForm(msgspec.Struct):
    """Which: those that wait, or those that were decided."""

    decided: str = ""


class DecideForm(msgspec.Struct):
    """What is decided about which, and why."""

    notice: str = ""
    decision: str = ""
    reasons: str = ""


@admin_page("see reports")
async def page(request: Request) -> Response:
    """Those that wait, or those that were decided, newest first."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    asked, _ = cursor(request), await texts(request)
    is_decided = query(request, ShownForm).decided == "yes"
    async with site(request).read() as db:
        found = await legal_notices.page(db, is_decided=is_decided, cursor=asked)
        people = await lookup.by_ids(db, [each.target_id for each in found if each.target_id is not None])
    around = Paged(request, [each.id for each in found], asked)
    names = {each.id: cards.account_card(each).full_handle for each in people.values()}
    return await show(
        request,
        "admin/legal_notices.html",
        status=status,
        notices=[
            notices_of_law.view(each, names.get(each.target_id or 0, ""), _)
            for each in found[around.first : around.last]
        ],
        decisions=notices_of_law.decisions(_),
        is_decided=is_decided,
        form=form,
        errors=errors,
        longest=legal_notices.LONGEST_EXPLANATION,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@admin_page("see reports")
async def decide(request: Request) -> Response:
    """Answer one; who sent it gets the reasons by mail."""
    here, me, form = site(request), signed_in(request).account, await read(request, DecideForm)
    _ = await texts(request)
    number = int(form.notice) if form.notice.isascii() and form.notice.isdigit() and len(form.notice) < 19 else 0
    decision = legal_notices.decision_of(form.decision)
    try:
        async with here.transaction(wakes="mail") as db:
            await legal_notices.decide(db, me, number, decision, form.reasons, now=here.now())
    except (Invalid, NotAllowed) as refused:
        typed = {"notice": form.notice, "decision": form.decision, "reasons": form.reasons}
        return await _page(request, typed, {"": next(iter(errors_of(refused, _).values()))}, status=422)
    except Conflict:
        return then(request, PATH, "gone")
    return then(request, PATH, "saved")


routes = [
    Route(PATH, page),
    Route(f"{PATH}/decide", decide, methods=["POST"]),
]
