"""What was agreed with those who run other instances, to be written down and taken along (C18)."""

from collections.abc import Mapping
from datetime import date
from typing import cast
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid
from fedcomm.http import csv_files
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import AgreementLine
from fedcomm.network import agreements
from fedcomm.network.agreements import Partner, Terms

PAGE = 50
HEADINGS = ("instance", "policy", "contact", "agreed on", "kinds of data", "region", "written down")


class PageForm(msgspec.Struct):
    """Which instances: those behind `after`."""

    after: str = ""


class TermsForm(msgspec.Struct):
    """What was agreed with which instance; the day as browsers send it."""

    authority: str = ""
    contact: str = ""
    agreed_on: str = ""
    data: str = ""
    region: str = ""


@admin_page("manage peers")
async def page(request: Request) -> Response:
    """The instances that get more than public posts, and what was agreed with each."""
    return await _page(request, {}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    after = query(request, PageForm).after[:300] if request.method == "GET" else ""
    async with site(request).read() as db:
        found = await agreements.page(db, after=after, limit=PAGE + 1)
    return await show(
        request,
        "admin/agreements.html",
        status=status,
        lines=tuple(_line(each) for each in found[:PAGE]),
        form=form,
        errors=errors,
        newer_url="?" if after else None,
        older_url="?" + urlencode({"after": found[PAGE - 1].authority}) if len(found) > PAGE else None,
    )


def _line(each: Partner) -> AgreementLine:
    terms = each.terms or Terms()
    return AgreementLine(
        authority=each.authority,
        policy=each.policy,
        is_noted=each.terms is not None,
        contact=terms.contact,
        agreed_on=terms.agreed_on.isoformat() if terms.agreed_on else "",
        data=terms.data,
        region=terms.region,
        updated_at=each.updated_at,
    )


@admin_page("manage peers")
async def note(request: Request) -> Response:
    """Write down what was agreed; what is wrong stands in the form at the side, with what was typed."""
    here, form = site(request), await read(request, TermsForm)
    by_id = signed_in(request).account.id
    try:
        async with here.transaction() as db:
            await agreements.note(db, by_id, form.authority, _terms(form), now=here.now())
    except Invalid as refused:
        typed = cast("dict[str, str]", msgspec.to_builtins(form))
        return await _page(request, typed, errors_of(refused, await texts(request)), status=422)
    return then(request, "/admin/agreements", "saved")


def _terms(form: TermsForm) -> Terms:
    """Raises Invalid."""
    day: date | None = None
    if form.agreed_on.strip():
        try:
            day = date.fromisoformat(form.agreed_on.strip()[:20])
        except ValueError:
            raise Invalid("This is not a day, such as 2026-11-22.", field="agreed_on") from None
    return Terms(contact=form.contact.strip(), agreed_on=day, data=form.data.strip(), region=form.region.strip())


@admin_page("manage peers")
async def table(request: Request) -> Response:
    """All of them, as a file to keep beside the contracts."""
    async with site(request).read() as db:
        lines = [_line(each) async for each in agreements.all_of_them(db)]
    rows = [
        (
            line.authority,
            line.policy,
            line.contact,
            line.agreed_on,
            line.data,
            line.region,
            line.updated_at.date().isoformat() if line.updated_at else "",
        )
        for line in lines
    ]
    return csv_files.answer("agreements", HEADINGS, rows)


routes = [
    Route("/admin/agreements", page),
    Route("/admin/agreements", note, methods=["POST"]),
    Route("/admin/agreements.csv", table),
]
