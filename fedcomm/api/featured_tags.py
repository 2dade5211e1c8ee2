"""Tags on people's pages. Source: Mastodon API documentation, methods/featured_tags."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api import tags as tag_endpoints
from fedcomm.api.entities import tags
from fedcomm.here import Here
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import anyone_or, member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.router import Route
from fedcomm.timelines import featured_tags
from fedcomm.timelines.featured_tags import Featured

MOST_SUGGESTED = 10


def entity(here: Here, found: Featured) -> dict[str, Any]:
    """The FeaturedTag entity; counts are texts, as clients decode them."""
    return {
        "id": str(found.id),
        "name": found.shown_as,
        "url": tags.tag_url(here, found.tag),
        "statuses_count": str(found.posts_count),
        "last_status_at": found.last_post_on.isoformat(),
    }


@anyone_or("read:accounts")
async def list_of_account(request: Request) -> Response:
    """The tags on an account's page."""
    here = site(request)
    async with here.read() as db:
        who = await finding.by_id(db, int(request.path_params["id"]))
        found = await featured_tags.of(db, who.id)
    return json([entity(here.here, each) for each in found])


@needs("read:accounts")
async def list_mine(request: Request) -> Response:
    """The tags on my page."""
    here, me = site(request), member(request).account
    async with here.read() as db:
        found = await featured_tags.of(db, me.id)
    return json([entity(here.here, each) for each in found])


class TagForm(msgspec.Struct):
    """Which tag."""

    name: str = ""


@needs("write:accounts")
async def feature(request: Request) -> Response:
    """Show a tag on my page."""
    form = await read(request, TagForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        found = await featured_tags.feature(db, me.id, form.name, now=here.now())
    return json(entity(here.here, found))


@needs("write:accounts")
async def remove(request: Request) -> Response:
    """Show a tag no longer."""
    async with site(request).transaction() as db:
        await featured_tags.remove(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


@needs("read:accounts")
async def suggest(request: Request) -> Response:
    """Tags that I use most."""
    here = site(request)
    async with here.read() as db:
        found = await featured_tags.suggested(db, member(request).account.id, limit=MOST_SUGGESTED)
        shown = await tag_endpoints.shown(db, request, found)
    return json(shown)


routes = [
    Route("/api/v1/accounts/{id:int}/featured_tags", list_of_account, name="featured_tags of an account"),
    Route("/api/v1/featured_tags", list_mine),
    Route("/api/v1/featured_tags", feature, methods=["POST"]),
    Route("/api/v1/featured_tags/suggestions", suggest),
    Route("/api/v1/featured_tags/{id:int}", remove, methods=["DELETE"]),
]
