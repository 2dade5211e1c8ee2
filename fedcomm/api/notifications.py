"""Notifications, one by one. Source: Mastodon API documentation, methods/notifications."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import own_notices, reports, statuses
from fedcomm.api.entities.statuses import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.notifications import reading
from fedcomm.notifications.model import Notification

DEFAULT_COUNTED = 100
MOST_COUNTED = 1_000


class PageForm(msgspec.Struct):
    """Which notifications. Types we do not know match nothing."""

    types: list[str] = []
    exclude_types: list[str] = []
    account_id: str | None = None
    include_filtered: bool = False
    supported_types: list[str] | None = None
    """What the app knows; says at all that it can show others by their fallback."""


async def _shown(db: Connection, request: Request, found: Sequence[Notification]) -> list[dict[str, Any]]:
    me, supported = member(request), query(request, PageForm).supported_types
    return await shown_to(db, site(request), me.account.id, found, supported=supported, locale=me.login.locale)


async def shown_to(
    db: Connection,
    here: Site,
    viewer_id: int,
    found: Sequence[Notification],
    *,
    supported: Collection[str] | None = None,
    locale: str = "en",
) -> list[dict[str, Any]]:
    """Notification entities, for whom they are. `supported`: the types that their app says it knows."""
    people = {account.id: account for account in await finding.by_ids(db, [each.from_account_id for each in found])}
    post_ids = [each.post_id for each in found if each.post_id is not None]
    posts = await statuses.posts(db, here.service(Encoded), list(dict.fromkeys(post_ids)), viewer_id)
    reported = await reports.of_notifications(
        db, here, viewer_id, [each.report_id for each in found if each.report_id is not None]
    )
    shown: list[dict[str, Any]] = []
    for each in found:
        if each.report_id is not None and each.report_id not in reported:
            continue
        if each.from_account_id not in people or (each.post_id is not None and each.post_id not in posts):
            continue
        entity: dict[str, Any] = {
            "id": str(each.id),
            **own_notices.told(each.type, people[each.from_account_id], supported, locale),
            "group_key": f"ungrouped-{each.id}",
            "created_at": stamp(each.created_at),
            "account": entities.account(here.here, people[each.from_account_id]),
        }
        if each.post_id is not None:
            entity["status"] = orjson.Fragment(posts[each.post_id])
        if each.report_id is not None:
            entity["report"] = reported[each.report_id]
        if each.is_filtered:
            entity["filtered"] = True
        shown.append(entity)
    return shown


@needs("read:notifications")
async def list_notifications(request: Request) -> Response:
    """What concerns me, newest first."""
    form = query(request, PageForm)
    where = cursor(request, default=40, most=80)
    async with site(request).read() as db:
        page = await reading.page(
            db,
            member(request).account.id,
            cursor=where,
            types=own_notices.asked_for(form.types) or None,
            exclude_types=own_notices.asked_for(form.exclude_types),
            from_id=id_from(form.account_id) if form.account_id else None,
            with_filtered=form.include_filtered,
        )
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
    form = query(request, PageForm)
    limit = cursor(request, default=DEFAULT_COUNTED, most=MOST_COUNTED).limit
    async with site(request).read() as db:
        count = await reading.unread(
            db,
            member(request).account.id,
            types=own_notices.asked_for(form.types) or None,
            exclude_types=own_notices.asked_for(form.exclude_types),
            limit=limit,
        )
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


routes = [
    Route("/api/v1/notifications", list_notifications),
    Route("/api/v1/notifications/clear", clear_notifications, methods=["POST"]),
    Route("/api/v1/notifications/unread_count", count_unread),
    Route("/api/v1/notifications/{id:int}", show_notification),
    Route("/api/v1/notifications/{id:int}", dismiss_notification, methods=["DELETE"]),
    Route("/api/v1/notifications/{id:int}/dismiss", dismiss_notification, methods=["POST"]),
]
