"""Groups that move, by those who may change them (federation.md 4.3)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.api.entities import groups as entities
from fedcomm.api.fedcomm.groups import group_of
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import membership, reading
from fedcomm.groups import moving as leaving
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import read
from fedcomm.http.router import Route


class TargetForm(msgspec.Struct):
    """Which other group, by its handle."""

    acct: str = ""


async def _mine(request: Request) -> Account:
    """The group of the path, if the member may change it. Raises NotFound, NotAllowed."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        await leaving.check_may(db, member(request).account, group)
    return group


async def _found(here: Site, acct: str) -> Account:
    found = await here.service(Finder).account_now(f"@{acct.removeprefix('@')}") if acct and here.has(Finder) else None
    if found is None:
        raise NotFound
    return found


async def _shown(db: Connection, request: Request, group: Account) -> Response:
    now = await lookup.by_id(db, group.id)
    assert now is not None
    mine = await membership.find(db, group.id, member(request).account.id)
    return json(entities.group(site(request).here, now, await reading.profile(db, group.id), mine))


@needs("write:groups")
async def add_name(request: Request) -> Response:
    """Say that a group elsewhere is this one, too: it may move here."""
    form = await read(request, TargetForm)
    here, group = site(request), await _mine(request)
    other = await _found(here, form.acct)
    async with here.transaction() as db:
        await moving.add_name(db, group, other, now=here.now())
        return await _shown(db, request, group)


@needs("write:groups")
async def move(request: Request) -> Response:
    """Move a group to another one, which names it; nobody writes here any more."""
    form = await read(request, TargetForm)
    here, group = site(request), await _mine(request)
    target = await _found(here, form.acct)
    async with here.transaction() as db:
        await leaving.move_out(db, here.here, member(request).account, group, target, now=here.now())
        return await _shown(db, request, group)


@needs("write:groups")
async def come_back(request: Request) -> Response:
    """The group is here again."""
    here, group = site(request), await _mine(request)
    async with here.transaction() as db:
        await leaving.come_back(db, here.here, member(request).account, group, now=here.now())
        return await _shown(db, request, group)


routes = [
    Route("/api/fedcomm/v1/groups/{id:int}/other_names", add_name, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/move", move, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/come_back", come_back, methods=["POST"]),
]
