"""Groups: which there are, founding, joining and leaving one, its threads (groups-in-clients.md section 4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.accounts.model import Account
from fedcomm.api import reading
from fedcomm.api.entities import groups as entities
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import describing, founding, membership
from fedcomm.groups import reading as groups
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule
from fedcomm.http import paging
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.search import people
from fedcomm.timelines import group as group_timeline

MOST_GROUPS = 200


class GroupsForm(msgspec.Struct):
    """Which groups."""

    scope: Literal["mine", "instance", "network"] = "instance"
    q: str = ""
    kind: str | None = None


@anyone_or("read:groups")
async def list_groups(request: Request) -> Response:
    """My groups, those of this instance, or those elsewhere that somebody here has joined."""
    form = query(request, GroupsForm)
    me = viewer_id(request)
    limit, offset = cursor(request, default=40, most=80).limit, paging.offset(request)
    async with site(request).read() as db:
        if form.scope == "mine":
            found = await groups.joined(db, me) if me is not None else []
        elif form.scope == "instance":
            found = await groups.here(db, viewer_id=me, limit=MOST_GROUPS)
        else:
            found = await groups.elsewhere(db, limit=MOST_GROUPS)
        if form.q.strip():
            named = {each.id for each in await people.search(db, form.q, me, limit=MOST_GROUPS)}
            found = [each for each in found if each.id in named]
        shown = await _many(db, request, found)
    if form.kind is not None:
        shown = [each for each in shown if each["kind"] == form.kind]
    return json(shown[offset : offset + limit])


async def _many(db: Connection, request: Request, found: Sequence[Account]) -> list[dict[str, Any]]:
    ids, me = [each.id for each in found], viewer_id(request)
    profiles = await groups.profiles(db, ids)
    mine = await membership.of_member(db, me, ids) if me is not None else {}
    here = site(request).here
    return [entities.group(here, each, profiles.get(each.id), mine.get(each.id)) for each in found]


async def group_of(db: Connection, request: Request) -> Account:
    """The group that the path names, as far as the asker may know of it. Raises NotFound."""
    found = await finding.by_id(db, int(request.path_params["id"]))
    if not found.is_group or not await groups.may_know_of(db, found.id, viewer_id(request)):
        raise NotFound
    return found


async def _shown(db: Connection, request: Request, group_id: int) -> dict[str, Any]:
    (shown,) = await _many(db, request, [await finding.by_id(db, group_id)])
    return shown


@anyone_or("read:groups")
async def show(request: Request) -> Response:
    """A group and what it says of itself."""
    async with site(request).read() as db:
        return json(await _shown(db, request, (await group_of(db, request)).id))


class FoundForm(msgspec.Struct):
    """A new group."""

    handle: str = ""
    name: str = ""
    purpose: str = ""
    for_whom: str = ""
    join_rule: JoinRule = "open"
    posting_rule: PostingRule = "members"
    carry_policy: CarryPolicy = "auto"


@needs("write:groups")
async def found(request: Request) -> Response:
    """Found a group; who founds it is its first facilitator."""
    form = await read(request, FoundForm)
    here = site(request)
    async with here.transaction() as db:
        made = await founding.create(
            db,
            here.here,
            member(request).account,
            form.handle,
            form.name,
            form.purpose,
            for_whom=form.for_whom,
            join_rule=form.join_rule,
            posting_rule=form.posting_rule,
            carry_policy=form.carry_policy,
            now=here.now(),
        )
        shown = await _shown(db, request, made.id)
    return json(shown)


@needs("write:groups")
async def change(request: Request) -> Response:
    """Change what a group says of itself and who may do what there, by a facilitator."""
    changes = await read(request, describing.Changes)
    here = site(request)
    async with here.transaction() as db:
        group = await group_of(db, request)
        await describing.change(db, member(request).account, group, changes, now=here.now())
        shown = await _shown(db, request, group.id)
    return json(shown)


async def _take_part(request: Request, verb: Callable[..., Awaitable[object]]) -> Response:
    here = site(request)
    async with here.transaction() as db:
        group = await group_of(db, request)
        await verb(db, here.here, member(request).account, group, now=here.now())
        shown = await _shown(db, request, group.id)
    return json(shown)


@needs("write:groups")
async def join(request: Request) -> Response:
    """Join, or ask to where members are let in."""
    return await _take_part(request, membership.join)


@needs("write:groups")
async def leave(request: Request) -> Response:
    """Leave, or take the question back."""
    return await _take_part(request, membership.leave)


@anyone_or("read:groups")
async def threads(request: Request) -> Response:
    """The threads of a group, its own and those it carries, the newest first."""
    where = cursor(request)
    async with site(request).read() as db:
        group = await group_of(db, request)
        page = await group_timeline.threads(db, viewer_id(request), group.id, cursor=where)
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


routes = [
    Route("/api/fedcomm/v1/groups", list_groups),
    Route("/api/fedcomm/v1/groups", found, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}", show),
    Route("/api/fedcomm/v1/groups/{id:int}", change, methods=["PATCH"]),
    Route("/api/fedcomm/v1/groups/{id:int}/join", join, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/leave", leave, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/threads", threads),
]
