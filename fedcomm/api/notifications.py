"""Notifications, one by one. Source: Mastodon API documentation, methods/notifications."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import notifications as entities
from fedcomm.api.entities import own_notices
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.notifications import reading
from fedcomm.notifications.model import PAGES_ONLY, Notification, Wanted

DEFAULT_COUNTED = 100
MOST_COUNTED = 1_000
MOST_AT_ONCE = 1_000


class PageForm(msgspec.Struct):
    """Which notifications. Types we do not know match nothing."""

    types: list[str] = []
    exclude_types: list[str] = []
    account_id: str | None = None
    include_filtered: bool = False
    supported_types: list[str] | None = None
    """What the app knows; says at all that it can show others by their fallback."""

    def wanted(self) -> Wanted:
        """As the feature knows it. Raises Invalid."""
        return Wanted(
            types=own_notices.asked_for(self.types) or None,
            exclude_types=[*own_notices.asked_for(self.exclude_types), *PAGES_ONLY],
            from_id=id_from(self.account_id) if self.account_id else None,
            with_filtered=self.include_filtered,
        )


async def _shown(db: Connection, request: Request, found: Sequence[Notification]) -> list[dict[str, Any]]:
    me, supported = member(request), query(request, PageForm).supported_types
    return await entities.shown_to(db, site(request), me.account.id, found, supported=supported, locale=me.login.locale)


@needs("read:notifications")
async def list_notifications(request: Request) -> Response:
    """What concerns me, newest first."""
    wanted = query(request, PageForm).wanted()
    where = cursor(request, default=40, most=80)
    async with site(request).read() as db:
        page = await reading.page(db, member(request).account.id, wanted, cursor=where)
        shown = await _shown(db, request, page)
    return json(shown, headers=link_header(request, [each.id for each in page]))


@needs("read:notifications")
async def show_notification(request: Request) -> Response:
    """One of my notifications."""
    async with site(request).read() as db:
        found = await reading.by_id(db, member(request).account.id, int(request.path_params["id"]))
        shown = await _shown(db, request, [found])
    if not shown:
        raise NotFound
    return json(shown[0])


@needs("read:notifications")
async def count_unread(request: Request) -> Response:
    """How many notifications I have not read, by my marker."""
    wanted = query(request, PageForm).wanted()
    limit = cursor(request, default=DEFAULT_COUNTED, most=MOST_COUNTED).limit
    async with site(request).read() as db:
        count = await reading.unread(db, member(request).account.id, wanted, limit=limit)
    return json({"count": count})


@needs("write:notifications")
async def clear_notifications(request: Request) -> Response:
    """Take all of my notifications away."""
    async with site(request).transaction() as db:
        await reading.clear(db, member(request).account.id)
    return nothing()


@needs("write:notifications")
async def dismiss_notification(request: Request) -> Response:
    """Take one of my notifications away."""
    async with site(request).transaction() as db:
        await reading.dismiss(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


class SeveralForm(msgspec.Struct):
    """Which ones; those that are not mine, or not there, are passed over."""

    ids: list[str] = []


@needs("write:notifications")
async def dismiss_several(request: Request) -> Response:
    """Take several of my notifications away."""
    form = await read(request, SeveralForm)
    wanted = [id_from(each) for each in form.ids[:MOST_AT_ONCE]]
    async with site(request).transaction() as db:
        await reading.dismiss_several(db, member(request).account.id, wanted)
    return nothing()


routes = [
    Route("/api/v1/notifications", list_notifications),
    Route("/api/v1/notifications/clear", clear_notifications, methods=["POST"]),
    Route("/api/v1/notifications/unread_count", count_unread),
    Route("/api/v1/notifications/destroy_multiple", dismiss_several, methods=["DELETE"]),
    Route("/api/v1/notifications/{id:int}", show_notification),
    Route("/api/v1/notifications/{id:int}", dismiss_notification, methods=["DELETE"]),
    Route("/api/v1/notifications/{id:int}/dismiss", dismiss_notification, methods=["POST"]),
]
