"""What somebody has kept or favourited. Source: Mastodon API documentation, methods/bookmarks, methods/favourites."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api import reading
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.timelines import kept


@needs("read:bookmarks")
async def list_bookmarks(request: Request) -> Response:
    """What I have kept for myself, the last one first."""
    where = cursor(request)
    async with site(request).read() as db:
        page = await kept.bookmarks(db, member(request).account.id, cursor=where)
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


@needs("read:favourites")
async def list_favourites(request: Request) -> Response:
    """What I have favourited, the last one first."""
    where = cursor(request)
    async with site(request).read() as db:
        page = await kept.favourites(db, member(request).account.id, cursor=where)
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


routes = [
    Route("/api/v1/bookmarks", list_bookmarks),
    Route("/api/v1/favourites", list_favourites),
]
