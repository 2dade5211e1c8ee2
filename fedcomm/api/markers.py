"""How far somebody has read, shared by their apps. Source: Mastodon API documentation, methods/markers."""

from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities.times import stamp
from fedcomm.errors import Invalid
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import fields, query
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.notifications import markers
from fedcomm.notifications.markers import TIMELINES, Marker, Timeline


class WhichForm(msgspec.Struct):
    """Which timelines; none means both, as apps that decode both keys ask without naming them."""

    timeline: list[str] = []


def _entities(found: dict[str, Marker]) -> dict[str, object]:
    return {
        timeline: {
            "last_read_id": str(marker.last_read_id),
            "version": marker.version,
            "updated_at": stamp(marker.updated_at),
        }
        for timeline, marker in found.items()
    }


@needs("read:statuses")
async def show_markers(request: Request) -> Response:
    """My markers, as far as they were set."""
    wanted = query(request, WhichForm).timeline or TIMELINES
    async with site(request).read() as db:
        found = await markers.of(db, member(request).account.id, wanted)
    return json(_entities(found))


@needs("write:statuses")
async def set_markers(request: Request) -> Response:
    """Set one marker or both."""
    given = await fields(request)
    here, me = site(request), member(request).account.id
    wanted: dict[Timeline, int] = {timeline: _last_read(given[timeline]) for timeline in TIMELINES if timeline in given}
    async with here.transaction() as db:
        found = {
            timeline: await markers.put(db, me, timeline, last_read_id, now=here.now())
            for timeline, last_read_id in wanted.items()
        }
    return json(_entities(dict(found)))


def _last_read(given: object) -> int:
    """The id in `{"last_read_id": ...}`. Raises Invalid."""
    value = cast("dict[str, object]", given).get("last_read_id") if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Invalid("last_read_id is missing.", field="last_read_id")
    return id_from(str(value))


routes = [
    Route("/api/v1/markers", show_markers),
    Route("/api/v1/markers", set_markers, methods=["POST"]),
]
