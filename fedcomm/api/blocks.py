"""Muting, blocking and noting. Source: Mastodon API documentation, methods/mutes, blocks, domain_blocks, accounts."""

from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import blocks, finding, follows
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS, many, standing
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities.times import stamp
from fedcomm.errors import Invalid
from fedcomm.groups import parting
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route

DEFAULT_DOMAINS, MOST_DOMAINS = 100, 200


class MuteForm(msgspec.Struct):
    """How to mute: of notifications too, and for how many seconds (0 = until it is taken back)."""

    notifications: bool = True
    duration: int = 0


@needs("write:mutes")
async def mute(request: Request) -> Response:
    """Hide what somebody writes."""
    form = await read(request, MuteForm)
    if form.duration < 0:
        raise Invalid("duration must not be negative.", field="duration")
    lasts = min(form.duration, int(blocks.LONGEST_MUTE.total_seconds()))
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await blocks.mute(
            db,
            me.id,
            target.id,
            hides_notifications=form.notifications,
            lasts=timedelta(seconds=lasts),
            now=here.now(),
        )
        return await standing(db, request, target.id)


@needs("write:mutes")
async def unmute(request: Request) -> Response:
    """Hide somebody no longer."""
    async with site(request).transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await blocks.unmute(db, member(request).account.id, target.id)
        return await standing(db, request, target.id)


@needs("write:blocks")
async def block(request: Request) -> Response:
    """Block somebody; neither follows the other any more."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await parting.block(db, here.here, me, target, now=here.now())
        return await standing(db, request, target.id)


@needs("write:blocks")
async def unblock(request: Request) -> Response:
    """Take a block back."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await parting.unblock(db, here.here, me, target, now=here.now())
        return await standing(db, request, target.id)


class NoteForm(msgspec.Struct):
    """What to note; nothing removes the note."""

    comment: str = ""


@needs("write:accounts")
async def note(request: Request) -> Response:
    """Note something about an account, for myself alone."""
    form = await read(request, NoteForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await blocks.note(db, me.id, target.id, form.comment, now=here.now())
        return await standing(db, request, target.id)


@needs("read:mutes")
async def list_mutes(request: Request) -> Response:
    """Whom I have muted, and until when."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        page = await blocks.mutes(db, member(request).account.id, below=where.below, limit=where.limit)
        found = await finding.by_ids(db, [each.target_id for each in page])
    ends = {each.target_id: each.expires_at for each in page}
    shown = [
        entities.account(here.here, who) | {"mute_expires_at": stamp(end) if (end := ends[who.id]) else None}
        for who in found
    ]
    return json(shown, headers=link_header(request, [each.id for each in page]))


@needs("read:blocks")
async def list_blocks(request: Request) -> Response:
    """Whom I have blocked."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        page = await blocks.blocks(db, member(request).account.id, below=where.below, limit=where.limit)
        found = await finding.by_ids(db, [target_id for _, target_id in page])
    return json(await many(here, found), headers=link_header(request, [block_id for block_id, _ in page]))


class DomainForm(msgspec.Struct):
    """Which server."""

    domain: str = ""


@needs("read:blocks")
async def list_domain_blocks(request: Request) -> Response:
    """The servers that I hide."""
    where = cursor(request, default=DEFAULT_DOMAINS, most=MOST_DOMAINS)
    async with site(request).read() as db:
        page = await blocks.domain_blocks(db, member(request).account.id, below=where.below, limit=where.limit)
    return json([domain for _, domain in page], headers=link_header(request, [block_id for block_id, _ in page]))


@needs("read:blocks")
async def preview_domain_block(request: Request) -> Response:
    """How many follows a block of a server would end."""
    domain = blocks.checked_domain(query(request, DomainForm).domain)
    async with site(request).read() as db:
        following, followers = await follows.with_domain(db, member(request).account.id, domain)
    return json({"following_count": len(following), "followers_count": len(followers)})


@needs("write:blocks")
async def block_domain(request: Request) -> Response:
    """Hide a whole server."""
    form = await read(request, DomainForm)
    here = site(request)
    async with here.transaction() as db:
        await parting.block_domain(db, here.here, member(request).account, form.domain, now=here.now())
    return nothing()


@needs("write:blocks")
async def unblock_domain(request: Request) -> Response:
    """Hide a server no longer."""
    domain = blocks.checked_domain((await read(request, DomainForm)).domain)
    async with site(request).transaction() as db:
        await blocks.unblock_domain(db, member(request).account.id, domain)
    return nothing()


routes = [
    Route("/api/v1/accounts/{id:int}/mute", mute, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/unmute", unmute, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/block", block, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/unblock", unblock, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/note", note, methods=["POST"]),
    Route("/api/v1/mutes", list_mutes),
    Route("/api/v1/blocks", list_blocks),
    Route("/api/v1/domain_blocks", list_domain_blocks),
    Route("/api/v1/domain_blocks", block_domain, methods=["POST"]),
    Route("/api/v1/domain_blocks", unblock_domain, methods=["DELETE"]),
    Route("/api/v1/domain_blocks/preview", preview_domain_block),
]
