"""Filters, their keywords and their single posts. Source: Mastodon API documentation, methods/filters."""

from datetime import datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import filters as entities
from fedcomm.errors import Invalid
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import fields, read
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.threads import reading as threads
from fedcomm.timelines import filters
from fedcomm.timelines.filters import Action, Context, KeywordWish, Wish

LONGEST_NUMBER = 12


class KeywordForm(msgspec.Struct):
    """A keyword, alone or in the form of its filter."""

    id: str | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool | str | None = msgspec.field(name="_destroy", default=None)


class FilterForm(msgspec.Struct):
    """What a filter is to be."""

    title: str | None = None
    context: list[Context] | None = None
    filter_action: Action | None = None
    expires_in: int | str | None = None
    keywords_attributes: list[KeywordForm] = []


class FirstVersionForm(msgspec.Struct):
    """A filter of the first version: one phrase."""

    phrase: str | None = None
    context: list[Context] | None = None
    irreversible: bool | None = None
    whole_word: bool | None = None
    expires_in: int | str | None = None


def _expiry(form: FilterForm | FirstVersionForm, now: datetime) -> datetime | None:
    """When it ends; an empty text or null = never. Raises Invalid."""
    text = "" if form.expires_in is None else str(form.expires_in).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise Invalid("expires_in must be a number of seconds.", field="expires_in")
    return now + timedelta(seconds=min(int(text), int(filters.LONGEST.total_seconds())))


async def _wishes(request: Request) -> tuple[Wish, list[KeywordWish]]:
    form = await read(request, FilterForm)
    wish = Wish(
        title=form.title,
        contexts=form.context,
        action=form.filter_action,
        expires_at=_expiry(form, site(request).now()),
        changes_expiry="expires_in" in await fields(request),
    )
    return wish, [_keyword_wish(each) for each in form.keywords_attributes]


def _keyword_wish(form: KeywordForm) -> KeywordWish:
    return KeywordWish(
        id=id_from(form.id) if form.id else None,
        keyword=form.keyword,
        is_whole_word=form.whole_word,
        is_removed=form.destroy in (True, "true", "1", "on"),
    )


@needs("read:filters")
async def list_filters(request: Request) -> Response:
    """My filters."""
    async with site(request).read() as db:
        found = await filters.of(db, member(request).account.id)
    return json([entities.filter_(each) for each in found])


@needs("read:filters")
async def show_filter(request: Request) -> Response:
    """One of my filters."""
    async with site(request).read() as db:
        found = await filters.by_id(db, member(request).account.id, int(request.path_params["id"]))
    return json(entities.filter_(found))


@needs("write:filters")
async def create_filter(request: Request) -> Response:
    """A new filter with its keywords."""
    wish, keywords = await _wishes(request)
    here = site(request)
    async with here.transaction() as db:
        found = await filters.create(db, member(request).account.id, wish, keywords, now=here.now())
    return json(entities.filter_(found))


@needs("write:filters")
async def change_filter(request: Request) -> Response:
    """Change a filter and its keywords."""
    wish, keywords = await _wishes(request)
    here, filter_id = site(request), int(request.path_params["id"])
    async with here.transaction() as db:
        found = await filters.change(db, member(request).account.id, filter_id, wish, keywords, now=here.now())
    return json(entities.filter_(found))


@needs("write:filters")
async def remove_filter(request: Request) -> Response:
    """Remove a filter."""
    async with site(request).transaction() as db:
        await filters.remove(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


@needs("read:filters")
async def list_keywords(request: Request) -> Response:
    """The keywords of a filter."""
    async with site(request).read() as db:
        found = await filters.by_id(db, member(request).account.id, int(request.path_params["id"]))
    return json([entities.keyword(each) for each in found.keywords])


@needs("write:filters")
async def add_keyword(request: Request) -> Response:
    """A new keyword for a filter."""
    form = await read(request, KeywordForm)
    here, me = site(request), member(request).account.id
    wish = KeywordWish(keyword=form.keyword, is_whole_word=form.whole_word)
    async with here.transaction() as db:
        found = await filters.by_id(db, me, int(request.path_params["id"]))
        await filters.change_keywords(db, found, [wish], now=here.now())
        found = await filters.by_id(db, me, found.id)
    return json(entities.keyword(found.keywords[-1]))


@needs("read:filters")
async def show_keyword(request: Request) -> Response:
    """One of my keywords."""
    async with site(request).read() as db:
        _, found = await filters.of_keyword(db, member(request).account.id, int(request.path_params["id"]))
    return json(entities.keyword(found))


@needs("write:filters")
async def change_keyword(request: Request) -> Response:
    """Change a keyword."""
    form = await read(request, KeywordForm)
    here, me, keyword_id = site(request), member(request).account.id, int(request.path_params["id"])
    wish = KeywordWish(id=keyword_id, keyword=form.keyword, is_whole_word=form.whole_word)
    async with here.transaction() as db:
        of_filter, _ = await filters.of_keyword(db, me, keyword_id)
        await filters.change_keywords(db, of_filter, [wish], now=here.now())
        _, found = await filters.of_keyword(db, me, keyword_id)
    return json(entities.keyword(found))


@needs("write:filters")
async def remove_keyword(request: Request) -> Response:
    """Remove a keyword."""
    here, keyword_id = site(request), int(request.path_params["id"])
    async with here.transaction() as db:
        of_filter, _ = await filters.of_keyword(db, member(request).account.id, keyword_id)
        await filters.change_keywords(db, of_filter, [KeywordWish(id=keyword_id, is_removed=True)], now=here.now())
    return nothing()


class PostForm(msgspec.Struct):
    """Which post."""

    status_id: str = ""


@needs("read:filters")
async def list_posts(request: Request) -> Response:
    """The single posts of a filter."""
    async with site(request).read() as db:
        found = await filters.by_id(db, member(request).account.id, int(request.path_params["id"]))
    return json([entities.filtered_post(each) for each in found.posts])


@needs("write:filters")
async def add_post(request: Request) -> Response:
    """Filter a single post."""
    form = await read(request, PostForm)
    here, me = site(request), member(request).account.id
    async with here.transaction() as db:
        found = await filters.by_id(db, me, int(request.path_params["id"]))
        post = await threads.by_id(db, id_from(form.status_id), me)
        entry = await filters.add_post(db, found, post.id, now=here.now())
    return json(entities.filtered_post(entry))


@needs("read:filters")
async def show_post(request: Request) -> Response:
    """One of the single posts I filter."""
    async with site(request).read() as db:
        _, found = await filters.of_filtered_post(db, member(request).account.id, int(request.path_params["id"]))
    return json(entities.filtered_post(found))


@needs("write:filters")
async def remove_post(request: Request) -> Response:
    """Filter a single post no longer."""
    async with site(request).transaction() as db:
        _, found = await filters.of_filtered_post(db, member(request).account.id, int(request.path_params["id"]))
        await filters.remove_post(db, found)
    return json(entities.filtered_post(found))


@needs("read:filters")
async def list_first_version(request: Request) -> Response:
    """My keywords, each as the first version's filter."""
    async with site(request).read() as db:
        found = await filters.of(db, member(request).account.id)
    return json([entities.first_version(each, word) for each in found for word in each.keywords])


@needs("read:filters")
async def show_first_version(request: Request) -> Response:
    """One of my keywords as the first version's filter."""
    async with site(request).read() as db:
        found = await filters.of_keyword(db, member(request).account.id, int(request.path_params["id"]))
    return json(entities.first_version(*found))


async def _first_version_wish(request: Request) -> tuple[Wish, bool | None]:
    form = await read(request, FirstVersionForm)
    action: Action | None = None if form.irreversible is None else "hide" if form.irreversible else "warn"
    wish = Wish(
        title=form.phrase,
        contexts=form.context,
        action=action,
        expires_at=_expiry(form, site(request).now()),
        changes_expiry="expires_in" in await fields(request),
    )
    return wish, form.whole_word


@needs("write:filters")
async def create_first_version(request: Request) -> Response:
    """A new filter with one keyword."""
    wish, whole = await _first_version_wish(request)
    here, me = site(request), member(request).account.id
    async with here.transaction() as db:
        word = await filters.create_first_version(db, me, wish, whole=bool(whole), now=here.now())
        found = await filters.of_keyword(db, me, word.id)
    return json(entities.first_version(*found))


@needs("write:filters")
async def change_first_version(request: Request) -> Response:
    """Change one of my keywords, and its filter when it has no other."""
    wish, whole = await _first_version_wish(request)
    here, me, keyword_id = site(request), member(request).account.id, int(request.path_params["id"])
    async with here.transaction() as db:
        await filters.change_first_version(db, me, keyword_id, wish, whole=whole, now=here.now())
        found = await filters.of_keyword(db, me, keyword_id)
    return json(entities.first_version(*found))


@needs("write:filters")
async def remove_first_version(request: Request) -> Response:
    """Remove one of my keywords, and its filter when it has no other."""
    async with site(request).transaction() as db:
        await filters.remove_first_version(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


routes = [
    Route("/api/v2/filters", list_filters),
    Route("/api/v2/filters", create_filter, methods=["POST"]),
    Route("/api/v2/filters/{id:int}", show_filter),
    Route("/api/v2/filters/{id:int}", change_filter, methods=["PUT", "PATCH"]),
    Route("/api/v2/filters/{id:int}", remove_filter, methods=["DELETE"]),
    Route("/api/v2/filters/{id:int}/keywords", list_keywords),
    Route("/api/v2/filters/{id:int}/keywords", add_keyword, methods=["POST"]),
    Route("/api/v2/filters/keywords/{id:int}", show_keyword),
    Route("/api/v2/filters/keywords/{id:int}", change_keyword, methods=["PUT", "PATCH"]),
    Route("/api/v2/filters/keywords/{id:int}", remove_keyword, methods=["DELETE"]),
    Route("/api/v2/filters/{id:int}/statuses", list_posts),
    Route("/api/v2/filters/{id:int}/statuses", add_post, methods=["POST"]),
    Route("/api/v2/filters/statuses/{id:int}", show_post),
    Route("/api/v2/filters/statuses/{id:int}", remove_post, methods=["DELETE"]),
    Route("/api/v1/filters", list_first_version),
    Route("/api/v1/filters", create_first_version, methods=["POST"]),
    Route("/api/v1/filters/{id:int}", show_first_version),
    Route("/api/v1/filters/{id:int}", change_first_version, methods=["PUT", "PATCH"]),
    Route("/api/v1/filters/{id:int}", remove_first_version, methods=["DELETE"]),
]
