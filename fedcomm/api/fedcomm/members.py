"""Who takes part in a group, and who would like to (groups-in-clients.md section 4; product 26)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.api.entities import groups as entities
from fedcomm.api.fedcomm.groups import group_of
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.groups.model import ROLES, MembershipState, Role
from fedcomm.http import paging
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.permissions import may


class MembersForm(msgspec.Struct):
    """Which members."""

    role: Role | None = None


@needs("read:groups")
async def list_members(request: Request) -> Response:
    """Who takes part in a group, those who look after it first."""
    return await _list(request, query(request, MembersForm).role, "active")


@needs("read:groups")
async def list_requests(request: Request) -> Response:
    """Who has asked to join a group, for those who let people in."""
    return await _list(request, None, "requested")


async def _list(request: Request, role: Role | None, state: MembershipState) -> Response:
    here = site(request)
    async with here.read() as db:
        group = await group_of(db, request)
        mine = await membership.role(db, group.id, member(request).account.id)
        if state == "requested" and not may(mine, "admit members"):
            raise NotAllowed("Only those who look after a group see who has asked to join it.")
        limit, offset = cursor(request, default=40, most=80).limit, paging.offset(request)
        found = await membership.members(
            db, group.id, roles=[role] if role else ROLES, state=state, limit=limit, offset=offset
        )
        people = await lookup.by_ids(db, [each.member_id for each in found])
    return json(
        [entities.member(here.here, each, people[each.member_id]) for each in found if each.member_id in people]
    )


class RoleForm(msgspec.Struct):
    """What somebody is to be in a group."""

    role: Role | None = None


@needs("write:groups")
async def appoint(request: Request) -> Response:
    """Give a member another role."""
    form = await read(request, RoleForm)
    here, person_id = site(request), int(request.path_params["account"])
    async with here.transaction() as db:
        group = await group_of(db, request)
        if form.role is None:
            raise Invalid("Say which role.", field="role")
        await membership.appoint(db, member(request).account, group, person_id, form.role, now=here.now())
        found = await membership.find(db, group.id, person_id)
        person = await lookup.by_id(db, person_id)
    if found is None or person is None:
        raise NotFound
    return json(entities.member(here.here, found, person))


@needs("write:groups")
async def remove(request: Request) -> Response:
    """Put somebody out of a group, who cannot come back by themselves."""
    here, person_id = site(request), int(request.path_params["account"])
    async with here.transaction() as db:
        group = await group_of(db, request)
        me = member(request).account
        mine = await membership.role(db, group.id, me.id)
        if may(mine, "admit members") and await membership.find(db, group.id, person_id) is None:
            raise NotFound
        await membership.remove(db, here.here, me, group, person_id, now=here.now())
    return nothing()


@needs("write:groups")
async def approve(request: Request) -> Response:
    """Let somebody in who has asked."""
    here = site(request)
    async with here.transaction() as db:
        group = await group_of(db, request)
        person_id = int(request.path_params["account"])
        await membership.admit(db, here.here, member(request).account, group, person_id, now=here.now())
    return nothing()


@needs("write:groups")
async def reject(request: Request) -> Response:
    """Refuse somebody who has asked."""
    here = site(request)
    async with here.transaction() as db:
        group = await group_of(db, request)
        person_id = int(request.path_params["account"])
        if not await membership.turn_away(db, here.here, member(request).account, group, person_id, now=here.now()):
            raise NotFound
    return nothing()


routes = [
    Route("/api/fedcomm/v1/groups/{id:int}/members", list_members),
    Route("/api/fedcomm/v1/groups/{id:int}/members/{account:int}", appoint, methods=["PATCH", "PUT"]),
    Route("/api/fedcomm/v1/groups/{id:int}/members/{account:int}", remove, methods=["DELETE"]),
    Route("/api/fedcomm/v1/groups/{id:int}/requests", list_requests),
    Route("/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/approve", approve, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/reject", reject, methods=["POST"]),
]
