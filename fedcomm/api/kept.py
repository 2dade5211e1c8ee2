"""What somebody has kept or favourited. Source: Mastodon API documentation, methods/bookmarks, methods/favourites."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api import reading
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.timelines import kept
from fedcomm.timelines.cursor import Entry

Page = Callable[..., Awaitable[list[Entry]]]


async def _list(request: Request, page_of: Page) -> Response:
    where = cursor(request)
    async with site(request).read() as db:
        page = await page_of(db, member(request).account.id, cursor=where)
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


@needs("read:bookmarks")
async def list_bookmarks(request: Request) -> Response:
    """What I have kept for myself, the last one first."""
    return await _list(request, kept.bookmarks)


@needs("read:favourites")
async def list_favourites(request: Request) -> Response:
    """What I have favourited, the last one first."""
    return await _list(request, kept.favourites)


routes = [
    Route("/api/v1/bookmarks", list_bookmarks),
    Route("/api/v1/favourites", list_favourites),
]
