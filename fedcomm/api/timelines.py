"""Timelines. Source: Mastodon API documentation, methods/timelines; groups-in-clients.md section 3."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lists as own_lists
from fedcomm.api import reading
from fedcomm.api.entities import statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.http import strangers
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route
from fedcomm.timelines import group, home, own_list, public, tag
from fedcomm.timelines.home import Habits
from fedcomm.timelines.homes_together import HomesTogether


@needs("read:statuses")
async def home_timeline(request: Request) -> Response:
    """What reaches me, each thread once."""
    where = cursor(request)
    here, me = site(request), member(request).account.id
    page, posts, accounts = await home.whole_page(
        here.service(HomesTogether), me, cursor=where, habits=here.service(Habits)
    )
    shown = statuses.page_at_hand(here.service(Encoded), page, posts, accounts)
    if shown is None:
        async with here.quick_read() as db:
            shown = await statuses.page_read(db, here.service(Encoded), page, posts, accounts, me)
    return reading.page_answer(request, page, shown)


class PublicForm(msgspec.Struct):
    """Which public posts."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


@anyone_or("read:statuses")
async def public_timeline(request: Request) -> Response:
    """The newest public posts, ours, others' or all."""
    form = query(request, PublicForm)
    wanted = strangers.feed(local=form.local, remote=form.remote)
    strangers.check(site(request).settings, viewer_id(request), *wanted)
    where = cursor(request)
    async with site(request).quick_read() as db:
        page = await public.page(
            db, viewer_id(request), cursor=where, local=form.local, remote=form.remote, only_media=form.only_media
        )
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


class TagForm(PublicForm):
    """Which posts with a tag: with one of `any` too, with each of `all`, with none of `none`."""

    any: list[str] = []
    all: list[str] = []
    none: list[str] = []


@anyone_or("read:statuses")
async def tag_timeline(request: Request) -> Response:
    """Public posts with a tag."""
    form = query(request, TagForm)
    wanted = strangers.feed(local=form.local, remote=form.remote)
    strangers.check(site(request).settings, viewer_id(request), *wanted)
    where = cursor(request)
    async with site(request).quick_read() as db:
        page = await tag.page(
            db,
            viewer_id(request),
            str(request.path_params["name"]),
            cursor=where,
            or_any=form.any,
            and_all=form.all,
            but_none=form.none,
            local=form.local,
            remote=form.remote,
            only_media=form.only_media,
        )
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


@needs("read:lists")
async def list_timeline(request: Request) -> Response:
    """What those in a list of mine write; the threads of a group I have joined, bare (D39)."""
    where = cursor(request)
    me = member(request).account.id
    list_id = int(request.path_params["id"])
    async with site(request).quick_read() as db:
        own = await own_lists.find(db, me, list_id)
        if own is not None:
            page = await own_list.page(db, own, cursor=where)
        elif await membership.role(db, list_id, me) is not None:
            page = await group.threads(db, me, list_id, cursor=where)
        else:
            raise NotFound
        shown = await reading.entries(db, request, page)
    return reading.page_answer(request, page, shown)


routes = [
    Route("/api/v1/timelines/home", home_timeline),
    Route("/api/v1/timelines/public", public_timeline),
    Route("/api/v1/timelines/tag/{name}", tag_timeline),
    Route("/api/v1/timelines/list/{id:int}", list_timeline),
]
