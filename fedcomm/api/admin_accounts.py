"""Accounts for those who run the instance. Source: Mastodon API documentation, methods/admin/accounts."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit, i18n
from fedcomm.accounts import measures, overview, signup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.overview import Status, Wanted
from fedcomm.accounts.statements import Code, Grounds
from fedcomm.api.entities import admin_accounts as entities
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import forget_tokens, member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.moderation import reports
from fedcomm.permissions import may_here
from fedcomm.portability import leaving

LONGEST_REASON = 500


class FirstPageForm(msgspec.Struct):
    """Which accounts, as older apps ask."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""


class PageForm(msgspec.Struct):
    """Which accounts."""

    origin: Literal["local", "remote", ""] = ""
    status: Status | Literal[""] = ""
    permissions: str = ""
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""


class ActionForm(msgspec.Struct):
    """What is to be done about somebody, and which report that settles."""

    type: Literal["none", "sensitive", "disable", "silence", "suspend"] = "none"
    report_id: str | None = None
    text: str = ""


class ReasonForm(msgspec.Struct):
    """Why somebody is turned down or ended, where an app says it (apps made for Mastodon do not)."""

    text: str = ""
    category: Code | None = None


def manager(request: Request) -> Account:
    """Who asks, if their role lets them manage accounts. Raises NotAllowed."""
    me = member(request)
    if not may_here(me.login.role, "manage accounts"):
        raise NotAllowed("This action is not allowed")
    return me.account


async def _page(request: Request, wanted: Wanted) -> Response:
    manager(request)
    here, where = site(request), cursor(request, default=100, most=200)
    async with here.read() as db:
        found = await overview.page(db, wanted, cursor=where)
        shown = await entities.by_ids(db, here, [each.id for each in found], with_mail=True)
    return json([shown[each.id] for each in found], headers=link_header(request, [each.id for each in found]))


@needs("admin:read:accounts")
async def list_accounts_first(request: Request) -> Response:
    """All accounts, as older apps ask."""
    form = query(request, FirstPageForm)
    statuses: tuple[Status, ...] = ("pending", "disabled", "silenced", "suspended", "sensitized", "active")
    chosen: dict[str, bool] = msgspec.to_builtins(form)
    return await _page(
        request,
        Wanted(
            is_local=True if form.local else False if form.remote else None,
            status=next((status for status in statuses if chosen[status]), None),
            is_staff=form.staff,
            handle=form.username,
            name=form.display_name,
            domain=form.by_domain,
            email=form.email,
        ),
    )


@needs("admin:read:accounts")
async def list_accounts(request: Request) -> Response:
    """All accounts."""
    form = query(request, PageForm)
    return await _page(
        request,
        Wanted(
            is_local=None if not form.origin else form.origin == "local",
            status=form.status or None,
            is_staff=form.permissions == "staff",
            handle=form.username,
            name=form.display_name,
            domain=form.by_domain,
            email=form.email,
        ),
    )


async def _shown(db: Connection, request: Request, account_id: int) -> Response:
    shown = await entities.by_ids(db, site(request), [account_id], with_mail=True)
    return json(shown[account_id])


@needs("admin:read:accounts")
async def show_account(request: Request) -> Response:
    """One of them."""
    manager(request)
    async with site(request).read() as db:
        return await _shown(db, request, (await measures.of(db, int(request.path_params["id"]))).id)


@needs("admin:write:accounts")
async def act(request: Request) -> Response:
    """Do something about somebody; the report that led to it is settled by it."""
    me, form, here = manager(request), await read(request, ActionForm), site(request)
    reason = form.text.strip()[:LONGEST_REASON]
    async with here.transaction() as db:
        target, now = await measures.of(db, int(request.path_params["id"])), here.now()
        await measures.check_may(db, me, target)
        rules = {rule.id: rule.text for rule in (*here.settings.rules, *here.settings.former_rules)}
        grounds = await reports.grounds_of(db, me, id_from(form.report_id), rules) if form.report_id else Grounds()
        match form.type:
            case "none":
                await measures.warn(db, me, target, reason, grounds, now=now)
            case "sensitive":
                await measures.cover(db, me, target, reason, grounds, now=now)
            case "disable":
                await measures.disable(db, me, target, reason, grounds, now=now)
            case "silence":
                await measures.limit(db, me, target, reason, grounds, now=now)
            case "suspend":
                await measures.suspend(db, me, target, reason, grounds, now=now)
        if form.report_id:
            await reports.resolve(db, me, id_from(form.report_id), now=now)
    forget_tokens(here)
    return nothing()


Verb = Callable[[Connection, Account, Account, Request], Awaitable[None]]


async def _approve(db: Connection, me: Account, target: Account, request: Request) -> None:
    await signup.approve(db, target.id, now=site(request).now())
    await audit.write(db, me.id, "approve sign-up", target.handle, now=site(request).now())


async def _reject(db: Connection, me: Account, target: Account, request: Request) -> None:
    reason, now = (await read(request, ReasonForm)).text.strip()[:LONGEST_REASON], site(request).now()
    await signup.reject(db, target.id, reason=reason, now=now)
    await audit.write(db, me.id, "reject sign-up", target.handle, reason, now=now)


async def _enable(db: Connection, me: Account, target: Account, request: Request) -> None:
    await measures.enable(db, me, target, now=site(request).now())


async def _unsilence(db: Connection, me: Account, target: Account, request: Request) -> None:
    await measures.unlimit(db, me, target, now=site(request).now())


async def _uncover(db: Connection, me: Account, target: Account, request: Request) -> None:
    await measures.uncover(db, me, target, now=site(request).now())


async def _unsuspend(db: Connection, me: Account, target: Account, request: Request) -> None:
    await measures.restore(db, me, target, now=site(request).now())


async def _end(db: Connection, me: Account, target: Account, request: Request) -> None:
    """Without a reason those of the suspension are given, or that it came before."""
    here, form = site(request), await read(request, ReasonForm)
    reason = form.text.strip()[:LONGEST_REASON]
    if not reason and await statements.last_of(db, target.id, "suspend") is None:
        _ = i18n.translator(here.settings.default_language).gettext
        reason = _("The account had been suspended before.")
    grounds = Grounds(code=form.category or "other")
    await leaving.remove(db, here.here, me, target, reason, grounds, now=here.now())


async def _done(request: Request, verb: Verb) -> Response:
    me, here = manager(request), site(request)
    async with here.transaction(wakes=("facts", "mail")) as db:
        target = await measures.of(db, int(request.path_params["id"]))
        await verb(db, me, target, request)
        answer = await _shown(db, request, target.id)
    forget_tokens(here)
    return answer


@needs("admin:write:accounts")
async def approve(request: Request) -> Response:
    """Let somebody in who waits."""
    return await _done(request, _approve)


@needs("admin:write:accounts")
async def reject(request: Request) -> Response:
    """Turn somebody down who waits."""
    return await _done(request, _reject)


@needs("admin:write:accounts")
async def enable(request: Request) -> Response:
    """Let somebody in again who was shut out."""
    return await _done(request, _enable)


@needs("admin:write:accounts")
async def unsilence(request: Request) -> Response:
    """Show somebody to all again."""
    return await _done(request, _unsilence)


@needs("admin:write:accounts")
async def unsensitive(request: Request) -> Response:
    """Show somebody's media uncovered again."""
    return await _done(request, _uncover)


@needs("admin:write:accounts")
async def unsuspend(request: Request) -> Response:
    """Take a suspension back."""
    return await _done(request, _unsuspend)


@needs("admin:write:accounts")
async def end(request: Request) -> Response:
    """End the account of somebody who is suspended; what they wrote goes."""
    return await _done(request, _end)


ONE = "/api/v1/admin/accounts/{id:int}"

routes = [
    Route("/api/v1/admin/accounts", list_accounts_first),
    Route("/api/v2/admin/accounts", list_accounts),
    Route(ONE, show_account),
    Route(ONE, end, methods=["DELETE"]),
    Route(f"{ONE}/action", act, methods=["POST"]),
    Route(f"{ONE}/approve", approve, methods=["POST"]),
    Route(f"{ONE}/reject", reject, methods=["POST"]),
    Route(f"{ONE}/enable", enable, methods=["POST"]),
    Route(f"{ONE}/unsilence", unsilence, methods=["POST"]),
    Route(f"{ONE}/unsensitive", unsensitive, methods=["POST"]),
    Route(f"{ONE}/unsuspend", unsuspend, methods=["POST"]),
]
