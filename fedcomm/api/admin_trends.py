"""What trends, for those who look it through, and the rules for single tags.

Source: Mastodon API documentation, methods/admin/trends; `/api/v1/admin/tags` is not in it, but in its routes.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit, tag_rules
from fedcomm.accounts.model import Account
from fedcomm.api import reading
from fedcomm.api.discovery import Trends, card, days
from fedcomm.api.entities import tags
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.http import paging
from fedcomm.http.answers import json
from fedcomm.http.auth import Endpoint, member, needs
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.permissions import may_here
from fedcomm.tag_rules import TagRule
from fedcomm.text.mentions import normalised_tag
from fedcomm.timelines import reviews, trending
from fedcomm.timelines.reviews import Kind, Review
from fedcomm.timelines.trending import Trend


class TagForm(msgspec.Struct):
    """What is to hold for a tag; what is left out stays."""

    display_name: str | None = None
    listable: bool | None = None
    trendable: bool | None = None
    usable: bool | None = None


def reviewer(request: Request) -> Account:
    """Who asks, if their role lets them look trends through. Raises NotAllowed."""
    me = member(request)
    if not may_here(me.login.role, "review trends"):
        raise NotAllowed("This action is not allowed")
    return me.account


def _may(here: Site, review: Review | None) -> bool:
    return review.is_allowed if review is not None else not here.settings.trends_need_approval


async def _tags(db: Connection, here: Site, found: Sequence[Trend]) -> list[dict[str, Any]]:
    """Admin::Tag entities."""
    keys = [normalised_tag(each.name) for each in found]
    rules, decided = await tag_rules.of(db, keys), await reviews.of(db, "tag", keys)
    return [
        tags.tag(here.here, rule.shown_as or each.name)
        | {
            "history": days(each),
            "trendable": _may(here, decided.get(key)),
            "usable": rule.is_usable,
            "listable": rule.is_listable,
            "requires_review": key not in decided,
        }
        for each, key in zip(found, keys, strict=True)
        for rule in (rules.get(key, TagRule(tag=key)),)
    ]


async def _links(db: Connection, here: Site, found: Sequence[Trend]) -> list[dict[str, Any]]:
    """Trends::Link entities with what was decided about each."""
    urls = [each.name for each in found]
    decided = await reviews.of(db, "link", urls)
    may = await reviews.links_that_may(db, urls, needs_approval=here.settings.trends_need_approval)
    return [
        card(each)
        | {
            "id": str(reviews.number("link", each.name)),
            "trendable": each.name in may,
            "requires_review": each.name not in decided,
        }
        for each in found
    ]


async def _publishers(db: Connection, here: Site, hosts: Sequence[str]) -> list[dict[str, Any]]:
    """Admin::PreviewCardProvider entities."""
    decided = await reviews.of(db, "publisher", hosts)
    return [
        {
            "id": str(reviews.number("publisher", host)),
            "domain": host,
            "trendable": _may(here, review),
            "reviewed_at": stamp(review.reviewed_at) if review else None,
            "requested_review_at": None,
            "requires_review": review is None,
        }
        for host in hosts
        for review in (decided.get(host),)
    ]


async def _posts(db: Connection, request: Request, post_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Status entities with what was decided about each."""
    here = site(request)
    decided = await reviews.of(db, "post", [str(each) for each in post_ids])
    shown: list[dict[str, Any]] = [orjson.loads(each) for each in await reading.posts(db, request, post_ids)]
    return [
        each | {"trendable": _may(here, decided.get(each["id"])), "requires_review": each["id"] not in decided}
        for each in shown
    ]


def _page(request: Request, found: Sequence[Trend]) -> Sequence[Trend]:
    limit, offset = cursor(request, default=20, most=100).limit, paging.offset(request)
    return found[offset : offset + limit]


@needs("admin:read")
async def trending_tags(request: Request) -> Response:
    """Tags that several people use, those too that are kept out."""
    reviewer(request)
    here = site(request)
    found, _ = await here.service(Trends).now(here)
    async with here.read() as db:
        return json(await _tags(db, here, _page(request, found)))


@needs("admin:read")
async def trending_links(request: Request) -> Response:
    """Links that several people post, those too that are kept out."""
    reviewer(request)
    here = site(request)
    _, found = await here.service(Trends).now(here)
    async with here.read() as db:
        return json(await _links(db, here, _page(request, found)))


async def _hosts(db: Connection, here: Site) -> list[str]:
    """Behind which links there are whom several people post, and about whom was decided before."""
    _, found = await here.service(Trends).now(here)
    known = [each.key for each in await reviews.every(db, "publisher")]
    return list(dict.fromkeys([*(reviews.publisher(each.name) for each in found), *known]))


@needs("admin:read")
async def publishers(request: Request) -> Response:
    """The hosts of these links, and those about which was decided."""
    reviewer(request)
    here = site(request)
    limit, offset = cursor(request, default=40, most=200).limit, paging.offset(request)
    async with here.read() as db:
        return json(await _publishers(db, here, (await _hosts(db, here))[offset : offset + limit]))


@needs("admin:read")
async def trending_posts(request: Request) -> Response:
    """Posts that many react to, those too that are kept out."""
    reviewer(request)
    here = site(request)
    limit, offset = cursor(request).limit, paging.offset(request)
    async with here.read() as db:
        found = await trending.posts(db, None, needs_approval=None, limit=limit, offset=offset, now=here.now())
        return json(await _posts(db, request, found))


async def _known_tags(db: Connection, here: Site) -> dict[int, Trend]:
    """The tags of the last days, and those about which something holds, by their number, the greatest first."""
    counted, _ = await here.service(Trends).now(here)
    names = {normalised_tag(each.name): each for each in counted}
    others = [
        *await trending.used_lately(db, now=here.now()),
        *(rule.tag for rule in await tag_rules.every(db)),
        *(review.key for review in await reviews.every(db, "tag")),
    ]
    for key in others:
        names.setdefault(key, Trend(key, []))
    numbered = {reviews.number("tag", key): trend for key, trend in names.items()}
    return dict(sorted(numbered.items(), reverse=True))


@needs("admin:read")
async def list_tags(request: Request) -> Response:
    """The tags of the last days."""
    reviewer(request)
    here, where = site(request), cursor(request, default=100, most=200)
    async with here.read() as db:
        known = await _known_tags(db, here)
        between = [number for number in known if where.above < number < where.below]
        page = between[-where.limit :] if where.is_upwards else between[: where.limit]
        return json(await _tags(db, here, [known[each] for each in page]), headers=link_header(request, page))


async def _tag(db: Connection, request: Request) -> Trend:
    found = (await _known_tags(db, site(request))).get(int(request.path_params["id"]))
    if found is None:
        raise NotFound("There is no such tag.")
    return found


@needs("admin:read")
async def show_tag(request: Request) -> Response:
    """One of them."""
    reviewer(request)
    here = site(request)
    async with here.read() as db:
        (shown,) = await _tags(db, here, [await _tag(db, request)])
    return json(shown)


@needs("admin:write")
async def change_tag(request: Request) -> Response:
    """How a tag is written, whether it is found, may be used, and may trend."""
    me, form, here = reviewer(request), await read(request, TagForm), site(request)
    async with here.transaction(wakes=()) as db:
        found = await _tag(db, request)
        key, now = normalised_tag(found.name), here.now()
        rule = (await tag_rules.of(db, [key])).get(key, TagRule(tag=key))
        wanted = msgspec.structs.replace(
            rule,
            shown_as=form.display_name.removeprefix("#") if form.display_name else rule.shown_as,
            is_listable=rule.is_listable if form.listable is None else form.listable,
            is_usable=rule.is_usable if form.usable is None else form.usable,
        )
        if wanted != rule:
            await tag_rules.put(db, wanted, now=now)
            await audit.write(db, me.id, "rule for a tag", key, details=msgspec.to_builtins(wanted), now=now)
        if form.trendable is not None:
            await reviews.decide(db, me, "tag", key, is_allowed=form.trendable, now=now)
        (shown,) = await _tags(db, here, [found])
    return json(shown)


Show = Callable[[Connection, Request, str], Awaitable[dict[str, Any]]]


async def _show_tag(db: Connection, request: Request, key: str) -> dict[str, Any]:
    known = await _known_tags(db, site(request))
    (shown,) = await _tags(db, site(request), [known[reviews.number("tag", key)]])
    return shown


async def _show_link(db: Connection, request: Request, key: str) -> dict[str, Any]:
    here = site(request)
    _, found = await here.service(Trends).now(here)
    (shown,) = await _links(db, here, [next((each for each in found if each.name == key), Trend(key, []))])
    return shown


async def _show_publisher(db: Connection, request: Request, key: str) -> dict[str, Any]:
    (shown,) = await _publishers(db, site(request), [key])
    return shown


async def _show_post(db: Connection, request: Request, key: str) -> dict[str, Any]:
    shown = await _posts(db, request, [int(key)])
    if not shown:
        raise NotFound
    return shown[0]


async def _key(db: Connection, here: Site, kind: Kind, wanted: int) -> str:
    """What a number stands for: something that trends, or about which was decided. Raises NotFound."""
    if kind == "post":
        return str(wanted)
    tags_, links = await here.service(Trends).now(here)
    candidates = {
        "tag": lambda: [normalised_tag(each.name) for each in tags_],
        "link": lambda: [each.name for each in links],
        "publisher": lambda: [reviews.publisher(each.name) for each in links],
    }[kind]()
    found = next((each for each in candidates if reviews.number(kind, each) == wanted), None)
    review = await reviews.by_id(db, kind, wanted) if found is None else None
    if found is None and review is None:
        raise NotFound("This does not trend.")
    return found or (review.key if review else "")


def _decides(kind: Kind, show: Show, *, is_allowed: bool) -> Endpoint:
    """The endpoint that lets something of this kind through, or keeps it out."""

    async def decide(request: Request) -> Response:
        me, here = reviewer(request), site(request)
        async with here.transaction(wakes=()) as db:
            key = await _key(db, here, kind, int(request.path_params["id"]))
            await reviews.decide(db, me, kind, key, is_allowed=is_allowed, now=here.now())
            shown = await show(db, request, key)
        return json(shown)

    decide.__doc__ = f"{'Let' if is_allowed else 'Keep'} a {kind} {'trend' if is_allowed else 'from trending'}."
    decide.__name__ = f"{'approve' if is_allowed else 'reject'}_{kind}"
    return needs("admin:write")(decide)


TRENDS = "/api/v1/admin/trends"
TAGS = "/api/v1/admin/tags"
REVIEWED: tuple[tuple[str, Kind, Show], ...] = (
    ("tags", "tag", _show_tag),
    ("links", "link", _show_link),
    ("links/publishers", "publisher", _show_publisher),
    ("statuses", "post", _show_post),
)

routes = [
    Route(TAGS, list_tags),
    Route(f"{TAGS}/{{id:int}}", show_tag),
    Route(f"{TAGS}/{{id:int}}", change_tag, methods=["PUT", "PATCH"]),
    Route(f"{TRENDS}/tags", trending_tags),
    Route(f"{TRENDS}/links", trending_links),
    Route(f"{TRENDS}/links/publishers", publishers),
    Route(f"{TRENDS}/statuses", trending_posts),
    *(
        Route(
            f"{TRENDS}/{what}/{{id:int}}/{verb}", _decides(kind, show, is_allowed=verb == "approve"), methods=["POST"]
        )
        for what, kind, show in REVIEWED
        for verb in ("approve", "reject")
    ),
]
