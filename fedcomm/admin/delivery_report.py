"""Where something went and what each instance answered: about a post, a person or some days (C08)."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.admin.deliveries import post_named
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.http import csv_files
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import admin_page
from fedcomm.http.router import Route
from fedcomm.jobs import delivery_report
from fedcomm.jobs.delivery_report import About, Host, Told
from fedcomm.looks.frame import show, texts
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AnswerLine
from fedcomm.text import days, sheets

PATH = "/admin/deliveries/report"
HEAD = (
    "made_at", "type", "activity", "actor", "post", "instance", "inbox", "state", "status", "error", "attempts", "at"
)  # fmt: skip


class ReportForm(msgspec.Struct):
    """About which post (its id or address) or person (a handle), made on which days, deletions only or all."""

    post: str = ""
    person: str = ""
    first_day: str = ""
    last_day: str = ""
    deletions: str = ""


async def _about(db: Connection, here: Here, form: ReportForm) -> About:
    """Raises Invalid."""
    since, before = days.between(form.first_day[:40], form.last_day[:40])
    post_id = person_id = None
    if form.post.strip():
        try:
            post_id = (await post_named(db, form.post.strip()[:2_000])).id
        except NotFound as missing:
            raise Invalid("There is no such post.", field="post") from missing
    if form.person.strip():
        name, _, host = form.person.strip()[:300].removeprefix("@").partition("@")
        found = await lookup.by_handle(db, name, host or here.domain)
        if found is None:
            raise Invalid("Nobody here knows whom you mean.", field="person")
        person_id = found.id
    return About(post_id=post_id, person_id=person_id, since=since, before=before, is_deletion=form.deletions == "yes")


@admin_page("manage deliveries")
async def page(request: Request) -> Response:
    """How each instance answered; nothing is looked up before something is asked."""
    here, form = site(request), query(request, ReportForm)
    asked, errors, lines = msgspec.structs.asdict(form), {}, None
    if any(asked.values()):
        try:
            async with here.read() as db:
                lines = [_line(each) for each in await delivery_report.hosts(db, await _about(db, here.here, form))]
        except Invalid as refused:
            errors = errors_of(refused, await texts(request))
    return await show(
        request,
        "admin/delivery_report.html",
        status=422 if errors else 200,
        form=asked,
        errors=errors,
        hosts=lines,
        csv_url=f"{PATH}.csv?{urlencode({name: value for name, value in asked.items() if value})}",
    )


def _line(each: Host) -> AnswerLine:
    return AnswerLine(
        authority=each.authority,
        delivered_count=each.delivered,
        waiting_count=each.waiting,
        failed_count=each.failed,
        statuses=tuple((status, count) for status, count in each.statuses if status is not None),
    )


@admin_page("manage deliveries")
async def download(request: Request) -> Response:
    """Every message for every inbox, one row each. Raises Invalid."""
    here, form = site(request), query(request, ReportForm)
    async with here.read() as db:
        about = await _about(db, here.here, form)

    async def pieces() -> AsyncIterator[str]:
        yield sheets.lines([HEAD])
        async for found in delivery_report.entries(here.read, about):
            yield sheets.lines(_row(each) for each in found)

    return csv_files.in_pieces("deliveries", pieces())


def _row(each: Told) -> tuple[object, ...]:
    return (
        each.made_at.isoformat(),
        each.type,
        each.uri,
        each.actor,
        each.post,
        each.authority,
        each.inbox_url,
        each.state,
        each.status,
        each.error,
        each.attempts,
        each.at.isoformat(),
    )


routes = [
    Route(PATH, page),
    Route(f"{PATH}.csv", download),
]
