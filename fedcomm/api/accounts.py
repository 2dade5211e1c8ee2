"""Accounts, groups among them, and what stands on their pages. Source: Mastodon API documentation, methods/accounts."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, follows, moving, relationships
from fedcomm.accounts.model import Account
from fedcomm.api import reading
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import statuses
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http import paging
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import query, read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.search import people
from fedcomm.threads import pins
from fedcomm.timelines import account as account_timeline

MOST_ACCOUNTS = 80
DEFAULT_ACCOUNTS = 40


async def many(here: Site, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Account entities, with where they moved."""
    if all(each.moved_to_uri is None for each in accounts):
        return [entities.account(here.here, each) for each in accounts]
    async with here.read() as db:
        return await whole(db, here, accounts)


async def whole(db: Connection, here: Site, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """The same, where the database is being read already."""
    moved = await moving.destinations(db, accounts)
    return [
        entities.account(here.here, each)
        | ({"moved": entities.account(here.here, moved[each.id])} if each.id in moved else {})
        for each in accounts
    ]


async def standing(db: Connection, request: Request, account_id: int) -> Response:
    """The Relationship entity: how the member and an account stand to each other now."""
    found = await relationships.between(db, member(request).account.id, [account_id])
    return json(entities.relationship(found[account_id]))


@anyone_or("read:accounts")
async def show_account(request: Request) -> Response:
    """An account by its id."""
    here = site(request)
    async with here.read() as db:
        found = await finding.by_id(db, int(request.path_params["id"]))
        (shown,) = await whole(db, here, [found])
    return json(shown)


class ManyForm(msgspec.Struct):
    """Ids of accounts."""

    id: list[str] = []


@anyone_or("read:accounts")
async def show_accounts(request: Request) -> Response:
    """Many accounts by their ids; those that do not exist are left out."""
    wanted = [id_from(each) for each in (await read(request, ManyForm)).id][:MOST_ACCOUNTS]
    here = site(request)
    async with here.read() as db:
        found = await finding.by_ids(db, wanted)
    return json(await many(here, found))


class LookupForm(msgspec.Struct):
    """Whose account."""

    acct: str = ""


@anyone_or("read:accounts")
async def lookup_account(request: Request) -> Response:
    """The account of a handle, if it is known here; nobody else is asked."""
    here = site(request)
    handle = query(request, LookupForm).acct
    async with here.read() as db:
        found = await finding.by_handle(db, here.here, handle)
        if found is None:
            raise NotFound
        (shown,) = await whole(db, here, [found])
    return json(shown)


class SearchForm(msgspec.Struct):
    """Whom to look for."""

    q: str = ""
    resolve: bool = False
    following: bool = False


@needs("read:accounts")
async def search_accounts(request: Request) -> Response:
    """People and groups by handle or name; with `resolve` a full handle is looked up where it lives."""
    form = query(request, SearchForm)
    limit = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS).limit
    here = site(request)
    await look_up(here, form.q, resolve=form.resolve)
    async with here.read() as db:
        found = await people.search(
            db, form.q, viewer_id(request), following=form.following, limit=limit, offset=paging.offset(request)
        )
    return json(await many(here, found))


async def look_up(here: Site, text: str, *, resolve: bool) -> None:
    """Fetch who is meant by a full handle of another server, so that the search finds them."""
    name, _, domain = text.strip().removeprefix("@").partition("@")
    if not resolve or not name or not domain or domain.lower() == here.here.domain or not here.has(Finder):
        return
    await here.service(Finder).search(f"@{name}@{domain}")


class StatusesForm(msgspec.Struct):
    """Which posts of an account."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tagged: str | None = None


@anyone_or("read:statuses")
async def account_statuses(request: Request) -> Response:
    """What an account wrote and boosted; of a group, its threads, each wrapped by the group."""
    form = query(request, StatusesForm)
    where = cursor(request)
    async with site(request).read() as db:
        found = await finding.by_id(db, int(request.path_params["id"]))
        if form.pinned:
            on_top = await pins.pinned(db, found.id, viewer_id(request))
            return json(statuses.joined(await reading.posts(db, request, on_top)))
        page = await account_timeline.page(
            db,
            viewer_id(request),
            found,
            cursor=where,
            exclude_replies=form.exclude_replies,
            exclude_boosts=form.exclude_reblogs,
            only_media=form.only_media,
            tagged=form.tagged.casefold().removeprefix("#") if form.tagged else None,
        )
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


def _most(found: Account, request: Request, limit: int) -> int:
    """How many may be shown of those who follow an account or whom it follows: none where it keeps that to itself."""
    return 0 if found.hides_follows and found.id != viewer_id(request) else limit


@anyone_or("read:accounts")
async def list_followers(request: Request) -> Response:
    """Who follows an account, as far as it is known here; of a group, who takes part."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        found = await finding.by_id(db, int(request.path_params["id"]))
        page = await follows.followers(db, found.id, below=where.below, limit=_most(found, request, where.limit))
        shown = await finding.by_ids(db, [account_id for _, account_id in page])
    return json(await many(here, shown), headers=link_header(request, [follow_id for follow_id, _ in page]))


@anyone_or("read:accounts")
async def list_following(request: Request) -> Response:
    """Whom an account follows, as far as it is known here."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        found = await finding.by_id(db, int(request.path_params["id"]))
        page = await follows.following(db, found.id, below=where.below, limit=_most(found, request, where.limit))
        shown = await finding.by_ids(db, [account_id for _, account_id in page])
    return json(await many(here, shown), headers=link_header(request, [follow_id for follow_id, _ in page]))


routes = [
    Route("/api/v1/accounts", show_accounts),
    Route("/api/v1/accounts/lookup", lookup_account),
    Route("/api/v1/accounts/search", search_accounts),
    Route("/api/v1/accounts/{id:int}", show_account),
    Route("/api/v1/accounts/{id:int}/statuses", account_statuses),
    Route("/api/v1/accounts/{id:int}/followers", list_followers),
    Route("/api/v1/accounts/{id:int}/following", list_following),
]
