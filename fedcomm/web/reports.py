"""Reports for those who look after a group: those about its content come to them first (product 13).

The pages of those who run the instance send their forms here too; who may decide is asked by the verbs.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import membership
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import member_page, own_path, signed_in
from fedcomm.http.router import Endpoint, Route
from fedcomm.looks import cards, decisions
from fedcomm.looks import reports as reports_shown
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.moderation import appeals, history, reports
from fedcomm.moderation.reports import Report
from fedcomm.permissions import may, may_here
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor


class PageForm(msgspec.Struct):
    """Which reports to show: open or resolved ones, of all that one looks after or of one group."""

    resolved: str = ""
    group: str = ""


class NextForm(msgspec.Struct):
    """A button: where to go back to."""

    next: str = ""


class Verb(Protocol):
    """What is done about a report, once however often the button is pressed."""

    def __call__(self, db: Connection, by: Account, report_id: int, *, now: datetime) -> Awaitable[Report]: ...


@member_page
async def list_page(request: Request) -> Response:
    """The reports that the reader may decide about, newest first."""
    here, me = site(request), signed_in(request).account
    form, asked = query(request, PageForm), cursor(request)
    is_resolved = form.resolved == "yes"
    async with here.transaction(wakes=()) as db:
        if not await reports.may_see_any(db, me.id):
            raise NotAllowed("Only those who look after a group may do this.")
        found = await reports.page(
            db,
            me.id,
            cursor=asked,
            is_resolved=is_resolved,
            group_id=addressed.id_of(form.group) if form.group else None,
        )
        around = Paged(request, [each.id for each in found], asked)
        shown = found[around.first : around.last]
        lines = await reports_shown.lines(db, shown, me.id)
        for each in shown:
            await reports.note_look(db, me.id, each.id, each.post_ids, now=here.now())
    return await show(
        request,
        "reports.html",
        reports=lines,
        is_resolved=is_resolved,
        group=form.group,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def one_page(request: Request) -> Response:
    """One report, to which a notice leads."""
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        found = await reports.by_id(db, me.id, int(request.path_params["id"]))
        lines = await reports_shown.lines(db, [found], me.id)
        await reports.note_look(db, me.id, found.id, found.post_ids, now=here.now())
        known = await history.of_reported(db, me.id, found)
        decided = await decisions.views(db, known.decided, await appeals.of(db, [each.id for each in known.decided]))
        target, group = await lookup.by_id(db, found.target_id), await lookup.by_id(db, found.group_id or 0)
        cares = group is not None and may(await membership.role(db, group.id, me.id), "ban people")
    return await show(
        request,
        "report.html",
        reports=lines,
        decisions=decided,
        others_count=known.others_count,
        target_handle=f"@{target.acct}" if target is not None else "",
        group_url=cards.account_path(group) if group is not None and group.is_local and cares else None,
        may_manage=may_here(signed_in(request).login.role, "manage accounts"),
    )


def _button(verb: Verb, note: str = "saved") -> Endpoint:
    @member_page
    async def pressed(request: Request) -> Response:
        """Do it, and go back to where the button was."""
        here, me = site(request), signed_in(request).account
        form = await read(request, NextForm)
        report_id = int(request.path_params["id"])
        done = note
        try:
            async with here.transaction() as db:
                await verb(db, me, report_id, now=here.now())
        except Invalid:  # somebody else was quicker, and the button stood on an older page
            done = "gone"
        return then(request, own_path(form.next, otherwise=f"/reports/{report_id}"), done)

    return pressed


async def _take(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    return await reports.assign(db, by, report_id, to_id=by.id, now=now)


async def _put_back(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    return await reports.assign(db, by, report_id, to_id=None, now=now)


routes = [
    Route("/reports", list_page),
    Route("/reports/{id:int}", one_page),
    Route("/reports/{id:int}/take", _button(_take), methods=["POST"]),
    Route("/reports/{id:int}/put_back", _button(_put_back), methods=["POST"]),
    Route("/reports/{id:int}/pass_on", _button(reports.pass_on, "passed-on"), methods=["POST"]),
    Route("/reports/{id:int}/resolve", _button(reports.resolve), methods=["POST"]),
    Route("/reports/{id:int}/reopen", _button(reports.reopen), methods=["POST"]),
]
