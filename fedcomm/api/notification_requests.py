"""Whose notifications are held back, and what waits. Source: Mastodon API documentation, methods/notifications."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.notifications import policy, requests
from fedcomm.notifications.policy import NotificationPolicy, Wish


class PolicyForm(msgspec.Struct):
    """What is to change; what is left out stays."""

    for_not_following: Wish | None = None
    for_not_followers: Wish | None = None
    for_new_accounts: Wish | None = None
    for_private_mentions: Wish | None = None
    for_limited_accounts: Wish | None = None
    for_bots: Wish | None = None


class FirstPolicyForm(msgspec.Struct):
    """The same as older apps say it: held back or not."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None
    filter_bots: bool | None = None


class ManyForm(msgspec.Struct):
    """Which requests."""

    id: list[str] = []


async def _summary(db: Connection, account_id: int) -> dict[str, int]:
    people, notifications = await requests.waiting(db, account_id)
    return {"pending_requests_count": people, "pending_notifications_count": notifications}


async def _first_version(db: Connection, account_id: int, found: NotificationPolicy) -> dict[str, Any]:
    """The V1::NotificationPolicy entity."""
    wishes: dict[str, str] = msgspec.to_builtins(found)
    held = {name.replace("for_", "filter_"): wish != "accept" for name, wish in wishes.items()}
    del held["filter_limited_accounts"]
    return {**held, "summary": await _summary(db, account_id)}


@needs("read:notifications")
async def show_policy(request: Request) -> Response:
    """Whose notifications I accept."""
    me = member(request).account.id
    async with site(request).read() as db:
        return json({**msgspec.to_builtins(await policy.of(db, me)), "summary": await _summary(db, me)})


@needs("write:notifications")
async def change_policy(request: Request) -> Response:
    """Accept others from now on."""
    form, here, me = await read(request, PolicyForm), site(request), member(request).account.id
    async with here.transaction(wakes=()) as db:
        found = await policy.change(db, me, msgspec.to_builtins(form), now=here.now())
        return json({**msgspec.to_builtins(found), "summary": await _summary(db, me)})


@needs("read:notifications")
async def show_first_policy(request: Request) -> Response:
    """Whose notifications I accept, for older apps."""
    me = member(request).account.id
    async with site(request).read() as db:
        return json(await _first_version(db, me, await policy.of(db, me)))


@needs("write:notifications")
async def change_first_policy(request: Request) -> Response:
    """Accept others from now on, as older apps say it; what is dropped already stays dropped when it is held back."""
    form, here, me = await read(request, FirstPolicyForm), site(request), member(request).account.id
    async with here.transaction(wakes=()) as db:
        present: dict[str, Wish] = msgspec.to_builtins(await policy.of(db, me))
        wishes: dict[str, Wish | None] = {}
        asked: dict[str, bool | None] = msgspec.to_builtins(form)
        for name, is_held in asked.items():
            ours = name.replace("filter_", "for_")
            if is_held is not None and is_held != (present[ours] != "accept"):
                wishes[ours] = "filter" if is_held else "accept"
        found = await policy.change(db, me, wishes, now=here.now())
        return json(await _first_version(db, me, found))


async def _shown(db: Connection, request: Request, found: Sequence[requests.Request]) -> list[dict[str, Any]]:
    """The NotificationRequest entities."""
    here = site(request)
    people = {account.id: account for account in await finding.by_ids(db, [each.from_account_id for each in found])}
    post_ids = [each.last_post_id for each in found if each.last_post_id is not None]
    posts = await statuses.posts(db, here.service(Encoded), post_ids, member(request).account.id)
    return [
        {
            "id": str(each.id),
            "created_at": stamp(each.created_at),
            "updated_at": stamp(each.updated_at),
            "account": entities.account(here.here, people[each.from_account_id]),
            "notifications_count": str(each.count),
            **({"last_status": orjson.Fragment(posts[each.last_post_id])} if each.last_post_id in posts else {}),
        }
        for each in found
        if each.from_account_id in people
    ]


@needs("read:notifications")
async def list_requests(request: Request) -> Response:
    """Who waits to be let through, the last one first."""
    where = cursor(request, default=40, most=80)
    async with site(request).read() as db:
        page = await requests.page(db, member(request).account.id, cursor=where)
        shown = await _shown(db, request, page)
    return json(shown, headers=link_header(request, [each.id for each in page]))


@needs("read:notifications")
async def show_request(request: Request) -> Response:
    """One of those who wait."""
    async with site(request).read() as db:
        found = await requests.by_id(db, member(request).account.id, int(request.path_params["id"]))
        shown = await _shown(db, request, [found])
    if not shown:
        raise NotFound
    return json(shown[0])


@needs("read:notifications")
async def are_merged(_request: Request) -> Response:
    """Whether what was let through stands among the others: at once, in the transaction that accepts it."""
    return json({"merged": True})


@needs("write:notifications")
async def accept_request(request: Request) -> Response:
    """Let one through."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        if not await requests.accept(db, member(request).account.id, [int(request.path_params["id"])], now=here.now()):
            raise NotFound
    return nothing()


@needs("write:notifications")
async def dismiss_request(request: Request) -> Response:
    """Take away what waits of one."""
    async with site(request).transaction(wakes=()) as db:
        if not await requests.dismiss(db, member(request).account.id, [int(request.path_params["id"])]):
            raise NotFound
    return nothing()


@needs("write:notifications")
async def accept_requests(request: Request) -> Response:
    """Let several through; who does not wait is passed over."""
    wanted, here = [id_from(each) for each in (await read(request, ManyForm)).id], site(request)
    async with here.transaction(wakes=()) as db:
        await requests.accept(db, member(request).account.id, wanted, now=here.now())
    return nothing()


@needs("write:notifications")
async def dismiss_requests(request: Request) -> Response:
    """Take away what waits of several; who does not wait is passed over."""
    wanted = [id_from(each) for each in (await read(request, ManyForm)).id]
    async with site(request).transaction(wakes=()) as db:
        await requests.dismiss(db, member(request).account.id, wanted)
    return nothing()


routes = [
    Route("/api/v2/notifications/policy", show_policy),
    Route("/api/v2/notifications/policy", change_policy, methods=["PATCH", "PUT"]),
    Route("/api/v1/notifications/policy", show_first_policy),
    Route("/api/v1/notifications/policy", change_first_policy, methods=["PATCH", "PUT"]),
    Route("/api/v1/notifications/requests", list_requests),
    Route("/api/v1/notifications/requests/merged", are_merged),
    Route("/api/v1/notifications/requests/accept", accept_requests, methods=["POST"]),
    Route("/api/v1/notifications/requests/dismiss", dismiss_requests, methods=["POST"]),
    Route("/api/v1/notifications/requests/{id:int}", show_request),
    Route("/api/v1/notifications/requests/{id:int}/accept", accept_request, methods=["POST"]),
    Route("/api/v1/notifications/requests/{id:int}/dismiss", dismiss_request, methods=["POST"]),
]
