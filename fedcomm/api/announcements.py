"""Announcements of the instance. Source: Mastodon API documentation, methods/announcements."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities.announcements import announcement
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.router import Route
from fedcomm.notifications import announcements


class PageForm(msgspec.Struct):
    """Which announcements."""

    with_dismissed: bool = False


@needs("read:accounts")
async def list_announcements(request: Request) -> Response:
    """What those who run the instance say to all, the last one first."""
    form, here = query(request, PageForm), site(request)
    async with here.read() as db:
        found = await announcements.page(
            db, member(request).account.id, with_dismissed=form.with_dismissed, now=here.now()
        )
    return json([announcement(each) for each in found])


@needs("write:accounts")
async def dismiss_announcement(request: Request) -> Response:
    """Put one away."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await announcements.dismiss(db, member(request).account.id, int(request.path_params["id"]), now=here.now())
    return nothing()


@needs("write:favourites")
async def add_reaction(request: Request) -> Response:
    """React with an emoji."""
    here, asked = site(request), request.path_params
    async with here.transaction() as db:
        await announcements.react(db, member(request).account.id, int(asked["id"]), str(asked["name"]), now=here.now())
    return nothing()


@needs("write:favourites")
async def remove_reaction(request: Request) -> Response:
    """Take a reaction back."""
    here, asked = site(request), request.path_params
    async with here.transaction() as db:
        await announcements.take_back(
            db, member(request).account.id, int(asked["id"]), str(asked["name"]), now=here.now()
        )
    return nothing()


routes = [
    Route("/api/v1/announcements", list_announcements),
    Route("/api/v1/announcements/{id:int}/dismiss", dismiss_announcement, methods=["POST"]),
    Route("/api/v1/announcements/{id:int}/reactions/{name}", add_reaction, methods=["PUT", "PATCH"]),
    Route("/api/v1/announcements/{id:int}/reactions/{name}", remove_reaction, methods=["DELETE"]),
]
