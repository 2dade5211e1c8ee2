"""Posts that wait for their time. Source: Mastodon API documentation, methods/scheduled_statuses."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import scheduled as entities
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.threads import scheduled


class MoveForm(msgspec.Struct):
    """When it is to be published instead."""

    scheduled_at: str = ""


@needs("read:statuses")
async def list_scheduled(request: Request) -> Response:
    """My posts that wait for their time, or could not be published when it came."""
    here, where = site(request), cursor(request)
    async with here.read() as db:
        found = await scheduled.page(
            db,
            member(request).account.id,
            below=where.below,
            above=where.above,
            upwards=where.is_upwards,
            limit=where.limit,
        )
        shown = await entities.many(db, here.here, found)
    return json(shown, headers=link_header(request, [each.id for each in found]))


@needs("read:statuses")
async def show_scheduled(request: Request) -> Response:
    """One of them."""
    here = site(request)
    async with here.read() as db:
        found = await scheduled.by_id(db, member(request).account.id, int(request.path_params["id"]))
        shown = await entities.many(db, here.here, [found])
    return json(shown[0])


@needs("write:statuses")
async def move_scheduled(request: Request) -> Response:
    """Publish it at another time."""
    form = await read(request, MoveForm)
    here, me, scheduled_id = site(request), member(request).account.id, int(request.path_params["id"])
    async with here.transaction(wakes=()) as db:
        found = await scheduled.by_id(db, me, scheduled_id)
        if form.scheduled_at:
            found = await scheduled.move(db, me, scheduled_id, scheduled.time_of(form.scheduled_at, now=here.now()))
        shown = await entities.many(db, here.here, [found])
    return json(shown[0])


@needs("write:statuses")
async def cancel_scheduled(request: Request) -> Response:
    """Do not publish it."""
    async with site(request).transaction(wakes=()) as db:
        await scheduled.cancel(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


routes = [
    Route("/api/v1/scheduled_statuses", list_scheduled),
    Route("/api/v1/scheduled_statuses/{id:int}", show_scheduled),
    Route("/api/v1/scheduled_statuses/{id:int}", move_scheduled, methods=["PUT", "PATCH"]),
    Route("/api/v1/scheduled_statuses/{id:int}", cancel_scheduled, methods=["DELETE"]),
]
