"""Who asks for an account: let in or turned down (decisions D82; S126)."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import lookup, many_sign_ups, signup
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import BatchLine, SignUpLine

PATH = "/admin/sign_ups"


class SignUpForm(msgspec.Struct):
    """Whose request."""

    id: str = ""


class ManyForm(msgspec.Struct):
    """What becomes of those who are ticked, and why."""

    person: list[str] = []
    what: str = "approve"
    reason: str = ""


class TickForm(msgspec.Struct):
    """Whether all are ticked."""

    ticked: str = ""


class UndoForm(msgspec.Struct):
    """What is taken back."""

    batch: str = ""


@admin_page("approve sign-ups")
async def waiting(request: Request) -> Response:
    """Who waits, longest first."""
    return await _page(request, ManyForm(), {})


async def _page(request: Request, form: ManyForm, errors: Mapping[str, str], *, status: int = 200) -> Response:
    here, me = site(request), signed_in(request).account
    is_ticked = query(request, TickForm).ticked == "yes"
    async with here.read() as db:
        found = await signup.waiting(db)
        batch = await many_sign_ups.last(db, me.id, now=here.now())
    lines = [
        SignUpLine(
            id=each.account_id,
            handle=each.handle,
            name=each.name,
            email=each.email,
            reason=each.reason,
            created_at=each.created_at,
            language=each.locale,
        )
        for each in found
    ]
    return await show(
        request,
        "admin/sign_ups.html",
        status=status,
        waiting=lines,
        form={"what": form.what, "reason": form.reason},
        ticked=form.person if errors else [str(each.id) for each in lines[: many_sign_ups.MOST]] if is_ticked else (),
        errors=errors,
        batch=BatchLine(id=batch.id, action=batch.action, count=len(batch.account_ids)) if batch else None,
    )


@admin_page("approve sign-ups")
async def act(request: Request) -> Response:
    """Let several in, or turn them down; a refusal stands above the list, and nothing is changed."""
    here, form, _ = site(request), await read(request, ManyForm), await texts(request)
    wanted = [id_from(each) for each in form.person[: many_sign_ups.MOST]]
    try:
        async with here.transaction(wakes=("facts", "mail")) as db:
            await many_sign_ups.act(
                db, signed_in(request).account.id, form.what, wanted, reason=form.reason, now=here.now()
            )
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _), status=422)
    return then(request, PATH, "saved")


@admin_page("approve sign-ups")
async def undo(request: Request) -> Response:
    """Let those wait again who were let in or turned down last."""
    here, note = site(request), "taken-back"
    batch_id = id_from((await read(request, UndoForm)).batch)
    try:
        async with here.transaction() as db:
            await many_sign_ups.undo(db, signed_in(request).account.id, batch_id, now=here.now())
    except Conflict:
        note = "gone"
    return then(request, PATH, note)


@admin_page("approve sign-ups")
async def approve(request: Request) -> Response:
    """Let somebody in."""
    here = site(request)
    account_id = id_from((await read(request, SignUpForm)).id)
    async with here.transaction(wakes=("facts", "mail")) as db:
        await signup.approve(db, account_id, now=here.now())
        handle = await _handle(db, account_id)
        await audit.write(db, signed_in(request).account.id, "approve sign-up", handle, now=here.now())
    return then(request, "/admin/sign_ups", "approved")


@admin_page("approve sign-ups")
async def reject(request: Request) -> Response:
    """Turn somebody down; their mail address and reason are forgotten, the handle stays taken."""
    here = site(request)
    account_id = id_from((await read(request, SignUpForm)).id)
    async with here.transaction(wakes=("facts", "mail")) as db:
        handle = await _handle(db, account_id)
        await signup.reject(db, account_id, now=here.now())
        await audit.write(db, signed_in(request).account.id, "reject sign-up", handle, now=here.now())
    return then(request, "/admin/sign_ups", "rejected")


async def _handle(db: Connection, account_id: int) -> str:
    account = await lookup.by_id(db, account_id)
    if account is None:
        raise NotFound
    return account.handle


routes = [
    Route("/admin/sign_ups", waiting),
    Route("/admin/sign_ups/approve", approve, methods=["POST"]),
    Route("/admin/sign_ups/reject", reject, methods=["POST"]),
    Route("/admin/sign_ups/many", act, methods=["POST"]),
    Route("/admin/sign_ups/undo", undo, methods=["POST"]),
]
