"""Who may sign up, for those who look after accounts: by network, mail provider and mail address.

Source: Mastodon API documentation, methods/admin/ip_blocks, email_domain_blocks, canonical_email_blocks.
"""

from datetime import timedelta
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import sign_up_rules
from fedcomm.accounts.sign_up_rules import AddressRule, BarredDomain, BarredMail, Page, Severity
from fedcomm.api.admin_accounts import manager
from fedcomm.api.entities.times import stamp
from fedcomm.errors import Invalid
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route


class RuleForm(msgspec.Struct):
    """A network, and what holds for it; what is left out stays."""

    ip: str | None = None
    severity: Literal["", "sign_up_requires_approval", "sign_up_block", "no_access"] = ""
    comment: str | None = None
    expires_in: int | None = None


class DomainForm(msgspec.Struct):
    """A mail provider."""

    domain: str = ""


class MailForm(msgspec.Struct):
    """A mail address, or its digest."""

    email: str = ""
    canonical_email_hash: str = ""


def _page(request: Request) -> Page:
    where = cursor(request, default=100, most=200)
    return Page(below=where.below, above=where.above, is_upwards=where.is_upwards, limit=where.limit)


def _rule(found: AddressRule) -> dict[str, Any]:
    """The Admin::IpBlock entity."""
    return {
        "id": str(found.id),
        "ip": found.network,
        "severity": found.severity,
        "comment": found.comment,
        "created_at": stamp(found.created_at),
        "expires_at": stamp(found.expires_at) if found.expires_at else None,
    }


def _domain(found: BarredDomain) -> dict[str, Any]:
    """The Admin::EmailDomainBlock entity; who tries in vain is not counted."""
    return {"id": str(found.id), "domain": found.domain, "created_at": stamp(found.created_at), "history": []}


def _mail(found: BarredMail) -> dict[str, Any]:
    """The Admin::CanonicalEmailBlock entity."""
    return {"id": str(found.id), "canonical_email_hash": found.digest}


@needs("admin:read:ip_blocks")
async def list_rules(request: Request) -> Response:
    """The rules for networks."""
    manager(request)
    async with site(request).read() as db:
        found = await sign_up_rules.address_rules(db, page=_page(request))
    return json([_rule(each) for each in found], headers=link_header(request, [each.id for each in found]))


@needs("admin:read:ip_blocks")
async def show_rule(request: Request) -> Response:
    """One of them."""
    manager(request)
    async with site(request).read() as db:
        return json(_rule(await sign_up_rules.address_rule(db, int(request.path_params["id"]))))


async def _put(request: Request, rule_id: int | None) -> Response:
    me, form, here = manager(request), await read(request, RuleForm), site(request)
    if form.severity == "no_access":
        raise Invalid(
            "Only sign-ups can be kept away here; shut a network out where requests come in.", field="severity"
        )
    severity: Severity | None = form.severity or None
    lasts = timedelta(seconds=max(min(form.expires_in, 10**9), 0)) if form.expires_in is not None else None
    async with here.transaction(wakes=()) as db:
        put = await sign_up_rules.put_address_rule(
            db, me, rule_id, network=form.ip, severity=severity, comment=form.comment, lasts=lasts, now=here.now()
        )
    return json(_rule(put))


@needs("admin:write:ip_blocks")
async def create_rule(request: Request) -> Response:
    """Let nobody, or nobody unseen, sign up from a network."""
    return await _put(request, None)


@needs("admin:write:ip_blocks")
async def change_rule(request: Request) -> Response:
    """Change that."""
    return await _put(request, int(request.path_params["id"]))


@needs("admin:write:ip_blocks")
async def remove_rule(request: Request) -> Response:
    """Take it back."""
    me, here = manager(request), site(request)
    async with here.transaction(wakes=()) as db:
        await sign_up_rules.drop_address_rule(db, me, int(request.path_params["id"]), now=here.now())
    return nothing()


@needs("admin:read:email_domain_blocks")
async def list_domains(request: Request) -> Response:
    """The mail providers that are barred."""
    manager(request)
    async with site(request).read() as db:
        found = await sign_up_rules.domains(db, page=_page(request))
    return json([_domain(each) for each in found], headers=link_header(request, [each.id for each in found]))


@needs("admin:read:email_domain_blocks")
async def show_domain(request: Request) -> Response:
    """One of them."""
    manager(request)
    async with site(request).read() as db:
        return json(_domain(await sign_up_rules.domain(db, int(request.path_params["id"]))))


@needs("admin:write:email_domain_blocks")
async def create_domain(request: Request) -> Response:
    """Bar a mail provider."""
    me, form, here = manager(request), await read(request, DomainForm), site(request)
    async with here.transaction(wakes=()) as db:
        return json(_domain(await sign_up_rules.bar_domain(db, me, form.domain, now=here.now())))


@needs("admin:write:email_domain_blocks")
async def remove_domain(request: Request) -> Response:
    """Admit it again."""
    me, here = manager(request), site(request)
    async with here.transaction(wakes=()) as db:
        return json(_domain(await sign_up_rules.admit_domain(db, me, int(request.path_params["id"]), now=here.now())))


@needs("admin:read:canonical_email_blocks")
async def list_mails(request: Request) -> Response:
    """The mail addresses that are barred, as digests."""
    manager(request)
    async with site(request).read() as db:
        found = await sign_up_rules.mails(db, page=_page(request))
    return json([_mail(each) for each in found], headers=link_header(request, [each.id for each in found]))


@needs("admin:read:canonical_email_blocks")
async def show_mail(request: Request) -> Response:
    """One of them."""
    manager(request)
    async with site(request).read() as db:
        return json(_mail(await sign_up_rules.mail(db, int(request.path_params["id"]))))


@needs("admin:read:canonical_email_blocks")
async def test_mail(request: Request) -> Response:
    """Which of them an address would meet."""
    manager(request)
    form = await read(request, MailForm)
    async with site(request).read() as db:
        return json([_mail(each) for each in await sign_up_rules.matching(db, form.email)])


@needs("admin:write:canonical_email_blocks")
async def create_mail(request: Request) -> Response:
    """Bar a mail address."""
    me, form, here = manager(request), await read(request, MailForm), site(request)
    async with here.transaction(wakes=()) as db:
        barred = await sign_up_rules.bar_mail(db, me, email=form.email, given=form.canonical_email_hash, now=here.now())
    return json(_mail(barred))


@needs("admin:write:canonical_email_blocks")
async def remove_mail(request: Request) -> Response:
    """Admit it again."""
    me, here = manager(request), site(request)
    async with here.transaction(wakes=()) as db:
        return json(_mail(await sign_up_rules.admit_mail(db, me, int(request.path_params["id"]), now=here.now())))


RULES = "/api/v1/admin/ip_blocks"
DOMAINS = "/api/v1/admin/email_domain_blocks"
MAILS = "/api/v1/admin/canonical_email_blocks"

routes = [
    Route(RULES, list_rules),
    Route(RULES, create_rule, methods=["POST"]),
    Route(f"{RULES}/{{id:int}}", show_rule),
    Route(f"{RULES}/{{id:int}}", change_rule, methods=["PUT", "PATCH"]),
    Route(f"{RULES}/{{id:int}}", remove_rule, methods=["DELETE"]),
    Route(DOMAINS, list_domains),
    Route(DOMAINS, create_domain, methods=["POST"]),
    Route(f"{DOMAINS}/{{id:int}}", show_domain),
    Route(f"{DOMAINS}/{{id:int}}", remove_domain, methods=["DELETE"]),
    Route(MAILS, list_mails),
    Route(MAILS, create_mail, methods=["POST"]),
    Route(f"{MAILS}/test", test_mail, methods=["POST"], name="test of a barred address"),
    Route(f"{MAILS}/{{id:int}}", show_mail),
    Route(f"{MAILS}/{{id:int}}", remove_mail, methods=["DELETE"]),
]
