"""Searching for people, groups, posts and tags. Source: Mastodon API documentation, methods/search.

Posts are found by their address (page or ActivityPub id); with `resolve`, where they live if need be; and by members
through their words and the operators of `fedcomm/search/question.py`.
"""

from datetime import UTC
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.accounts.model import Account
from fedcomm.api import accounts, reading, tags
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http import paging
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, viewer, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.finding import Finder
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor, id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import zone
from fedcomm.search import people, posts
from fedcomm.search.question import taken_apart
from fedcomm.threads import reading as threads
from fedcomm.threads.model import Post
from fedcomm.timelines import tag

TYPES = ("accounts", "statuses", "hashtags")
LONGEST_QUERY = 2_000
ADDRESSES = ("https://", "http://")


class SearchForm(msgspec.Struct):
    """What to look for."""

    q: str = ""
    type: str | None = None
    resolve: bool = False
    following: bool = False
    account_id: str = ""


@anyone_or("read:search")
async def search(request: Request) -> Response:
    """People, groups, posts and tags that a text names."""
    form = query(request, SearchForm)
    text = form.q.strip()
    if not text or len(text) > LONGEST_QUERY:
        raise Invalid("Say what to look for.", field="q")
    types = (form.type,) if form.type else TYPES
    if form.type and form.type not in TYPES:
        raise Invalid("type must be accounts, statuses or hashtags.", field="type")
    here = site(request)
    resolved = await _resolve(here, text) if form.resolve and viewer(request) is not None else None
    async with here.read() as db:
        return json(
            {
                "accounts": await _accounts(db, request, form, text, resolved) if "accounts" in types else [],
                "statuses": await _statuses(db, request, form, text, resolved) if "statuses" in types else [],
                "hashtags": await _hashtags(db, request, text) if "hashtags" in types else [],
            }
        )


async def _resolve(here: Site, text: str) -> Account | Post | None:
    """Ask other servers for a full handle or an address; what comes of it is known here afterwards."""
    is_address = text.startswith(ADDRESSES)
    is_handle = "@" in text.removeprefix("@") and " " not in text
    if not (is_address or is_handle) or not here.has(Finder):
        return None
    return await here.service(Finder).search(text)


async def _accounts(
    db: Connection, request: Request, form: SearchForm, text: str, resolved: Account | Post | None
) -> list[dict[str, Any]]:
    here = site(request)
    limit, offset = cursor(request).limit, paging.offset(request)
    if text.startswith(ADDRESSES):
        found = resolved if isinstance(resolved, Account) else await finding.by_address(db, here.here, text)
        is_shown = found is not None and not offset and await finding.may_be_met(db, found)
        return await accounts.whole(db, here, [found]) if found is not None and is_shown else []
    met = await people.search(db, text, viewer_id(request), following=form.following, limit=limit, offset=offset)
    return await accounts.whole(db, here, met)


async def _statuses(
    db: Connection, request: Request, form: SearchForm, text: str, resolved: Account | Post | None
) -> list[Any]:
    me = viewer(request)
    if text.startswith(ADDRESSES) and " " not in text:
        found = resolved if isinstance(resolved, Post) else await threads.by_url(db, text, viewer_id(request))
        ids = [found.id] if found is not None and not paging.offset(request) else []
    elif me is not None:
        async with site(request).read_late(db) as late:
            ids = await posts.page(
                late,
                site(request).here,
                me.account,
                taken_apart(text, zone=zone(me.login.time_zone or "") or UTC),
                author_id=id_from(form.account_id) if form.account_id else None,
                cursor=cursor(request),
                offset=paging.offset(request),
            )
    else:
        ids = []
    return [orjson.Fragment(each) for each in await reading.posts(db, request, ids)]


async def _hashtags(db: Connection, request: Request, text: str) -> list[dict[str, Any]]:
    name = text.removeprefix("#")
    if not name or any(c in name for c in " @/:"):
        return []
    found = await tag.beginning_with(db, name, limit=cursor(request).limit, offset=paging.offset(request))
    return await tags.shown(db, request, found)


routes = [
    Route("/api/v2/search", search),
]
