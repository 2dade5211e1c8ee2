"""Other servers for those who run the instance: limited, suspended, allowed.

Source: Mastodon API documentation, methods/admin/domain_blocks, methods/admin/domain_allows.
"""

import hashlib
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.network import decisions, peers
from fedcomm.network.decisions import Decision
from fedcomm.network.peers import Policy
from fedcomm.permissions import may_here

BLOCKS: tuple[Policy, ...] = ("limited", "suspended")
ALLOWS: tuple[Policy, ...] = ("allowed",)
LONGEST_REASON = 500


class BlockForm(msgspec.Struct):
    """What is decided about a server. There is one comment, which only those who run the instance read."""

    domain: str = ""
    severity: Literal["silence", "suspend", "noop"] | None = None
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool = False


class AllowForm(msgspec.Struct):
    """Which server."""

    domain: str = ""


def _manager(request: Request) -> Account:
    me = member(request)
    if not may_here(me.login.role, "manage peers"):
        raise NotAllowed("This action is not allowed")
    return me.account


def _block(found: Decision) -> dict[str, Any]:
    """The Admin::DomainBlock entity."""
    is_suspended = found.policy == "suspended"
    return {
        "id": str(found.number),
        "domain": found.authority,
        "digest": hashlib.sha256(found.authority.encode()).hexdigest(),
        "created_at": stamp(found.created_at),
        "severity": "suspend" if is_suspended else "silence",
        "reject_media": is_suspended,
        "reject_reports": is_suspended,
        "private_comment": found.reason or None,
        "public_comment": None,
        "obfuscate": False,
    }


def _allow(found: Decision) -> dict[str, Any]:
    """The Admin::DomainAllow entity."""
    return {"id": str(found.number), "domain": found.authority, "created_at": stamp(found.created_at)}


async def _list(request: Request, policies: tuple[Policy, ...]) -> tuple[list[Decision], dict[str, str]]:
    _manager(request)
    where = cursor(request, default=100, most=200)
    async with site(request).read() as db:
        page = await decisions.page(db, policies, cursor=where)
    return page, link_header(request, [each.number for each in page])


async def _one(db: Connection, request: Request, policies: tuple[Policy, ...]) -> Decision:
    return await decisions.by_number(db, policies, int(request.path_params["id"]))


def _domain(request: Request, typed: str) -> str:
    """A domain that can be decided about. Raises Invalid."""
    domain = blocks.checked_domain(typed)
    if domain == site(request).here.domain:
        raise Invalid("Validation failed: This is the instance itself", field="domain")
    return domain


def _wanted(form: BlockForm) -> Policy:
    """The policy of a form. Raises Invalid: what is not there is not promised."""
    if form.severity == "noop":
        raise Invalid("A block without effect is not possible here.", field="severity")
    policy: Policy = "suspended" if form.severity == "suspend" else "limited"
    if policy == "limited" and (form.reject_media or form.reject_reports):
        raise Invalid("Media and reports are refused of suspended servers only.", field="severity")
    if form.public_comment or form.obfuscate:
        raise Invalid("Blocks are not published here, so there is nothing to comment or hide.", field="public_comment")
    return policy


async def _decide(db: Connection, request: Request, me: Account, domain: str, policy: Policy, reason: str) -> Decision:
    verb = {"suspended": peers.suspend, "limited": peers.limit}.get(policy, peers.allow)
    await verb(db, me.id, domain, reason[:LONGEST_REASON], now=site(request).now())
    found = await decisions.of(db, domain)
    assert found is not None
    return found


@needs("admin:read:domain_blocks")
async def list_blocks(request: Request) -> Response:
    """Limited and suspended servers."""
    page, headers = await _list(request, BLOCKS)
    return json([_block(each) for each in page], headers=headers)


@needs("admin:read:domain_blocks")
async def show_block(request: Request) -> Response:
    """One of them."""
    _manager(request)
    async with site(request).read() as db:
        return json(_block(await _one(db, request, BLOCKS)))


@needs("admin:write:domain_blocks")
async def create_block(request: Request) -> Response:
    """Limit or suspend a server."""
    me, form = _manager(request), await read(request, BlockForm)
    domain, policy = _domain(request, form.domain), _wanted(form)
    async with site(request).transaction() as db:
        present = await decisions.of(db, domain)
        if present is not None and present.policy in BLOCKS:
            raise Conflict("This domain is blocked already.")
        return json(_block(await _decide(db, request, me, domain, policy, form.private_comment or "")))


@needs("admin:write:domain_blocks")
async def change_block(request: Request) -> Response:
    """Decide otherwise about a server, or say why."""
    me, form, here = _manager(request), await read(request, BlockForm), site(request)
    async with here.transaction() as db:
        present = await _one(db, request, BLOCKS)
        policy = present.policy if form.severity is None else _wanted(form)
        reason = present.reason if form.private_comment is None else form.private_comment[:LONGEST_REASON]
        if policy == present.policy and reason != present.reason:
            await decisions.explain(db, me.id, present.authority, reason, now=here.now())
        return json(_block(await _decide(db, request, me, present.authority, policy, reason)))


@needs("admin:write:domain_blocks")
async def remove_block(request: Request) -> Response:
    """Take back what was decided about a server."""
    me = _manager(request)
    async with site(request).transaction() as db:
        found = await _one(db, request, BLOCKS)
        await peers.restore(db, me.id, found.authority, "", now=site(request).now())
    return json(_block(found))


@needs("admin:read:domain_allows")
async def list_allows(request: Request) -> Response:
    """Servers on the allow list."""
    page, headers = await _list(request, ALLOWS)
    return json([_allow(each) for each in page], headers=headers)


@needs("admin:read:domain_allows")
async def show_allow(request: Request) -> Response:
    """One of them."""
    _manager(request)
    async with site(request).read() as db:
        return json(_allow(await _one(db, request, ALLOWS)))


@needs("admin:write:domain_allows")
async def create_allow(request: Request) -> Response:
    """Put a server on the allow list. Again changes nothing."""
    me, form = _manager(request), await read(request, AllowForm)
    domain = _domain(request, form.domain)
    async with site(request).transaction() as db:
        return json(_allow(await _decide(db, request, me, domain, "allowed", "")))


@needs("admin:write:domain_allows")
async def remove_allow(request: Request) -> Response:
    """Take a server off the allow list."""
    me = _manager(request)
    async with site(request).transaction() as db:
        found = await _one(db, request, ALLOWS)
        await peers.restore(db, me.id, found.authority, "", now=site(request).now())
    return json(_allow(found))


BLOCK = "/api/v1/admin/domain_blocks"
ALLOW = "/api/v1/admin/domain_allows"

routes = [
    Route(BLOCK, list_blocks),
    Route(BLOCK, create_block, methods=["POST"]),
    Route(f"{BLOCK}/{{id:int}}", show_block),
    Route(f"{BLOCK}/{{id:int}}", change_block, methods=["PUT", "PATCH"]),
    Route(f"{BLOCK}/{{id:int}}", remove_block, methods=["DELETE"]),
    Route(ALLOW, list_allows),
    Route(ALLOW, create_allow, methods=["POST"]),
    Route(f"{ALLOW}/{{id:int}}", show_allow),
    Route(f"{ALLOW}/{{id:int}}", remove_allow, methods=["DELETE"]),
]
