"""What somebody does with a post: favourite, boost, keep; and who did. Source: methods/statuses.

A wrapper's id means the post in it.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api import account_pages, reading
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS
from fedcomm.database import Connection
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.notifications import quiet
from fedcomm.threads import pins, reactions, wrappers
from fedcomm.threads import reading as threads

Verb = Callable[..., Awaitable[object]]


async def _meant(db: Connection, request: Request) -> int:
    """The id of the post that the path means."""
    return await wrappers.unwrapped(db, int(request.path_params["id"]))


async def _act(request: Request, verb: Verb) -> Response:
    """Do something to the post of the path, and show it."""
    here = site(request)
    async with here.transaction() as db:
        post_id = await _meant(db, request)
        await verb(db, here.here, member(request).account, post_id, now=here.now())
        shown = await reading.post(db, request, post_id)
    return json(shown)


@needs("write:favourites")
async def favourite(request: Request) -> Response:
    """Favourite a post."""
    return await _act(request, reactions.favourite)


@needs("write:favourites")
async def unfavourite(request: Request) -> Response:
    """Take a favourite back."""
    return await _act(request, reactions.unfavourite)


class EmojiForm(msgspec.Struct):
    """An emoji: a character, or the shortcode of one of ours."""

    emoji: str = ""


@needs("write:favourites")
async def react(request: Request) -> Response:
    """Favourite a post with an emoji."""
    form = await read(request, EmojiForm)
    return await _act(request, partial(reactions.react, text=form.emoji))


@needs("write:bookmarks")
async def bookmark(request: Request) -> Response:
    """Keep a post for oneself."""
    return await _act(request, reactions.bookmark)


@needs("write:bookmarks")
async def unbookmark(request: Request) -> Response:
    """Keep a post no longer."""
    return await _act(request, reactions.unbookmark)


@needs("write:accounts")
async def pin(request: Request) -> Response:
    """Put a post of one's own on top of one's page."""
    return await _act(request, pins.pin)


@needs("write:accounts")
async def unpin(request: Request) -> Response:
    """Put a post on top no longer."""
    return await _act(request, pins.unpin)


@needs("write:mutes")
async def mute(request: Request) -> Response:
    """Hear no more of the thread a post stands in."""
    return await _act(request, quiet.mute_thread)


@needs("write:mutes")
async def unmute(request: Request) -> Response:
    """Hear of a thread again."""
    return await _act(request, quiet.unmute_thread)


@needs("write:statuses")
async def reblog(request: Request) -> Response:
    """Boost a post to one's followers; the answer is the wrapper."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post_id = await _meant(db, request)
        boost_id = await reactions.boost(db, here.here, me, post_id, now=here.now())
        assert boost_id is not None
        shown = await reading.wrapper(db, request, boost_id)
    return json(shown)


@needs("write:statuses")
async def unreblog(request: Request) -> Response:
    """Take a boost back."""
    return await _act(request, reactions.unboost)


Page = Callable[..., Awaitable[list[tuple[int, int]]]]


async def _who(request: Request, page_of: Page) -> Response:
    """A page of those who reacted to the post of the path, if the viewer may read it."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    async with site(request).read() as db:
        post = await threads.by_id(db, await _meant(db, request), viewer_id(request))
        return await account_pages.answer(db, request, await page_of(db, post.id, below=where.below, limit=where.limit))


@anyone_or("read:statuses")
async def list_favouriters(request: Request) -> Response:
    """Who favourited a post, the last one first."""
    return await _who(request, reactions.favourited_by)


@anyone_or("read:statuses")
async def list_boosters(request: Request) -> Response:
    """Who boosted a post, the last one first; groups that announced it are not counted."""
    return await _who(request, reactions.boosted_by)


routes = [
    Route("/api/v1/statuses/{id:int}/favourite", favourite, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/unfavourite", unfavourite, methods=["POST"]),
    Route("/api/fedcomm/v1/statuses/{id:int}/react", react, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/reblog", reblog, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/unreblog", unreblog, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/bookmark", bookmark, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/unbookmark", unbookmark, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/pin", pin, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/unpin", unpin, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/mute", mute, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/unmute", unmute, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/favourited_by", list_favouriters),
    Route("/api/v1/statuses/{id:int}/reblogged_by", list_boosters),
]
