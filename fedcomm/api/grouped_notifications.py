"""Notifications in groups. Source: Mastodon API documentation, methods/grouped_notifications."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.accounts.model import Account
from fedcomm.api.accounts import many
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import own_notices, reports, statuses
from fedcomm.api.entities.statuses import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.api.notifications import DEFAULT_COUNTED, MOST_COUNTED, PageForm
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.notifications import groups, reading
from fedcomm.notifications.groups import GROUPED, Group


class GroupsForm(PageForm):
    """Which notifications, and which of them in groups."""

    grouped_types: list[str] = msgspec.field(default_factory=lambda: list(GROUPED))


async def _shown(db: Connection, request: Request, found: Sequence[Group]) -> dict[str, Any]:
    """The GroupedNotificationsResults entity."""
    here = site(request)
    people = await finding.by_ids(db, list(dict.fromkeys(who for group in found for who in group.from_ids)))
    post_ids = list(dict.fromkeys(group.post_id for group in found if group.post_id is not None))
    posts = await statuses.posts(db, here.service(Encoded), post_ids, member(request).account.id)
    known = {account.id: account for account in people}
    me, supported = member(request), query(request, PageForm).supported_types
    report_ids = [group.report_id for group in found if group.report_id is not None]
    reported = await reports.of_notifications(db, here, member(request).account.id, report_ids)
    return {
        "accounts": [entities.account(here.here, account) for account in people],
        "statuses": [orjson.Fragment(posts[post_id]) for post_id in post_ids if post_id in posts],
        "notification_groups": [
            _group(group, known, reported.get(group.report_id or 0), supported, me.login.locale)
            for group in found
            if (group.report_id is None or group.report_id in reported)
            and known.keys() & group.from_ids
            and (group.post_id is None or group.post_id in posts)
        ],
    }


def _group(
    group: Group,
    known: Mapping[int, Account],
    report: Mapping[str, Any] | None,
    supported: Collection[str] | None,
    locale: str,
) -> dict[str, Any]:
    """The NotificationGroup entity."""
    sample = [str(who) for who in dict.fromkeys(group.from_ids) if who in known]
    return {
        "group_key": group.key,
        "notifications_count": group.count,
        **own_notices.told(group.type, known[int(sample[0])], supported, locale),
        "most_recent_notification_id": group.newest_id,
        "page_min_id": str(group.oldest_id),
        "page_max_id": str(group.newest_id),
        "latest_page_notification_at": stamp(group.newest_at),
        "sample_account_ids": sample,
        **({"status_id": str(group.post_id)} if group.post_id is not None else {}),
        **({"report": report} if report is not None else {}),
    }


@needs("read:notifications")
async def list_groups(request: Request) -> Response:
    """What concerns me, newest first; what is alike is one."""
    form = query(request, GroupsForm)
    where = cursor(request, default=40, most=80)
    async with site(request).read() as db:
        page = await groups.page(
            db,
            member(request).account.id,
            cursor=where,
            types=own_notices.asked_for(form.types) or None,
            exclude_types=own_notices.asked_for(form.exclude_types),
            from_id=id_from(form.account_id) if form.account_id else None,
            grouped_types=form.grouped_types,
            with_filtered=form.include_filtered,
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
            db,
            member(request).account.id,
            types=own_notices.asked_for(form.types) or None,
            exclude_types=own_notices.asked_for(form.exclude_types),
            from_id=id_from(form.account_id) if form.account_id else None,
            grouped_types=form.grouped_types,
            limit=limit,
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
    return json(many(here, people))


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
