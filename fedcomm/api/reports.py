"""Members complain, and those who look after groups and the instance decide.

Source: Mastodon API documentation, methods/reports, methods/admin/reports.
"""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.entities import reports as entities
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.moderation import report_queue, reports
from fedcomm.moderation.report_queue import Wanted
from fedcomm.moderation.reports import Category, Complaint, Report


class ReportForm(msgspec.Struct):
    """A complaint."""

    account_id: str
    status_ids: list[str] = []
    collection_ids: list[str] = []
    comment: str = ""
    forward: bool = False
    category: Category = "other"
    rule_ids: list[str | int] = []


class PageForm(msgspec.Struct):
    """Which reports."""

    resolved: bool = False
    account_id: str | None = None
    target_account_id: str | None = None


class ChangeForm(msgspec.Struct):
    """What a report is about."""

    category: Category | None = None
    rule_ids: list[str | int] | None = None


def _rules(here: Site, given: list[str | int]) -> list[int]:
    """The numbers of rules that exist. Raises Invalid."""
    numbers = [id_from(str(each)) for each in given]
    if not {rule.id for rule in here.settings.rules}.issuperset(numbers):
        raise Invalid("Validation failed: Rules does not reference valid rules", field="rule_ids")
    return numbers


@needs("write:reports")
async def file_report(request: Request) -> Response:
    """Complain of somebody, and of some of their posts."""
    form, here = await read(request, ReportForm), site(request)
    complaint = Complaint(
        post_ids=[id_from(each) for each in form.status_ids],
        collection_ids=[id_from(each) for each in form.collection_ids],
        comment=form.comment,
        category="violation" if form.rule_ids else form.category,
        rule_ids=_rules(here, form.rule_ids),
        forwards=form.forward,
    )
    async with here.transaction() as db:
        target = await finding.by_id(db, id_from(form.account_id))
        filed = await reports.file(db, member(request).account, target, complaint, now=here.now())
    return json(entities.report(here, filed, target))


async def _decides(db: Connection, request: Request) -> int:
    """Who asks, if there is anything they look after. Raises NotAllowed."""
    me = member(request).account.id
    if not await reports.may_see_any(db, me):
        raise NotAllowed("This action is not allowed")
    return me


async def _shown(db: Connection, request: Request, found: Report) -> Response:
    (shown,) = await entities.for_admins(db, site(request), member(request).account.id, [found])
    return json(shown)


@needs("admin:read:reports")
async def list_reports(request: Request) -> Response:
    """The reports I may decide about, newest first."""
    form, here = query(request, PageForm), site(request)
    where = cursor(request, default=100, most=200)
    async with here.transaction(wakes=()) as db:
        me = await _decides(db, request)
        wanted = Wanted(
            is_resolved=form.resolved,
            reporter_id=id_from(form.account_id) if form.account_id else None,
            target_id=id_from(form.target_account_id) if form.target_account_id else None,
        )
        page = await report_queue.page(db, me, wanted, cursor=where)
        shown = await entities.for_admins(db, here, me, page)
    return json(shown, headers=link_header(request, [each.id for each in page]))


@needs("admin:read:reports")
async def show_report(request: Request) -> Response:
    """One of them."""
    async with site(request).transaction(wakes=()) as db:
        me = await _decides(db, request)
        return await _shown(db, request, await reports.by_id(db, me, int(request.path_params["id"])))


@needs("admin:write:reports")
async def change_report(request: Request) -> Response:
    """Say better what a report is about."""
    form, here = await read(request, ChangeForm), site(request)
    rules = None if form.rule_ids is None else _rules(here, form.rule_ids)
    async with here.transaction(wakes=()) as db:
        await _decides(db, request)
        changed = await reports.change(
            db,
            member(request).account,
            int(request.path_params["id"]),
            category=form.category,
            rule_ids=rules,
            now=here.now(),
        )
        return await _shown(db, request, changed)


Verb = Callable[..., Awaitable[Report]]


async def _act(request: Request, verb: Verb, **wish: object) -> Response:
    here, me = site(request), member(request).account
    async with here.transaction(wakes=()) as db:
        await _decides(db, request)
        found = await verb(db, me, int(request.path_params["id"]), **wish, now=here.now())
        return await _shown(db, request, found)


@needs("admin:write:reports")
async def assign_report(request: Request) -> Response:
    """Take it into my hands."""
    return await _act(request, reports.assign, to_id=member(request).account.id)


@needs("admin:write:reports")
async def unassign_report(request: Request) -> Response:
    """Put it back."""
    return await _act(request, reports.assign, to_id=None)


@needs("admin:write:reports")
async def resolve_report(request: Request) -> Response:
    """Nothing is left to do."""
    return await _act(request, reports.resolve)


@needs("admin:write:reports")
async def reopen_report(request: Request) -> Response:
    """Something is left to do after all."""
    return await _act(request, reports.reopen)


ONE = "/api/v1/admin/reports/{id:int}"

routes = [
    Route("/api/v1/reports", file_report, methods=["POST"]),
    Route("/api/v1/admin/reports", list_reports),
    Route(ONE, show_report),
    Route(ONE, change_report, methods=["PUT", "PATCH"]),
    Route(f"{ONE}/assign_to_self", assign_report, methods=["POST"]),
    Route(f"{ONE}/unassign", unassign_report, methods=["POST"]),
    Route(f"{ONE}/resolve", resolve_report, methods=["POST"]),
    Route(f"{ONE}/reopen", reopen_report, methods=["POST"]),
]
