"""Who asks for an account: let in or turned down (decisions D82; S126)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import lookup, signup
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import SignUpLine


class SignUpForm(msgspec.Struct):
    """Whose request."""

    id: str = ""


@admin_page("approve sign-ups")
async def waiting(request: Request) -> Response:
    """Who waits, longest first."""
    async with site(request).read() as db:
        found = await signup.waiting(db)
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
    return await show(request, "admin/sign_ups.html", waiting=lines)


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
]
