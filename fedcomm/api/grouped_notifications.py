"""Notifications in groups. Source: Mastodon API documentation, methods/grouped_notifications."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.accounts import many
from fedcomm.api.entities import notifications as entities
from fedcomm.api.notifications import DEFAULT_COUNTED, MOST_COUNTED, PageForm
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.notifications import groups, reading
from fedcomm.notifications.groups import GROUPED, Group


class GroupsForm(PageForm):
    """Which notifications, and which of them in groups."""

    grouped_types: list[str] = msgspec.field(default_factory=lambda: list(GROUPED))


async def _shown(db: Connection, request: Request, found: Sequence[Group]) -> dict[str, Any]:
    me, supported = member(request), query(request, PageForm).supported_types
    return await entities.in_groups(
        db, site(request), me.account.id, found, supported=supported, locale=me.login.locale
    )


@needs("read:notifications")
async def list_groups(request: Request) -> Response:
    """What concerns me, newest first; what is alike is one."""
    form = query(request, GroupsForm)
    where = cursor(request, default=40, most=80)
    async with site(request).read() as db:
        page = await groups.page(
            db, member(request).account.id, form.wanted(), cursor=where, grouped_types=form.grouped_types
        )
        shown = await _shown(db, request, page)
    return json(shown, headers=link_header(request, [group.newest_id for group in page]))


@needs("read:notifications")
async def count_unread(request: Request) -> Response:
    """How many groups have something that I have not read, by my marker."""
    form = query(request, GroupsForm)
    limit = cursor(request, default=DEFAULT_COUNTED, most=MOST_COUNTED).limit
    async with site(request).read() as db:
        count = await groups.unread(
            db, member(request).account.id, form.wanted(), grouped_types=form.grouped_types, limit=limit
        )
    return json({"count": count})


@needs("read:notifications")
async def show_group(request: Request) -> Response:
    """One of my groups."""
    async with site(request).read() as db:
        found = await groups.by_key(db, member(request).account.id, str(request.path_params["key"]))
        shown = await _shown(db, request, [found])
    if not shown["notification_groups"]:
        raise NotFound
    return json(shown)


@needs("read:notifications")
async def list_people(request: Request) -> Response:
    """Everybody who is behind a group."""
    here = site(request)
    async with here.read() as db:
        found = await groups.people_of(db, member(request).account.id, str(request.path_params["key"]))
        people = await finding.by_ids(db, found)
    return json(await many(here, people))


@needs("write:notifications")
async def dismiss_group(request: Request) -> Response:
    """Take a group of my notifications away."""
    async with site(request).transaction() as db:
        await groups.dismiss(db, member(request).account.id, str(request.path_params["key"]))
    return nothing()


@needs("write:notifications")
async def clear_groups(request: Request) -> Response:
    """Take all of my notifications away."""
    async with site(request).transaction() as db:
        await reading.clear(db, member(request).account.id)
    return nothing()


routes = [
    Route("/api/v2/notifications", list_groups),
    Route("/api/v2/notifications/unread_count", count_unread, name="unread groups"),
    Route("/api/v2/notifications/clear", clear_groups, methods=["POST"]),
    Route("/api/v2/notifications/{key}", show_group),
    Route("/api/v2/notifications/{key}/accounts", list_people),
    Route("/api/v2/notifications/{key}/dismiss", dismiss_group, methods=["POST"]),
]
