"""Accounts, ours and others': finding them, and what those who run the instance do about them (product 13, 26)."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import logins, measures, overview
from fedcomm.accounts.model import Account
from fedcomm.accounts.overview import Status, Wanted
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import cards, grounds
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import AdminAccountLine
from fedcomm.portability import leaving
from fedcomm.threads import first_look

PAGE = 50
STRIKING = ("warn", "disable", "limit", "cover", "suspend", "end")
"""What somebody is told of, with its reasons (C12)."""
Measure = Literal["warn", "disable", "enable", "limit", "unlimit", "cover", "uncover", "suspend", "restore", "end"]


class PageForm(msgspec.Struct):
    """Which accounts: whose handle begins with `q`, by status, from here or elsewhere, older than `before`.

    Newcomers came in by open sign-up: a wave of them is looked at, and dealt with, as one set (S168).
    """

    q: str = ""
    status: Status | Literal[""] = ""
    origin: Literal["local", "newcomers", "remote", ""] = ""
    before: str = ""
    ticked: str = ""


class MeasureForm(msgspec.Struct):
    """What to do about whom, one or those who are ticked, why, and on what that rests."""

    account: str = ""
    person: list[str] = []
    origin: Literal["newcomers", ""] = ""
    measure: Measure | Literal[""] = ""
    grounds: str = ""
    reason: str = ""


@admin_page("manage accounts")
async def page(request: Request) -> Response:
    """A page of accounts, newest first."""
    return await _page(request, {})


async def _page(
    request: Request, errors: Mapping[str, str], form: MeasureForm | None = None, *, status: int = 200
) -> Response:
    asked = query(request, PageForm) if form is None else PageForm(origin=form.origin)
    name, _, domain = asked.q.strip().removeprefix("@")[:300].partition("@")
    wanted = Wanted(
        is_local=None if not asked.origin else asked.origin != "remote",
        way_in=first_look.OPEN_SIGN_UP if asked.origin == "newcomers" else "",
        status=asked.status or None,
        handle=name,
        domain=domain,
    )
    where = Cursor(max_id=id_from(asked.before) if asked.before else None, limit=PAGE + 1)
    async with site(request).read() as db:
        found = await overview.page(db, wanted, cursor=where)
        lines = await _lines(db, found[:PAGE])
    kept = {key: value for key in ("q", "status", "origin") if (value := getattr(asked, key))}
    older = "?" + urlencode({**kept, "before": found[PAGE - 1].id}) if len(found) > PAGE else None
    return await show(
        request,
        "admin/accounts.html",
        status=status,
        accounts=lines,
        query=asked.q,
        status_asked=asked.status,
        origin=asked.origin,
        grounds=grounds.choices([rule.text for rule in site(request).settings.rules], await texts(request)),
        errors=errors,
        form=_typed(form),
        ticked=form.person if form else [line.card.id for line in lines] if asked.ticked == "yes" else (),
        newer_url="?" + urlencode(kept) if asked.before else None,
        older_url=older,
    )


def _typed(form: MeasureForm | None) -> dict[str, str]:
    """What stands in the form for several."""
    return {"measure": form.measure, "grounds": form.grounds, "reason": form.reason} if form and form.person else {}


async def _lines(db: Connection, found: list[Account]) -> list[AdminAccountLine]:
    numbers = [each.id for each in found]
    limited, covered = await measures.limited(db, numbers), await measures.covered(db, numbers)
    known = await logins.of_many(db, [each.id for each in found if each.is_local])
    return [
        AdminAccountLine(
            card=cards.account_card(each),
            state=each.state,
            is_limited=each.id in limited,
            is_covered=each.id in covered,
            role=known[each.id].role if each.id in known else "",
            email=known[each.id].email if each.id in known else "",
            created_at=each.created_at,
            signed_in_at=known[each.id].last_sign_in_at if each.id in known else None,
        )
        for each in found
    ]


async def _do(db: Connection, by: Account, target: Account, form: MeasureForm, request: Request) -> None:
    here, reason = site(request), form.reason.strip()[:500]
    now = here.now()
    if form.measure in STRIKING:
        chosen = grounds.chosen(form.grounds, [rule.text for rule in here.settings.rules])
        if not reason:
            raise Invalid("Please give a reason: they are told it.", field="reason")
    else:
        chosen = grounds.Grounds()
    match form.measure:
        case "warn":
            await measures.warn(db, by, target, reason, chosen, now=now)
        case "disable":
            await measures.disable(db, by, target, reason, chosen, now=now)
        case "enable":
            await measures.enable(db, by, target, now=now)
        case "limit":
            await measures.limit(db, by, target, reason, chosen, now=now)
        case "unlimit":
            await measures.unlimit(db, by, target, now=now)
        case "cover":
            await measures.cover(db, by, target, reason, chosen, now=now)
        case "uncover":
            await measures.uncover(db, by, target, now=now)
        case "suspend":
            await measures.suspend(db, by, target, reason, chosen, now=now)
        case "restore":
            await measures.restore(db, by, target, now=now)
        case "end":
            await leaving.remove(db, here.here, by, target, reason, chosen, now=now)
        case _:
            raise Invalid("Please choose what to do.")


@admin_page("manage accounts")
async def act(request: Request) -> Response:
    """Do something about an account, or about several; a refusal stands above the list, and nothing is changed."""
    here, form = site(request), await read(request, MeasureForm)
    _ = await texts(request)
    try:
        async with here.transaction() as db:
            for account_id in _meant(form):
                target = await measures.of(db, account_id)
                await _do(db, signed_in(request).account, target, form, request)
    except (Invalid, NotAllowed, Conflict) as refused:
        return await _page(request, {"": sentence(refused, _)}, form, status=422)
    forget_tokens(here)
    back = f"/admin/accounts?origin={form.origin}" if form.origin else "/admin/accounts"
    return then(request, back, "ended" if form.measure == "end" else "saved")


def _meant(form: MeasureForm) -> list[int]:
    """Whom it is about. Raises Invalid (nobody was ticked)."""
    if form.account:
        return [id_from(form.account)]
    if not form.person:
        raise Invalid("Please tick those that you mean.")
    return sorted({id_from(each) for each in form.person[:PAGE]})


routes = [
    Route("/admin/accounts", page),
    Route("/admin/accounts", act, methods=["POST"]),
]
