"""Tags: what they are to me, following and showing them. Source: methods/tags, methods/followed_tags."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import tags
from fedcomm.database import Connection
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.text.mentions import normalised_tag
from fedcomm.timelines import featured_tags, followed_tags

DEFAULT_TAGS = 100
MOST_TAGS = 200


def _name(request: Request) -> str:
    return str(request.path_params["name"]).removeprefix("#")


async def shown(db: Connection, request: Request, names: Sequence[str]) -> list[dict[str, Any]]:
    """Tag entities, for members with what they do with each."""
    here, me = site(request).here, viewer_id(request)
    if me is None:
        return [tags.tag(here, each) for each in names]
    followed = await followed_tags.among(db, me, names)
    featured = await featured_tags.among(db, me, names)
    return [
        tags.tag(here, each) | tags.marks(following=key in followed, featuring=key in featured)
        for each in names
        for key in (normalised_tag(each),)
    ]


async def _one(db: Connection, request: Request) -> Response:
    (found,) = await shown(db, request, [_name(request)])
    return json(found)


@anyone_or("read")
async def show_tag(request: Request) -> Response:
    """A tag, whether anybody has used it or not."""
    async with site(request).read() as db:
        return await _one(db, request)


@needs("write:follows")
async def follow(request: Request) -> Response:
    """Have public posts with a tag in my home."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await followed_tags.follow(db, member(request).account.id, _name(request), now=here.now())
        return await _one(db, request)


@needs("write:follows")
async def unfollow(request: Request) -> Response:
    """Have them there no longer."""
    async with site(request).transaction(wakes=()) as db:
        await followed_tags.unfollow(db, member(request).account.id, _name(request))
        return await _one(db, request)


@needs("write:accounts")
async def feature(request: Request) -> Response:
    """Show a tag on my page."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await featured_tags.feature(db, member(request).account.id, _name(request), now=here.now())
        return await _one(db, request)


@needs("write:accounts")
async def unfeature(request: Request) -> Response:
    """Show a tag there no longer."""
    async with site(request).transaction(wakes=()) as db:
        await featured_tags.remove_named(db, member(request).account.id, _name(request))
        return await _one(db, request)


@needs("read:follows")
async def list_followed(request: Request) -> Response:
    """The tags I follow, the last one first."""
    where = cursor(request, default=DEFAULT_TAGS, most=MOST_TAGS)
    async with site(request).read() as db:
        page = await followed_tags.page(
            db,
            member(request).account.id,
            below=where.below,
            above=where.above,
            upwards=where.is_upwards,
            limit=where.limit,
        )
        found = await shown(db, request, [each.shown_as for each in page])
    return json(found, headers=link_header(request, [each.id for each in page]))


routes = [
    Route("/api/v1/followed_tags", list_followed),
    Route("/api/v1/tags/{name}", show_tag),
    Route("/api/v1/tags/{name}/follow", follow, methods=["POST"]),
    Route("/api/v1/tags/{name}/unfollow", unfollow, methods=["POST"]),
    Route("/api/v1/tags/{name}/feature", feature, methods=["POST"]),
    Route("/api/v1/tags/{name}/unfeature", unfeature, methods=["POST"]),
]
