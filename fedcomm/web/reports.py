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
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.groups import membership
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, own_path, signed_in
from fedcomm.http.router import Endpoint, Route
from fedcomm.looks import cards, decisions, grounds, report_queue
from fedcomm.looks import reports as reports_shown
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.moderation import appeals, history, many_reports, reports
from fedcomm.moderation.reports import Report
from fedcomm.permissions import may, may_here
from fedcomm.web import addressed

PATH = "/reports"


class NextForm(msgspec.Struct):
    """A button: where to go back to."""

    next: str = ""


class Verb(Protocol):
    """What is done about a report, once however often the button is pressed."""

    def __call__(self, db: Connection, by: Account, report_id: int, *, now: datetime) -> Awaitable[Report]: ...


class ManyForm(msgspec.Struct):
    """What to do about which reports, why and on what that rests."""

    report: list[str] = []
    what: str = ""
    grounds: str = ""
    reason: str = ""
    next: str = ""


class UndoForm(msgspec.Struct):
    """What is taken back."""

    batch: str = ""
    next: str = ""


@member_page
async def list_page(request: Request) -> Response:
    """The reports that the reader may decide about, newest first."""
    return await report_queue.page(request, "reports.html", PATH)


@member_page
async def act(request: Request) -> Response:
    """Do the same about several reports; a refusal stands above the list, and nothing is changed."""
    here, me, form = site(request), signed_in(request).account, await read(request, ManyForm)
    _ = await texts(request)
    try:
        action = many_reports.action_of(form.what)
        rules = [rule.text for rule in here.settings.rules]
        chosen = grounds.chosen(form.grounds, rules) if action in many_reports.STRIKING else None
        wanted = [addressed.id_of(each) for each in form.report[: many_reports.MOST]]
        async with here.transaction() as db:
            await many_reports.act(
                db, here.here, me, action, wanted, reason=form.reason, grounds=chosen, now=here.now()
            )
    except (Invalid, NotAllowed, Conflict) as refused:
        typed = {"what": form.what, "grounds": form.grounds, "reason": form.reason}
        errors = errors_of(refused, _)
        return await report_queue.page(request, "reports.html", PATH, typed=typed, errors=errors, status=422)
    return then(request, own_path(form.next, otherwise=PATH), "saved")


@member_page
async def undo(request: Request) -> Response:
    """Take back what was done about several reports."""
    here, me, form = site(request), signed_in(request).account, await read(request, UndoForm)
    note = "taken-back"
    try:
        async with here.transaction() as db:
            await many_reports.undo(db, here.here, me, addressed.id_of(form.batch), now=here.now())
    except Conflict:
        note = "gone"
    return then(request, own_path(form.next, otherwise=PATH), note)


@member_page
async def one_page(request: Request) -> Response:
    """One report, to which a notice leads."""
    here, me = site(request), signed_in(request).account
    async with here.transaction(wakes=()) as db:
        found = await reports.by_id(db, me.id, int(request.path_params["id"]))
        lines = await reports_shown.lines(db, [found], me.id, site(request).settings)
        await reports.note_look(db, me.id, {found.id: found.post_ids}, now=here.now())
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
        except NotAllowed:
            done = "own-complaint"
        except Invalid:  # somebody else was quicker, and the button stood on an older page
            done = "gone"
        return then(request, own_path(form.next, otherwise=f"/reports/{report_id}"), done)

    return pressed


async def _take(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    return await reports.assign(db, by, report_id, to_id=by.id, now=now)


async def _put_back(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    return await reports.assign(db, by, report_id, to_id=None, now=now)


routes = [
    Route(PATH, list_page),
    Route("/reports/many", act, methods=["POST"]),
    Route("/reports/undo", undo, methods=["POST"]),
    Route("/reports/{id:int}", one_page),
    Route("/reports/{id:int}/take", _button(_take), methods=["POST"]),
    Route("/reports/{id:int}/put_back", _button(_put_back), methods=["POST"]),
    Route("/reports/{id:int}/pass_on", _button(reports.pass_on, "passed-on"), methods=["POST"]),
    Route("/reports/{id:int}/resolve", _button(reports.resolve), methods=["POST"]),
    Route("/reports/{id:int}/reopen", _button(reports.reopen), methods=["POST"]),
]
