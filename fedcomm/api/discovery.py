"""What is going on, and who wants to be met. Source: Mastodon API documentation, methods/trends, methods/directory,
methods/timelines#link; groups-in-clients.md section 3."""

from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import tag_rules
from fedcomm.api import accounts, reading, tags
from fedcomm.api.entities import statuses
from fedcomm.directory import listing
from fedcomm.errors import NotFound
from fedcomm.http import paging, strangers
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone, anyone_or, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.text.mentions import normalised_tag
from fedcomm.timelines import reviews, trending
from fedcomm.timelines.trending import Trend

COUNTED_FOR = timedelta(minutes=5)
MOST_TRENDS = 100


class Trends:
    """Tags and links that trend, the same for everybody, counted anew after some minutes. One for each site."""

    def __init__(self) -> None:
        self._counted: tuple[datetime, list[Trend], list[Trend]] | None = None

    async def now(self, here: Site) -> tuple[list[Trend], list[Trend]]:
        """Tags and links, at most five minutes old."""
        moment = here.now()
        if self._counted is None or self._counted[0] < moment:
            async with here.read() as db:
                found = await trending.tags(db, limit=MOST_TRENDS, now=moment)
                links = await trending.links(db, ours=here.here.base_url, limit=MOST_TRENDS, now=moment)
            self._counted = (moment + COUNTED_FOR, found, links)
        return self._counted[1], self._counted[2]

    def forget(self) -> None:
        """Count anew at the next question."""
        self._counted = None


def days(trend: Trend) -> list[dict[str, str]]:
    """The days of a trend, as its entity has them."""
    return [{"day": str(day.starts_at), "accounts": str(day.accounts), "uses": str(day.uses)} for day in trend.days]


def _cut(request: Request, found: list[Trend], *, default: int, most: int) -> list[Trend]:
    limit, offset = cursor(request, default=default, most=most).limit, paging.offset(request)
    return found[offset : offset + limit]


@anyone
async def trending_tags(request: Request) -> Response:
    """Tags that several people use these days."""
    here = site(request)
    found, _ = await here.service(Trends).now(here)
    keys = {each.name: normalised_tag(each.name) for each in found}
    async with here.read() as db:
        may = await reviews.tags_that_may(db, keys.values(), needs_approval=here.settings.trends_need_approval)
        rules = await tag_rules.of(db, may)
        page = _cut(request, [each for each in found if keys[each.name] in may], default=10, most=20)
        names = [rules[key].shown_as or each.name if (key := keys[each.name]) in rules else each.name for each in page]
        shown = await tags.shown(db, request, names)
    return json([tag | {"history": days(each)} for tag, each in zip(shown, page, strict=True)])


@anyone
async def trending_links(request: Request) -> Response:
    """Links that several people post these days, called by their address: the pages behind them are not asked."""
    found = await _links_that_may(site(request))
    return json([card(each) for each in _cut(request, found, default=10, most=20)])


async def _links_that_may(here: Site) -> list[Trend]:
    _, found = await here.service(Trends).now(here)
    async with here.read() as db:
        may = await reviews.links_that_may(
            db, [each.name for each in found], needs_approval=here.settings.trends_need_approval
        )
    return [each for each in found if each.name in may]


def card(trend: Trend) -> dict[str, Any]:
    """The Trends::Link entity of a page that was not looked at."""
    parts = urlsplit(trend.name)
    origin = f"{parts.scheme}://{parts.netloc}/"
    return {
        "url": trend.name,
        "title": trend.name.partition("://")[2].rstrip("/"),
        "description": "",
        "type": "link",
        "authors": [],
        "author_name": "",
        "author_url": origin,
        "provider_name": parts.netloc,
        "provider_url": origin,
        "html": "",
        "width": 0,
        "height": 0,
        "image": None,
        "image_description": "",
        "embed_url": origin,
        "blurhash": None,
        "missing_attribution": None,
        "published_at": None,
        "language": None,
        "history": days(trend),
    }


@anyone
async def trending_statuses(request: Request) -> Response:
    """Public posts that many react to these days."""
    here = site(request)
    strangers.check(here.settings, viewer_id(request), *strangers.BOTH)
    limit, offset = cursor(request).limit, paging.offset(request)
    async with here.read() as db:
        found = await trending.posts(
            db,
            viewer_id(request),
            needs_approval=here.settings.trends_need_approval,
            limit=limit,
            offset=offset,
            now=here.now(),
        )
        shown = await reading.posts(db, request, found)
    return json(statuses.joined(shown))


class LinkForm(msgspec.Struct):
    """Which link."""

    url: str = ""


@anyone_or("read:statuses")
async def link_timeline(request: Request) -> Response:
    """Public posts with a link that trends."""
    here = site(request)
    strangers.check(here.settings, viewer_id(request), *strangers.BOTH)
    url = query(request, LinkForm).url
    where = cursor(request)
    if all(each.name != url for each in await _links_that_may(here)):
        raise NotFound
    async with here.read() as db:
        page = await trending.with_link(db, viewer_id(request), url, cursor=where, now=here.now())
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


class DirectoryForm(msgspec.Struct):
    """Which part of the directory."""

    order: Literal["active", "new"] = "active"
    local: bool = False


@anyone
async def directory(request: Request) -> Response:
    """People and groups who want to be discovered, groups first."""
    form = query(request, DirectoryForm)
    here = site(request)
    strangers.check(here.settings, viewer_id(request), "directory")
    limit, offset = cursor(request, default=40, most=80).limit, paging.offset(request)
    async with here.read() as db:
        found = await listing.page(
            db, viewer_id(request), order=form.order, local=form.local, limit=limit, offset=offset
        )
    return json(await accounts.many(here, found))


routes = [
    Route("/api/v1/trends", trending_tags, name="trends"),
    Route("/api/v1/trends/tags", trending_tags),
    Route("/api/v1/trends/links", trending_links),
    Route("/api/v1/trends/statuses", trending_statuses),
    Route("/api/v1/timelines/link", link_timeline),
    Route("/api/v1/directory", directory),
]
