"""Who is put out of a group, for those who look after it (groups-in-clients.md section 4; product 13, 26)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, lookup
from fedcomm.accounts.statements import Code
from fedcomm.api.entities import groups as entities
from fedcomm.api.fedcomm import grounds
from fedcomm.api.fedcomm.groups import group_of
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import banning
from fedcomm.groups.banning import Ban
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route


class BanForm(msgspec.Struct):
    """Whom to put out, why, until when; and whether what they wrote goes with them."""

    account_id: str | None = None
    reason: str = ""
    category: Code | None = None
    rules: list[int] = []
    """Numbers of the group's rules, from 1."""
    ends_at: datetime | None = None
    remove_posts: bool = False


async def _shown(db: Connection, request: Request, found: Sequence[Ban]) -> list[dict[str, object]]:
    people = await lookup.by_ids(db, [each.account_id for each in found])
    return [entities.ban(site(request).here, each, people[each.account_id]) for each in found]


@needs("read:groups")
async def list_bans(request: Request) -> Response:
    """Who is put out of a group."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        shown = await _shown(db, request, await banning.of_group(db, member(request).account, group))
    return json(shown)


@needs("write:groups")
async def ban(request: Request) -> Response:
    """Put somebody out, member or not."""
    form = await read(request, BanForm)
    here, me = site(request), member(request).account
    if form.ends_at is not None and form.ends_at.tzinfo is None:
        raise Invalid("Say in which zone the time is.", field="ends_at")
    async with here.transaction() as db:
        group = await group_of(db, request)
        await banning.check_may(db, me, group)
        if form.account_id is None:
            raise Invalid("Say whom.", field="account_id")
        person = await finding.by_id(db, id_from(form.account_id))
        made = await banning.ban(
            db,
            here.here,
            me,
            group,
            person,
            reason=grounds.reason(form.reason),
            ends_at=form.ends_at,
            removes_posts=form.remove_posts,
            grounds=await grounds.grounds(db, group.id, form.category, form.rules),
            now=here.now(),
        )
        if made is None:
            return json({}, 202)  # the group's server decides, and says so
        (shown,) = await _shown(db, request, [made])
    return json(shown)


@needs("write:groups")
async def lift(request: Request) -> Response:
    """Let somebody come back."""
    here, person_id = site(request), int(request.path_params["account"])
    async with here.transaction() as db:
        group = await group_of(db, request)
        await banning.lift(db, here.here, member(request).account, group, person_id, now=here.now())
    return nothing()


routes = [
    Route("/api/fedcomm/v1/groups/{id:int}/bans", list_bans),
    Route("/api/fedcomm/v1/groups/{id:int}/bans", ban, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/bans/{account:int}", lift, methods=["DELETE"]),
]
