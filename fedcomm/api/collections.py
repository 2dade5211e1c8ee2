"""Collections of accounts that members recommend. Source: Mastodon API documentation, methods/collections."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import collections, finding
from fedcomm.accounts.collections import Wording
from fedcomm.api.entities import collections as entities
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.http import paging
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, id_from
from fedcomm.http.router import Route

DEFAULT_SHOWN = 40
MOST_SHOWN = 80


class CollectionForm(msgspec.Struct):
    """What a collection says of itself; what is left out stays."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool | None = None
    discoverable: bool | None = None


class NewForm(CollectionForm):
    """A new one, with who is in it."""

    account_ids: list[str] = []


class ItemForm(msgspec.Struct):
    """Whom to feature."""

    account_id: str = ""


def _wording(form: CollectionForm) -> Wording:
    return Wording(
        name=form.name,
        description=form.description,
        language=form.language,
        tag=form.tag_name,
        is_sensitive=form.sensitive,
        is_discoverable=form.discoverable,
    )


async def _wrapped(db: Connection, request: Request, found: collections.Collection) -> dict[str, Any]:
    (shown,) = await entities.shown(db, site(request).here, [found], member(request).account.id)
    return {"collection": shown}


@needs("write:collections")
async def make(request: Request) -> Response:
    """Begin a collection."""
    form, here = await read(request, NewForm), site(request)
    async with here.transaction() as db:
        featured = await collections.wanted(db, [id_from(each) for each in form.account_ids])
        made = await collections.make(db, member(request).account, _wording(form), featured, now=here.now())
        return json(await _wrapped(db, request, made))


@anyone_or("read:collections")
async def show(request: Request) -> Response:
    """A collection, with the accounts in it."""
    here = site(request)
    async with here.read() as db:
        found = await collections.by_id(db, int(request.path_params["id"]), viewer_id(request))
        return json(await entities.with_accounts(db, here.here, found, viewer_id(request)))


@needs("write:collections")
async def change(request: Request) -> Response:
    """Say something else about a collection of mine."""
    form, here = await read(request, CollectionForm), site(request)
    me, some_id = member(request).account, int(request.path_params["id"])
    async with here.transaction() as db:
        changed = await collections.change(db, me, some_id, _wording(form), now=here.now())
        return json(await _wrapped(db, request, changed))


@needs("write:collections")
async def delete(request: Request) -> Response:
    """End a collection of mine."""
    here = site(request)
    async with here.transaction() as db:
        await collections.delete(db, member(request).account, int(request.path_params["id"]), now=here.now())
    return nothing()


@needs("write:collections")
async def add(request: Request) -> Response:
    """Put one more account into a collection of mine."""
    form, here = await read(request, ItemForm), site(request)
    me, some_id = member(request).account, int(request.path_params["id"])
    async with here.transaction() as db:
        await collections.by_id(db, some_id, me.id)
        if not form.account_id:
            raise Invalid("`account_id` parameter is missing", field="account_id")
        (account,) = await collections.wanted(db, [id_from(form.account_id)])
        item = await collections.add(db, me, some_id, account, now=here.now())
    return json({"collection_item": entities.item(item)})


@needs("write:collections")
async def remove(request: Request) -> Response:
    """Take an account out of a collection of mine."""
    async with site(request).transaction() as db:
        some_id, item_id = int(request.path_params["id"]), int(request.path_params["item"])
        await collections.remove(db, member(request).account, some_id, item_id)
    return nothing()


@needs("write:collections")
async def revoke(request: Request) -> Response:
    """Take myself out of somebody's collection."""
    here = site(request)
    async with here.transaction() as db:
        some_id, item_id = int(request.path_params["id"]), int(request.path_params["item"])
        await collections.revoke(db, member(request).account, some_id, item_id, now=here.now())
    return nothing()


@anyone_or("read:collections")
async def list_of_account(request: Request) -> Response:
    """The collections on somebody's page; of my own all."""
    here, viewer = site(request), viewer_id(request)
    limit, offset = cursor(request, default=DEFAULT_SHOWN, most=MOST_SHOWN).limit, paging.offset(request)
    async with here.read() as db:
        owner = await finding.by_id(db, int(request.path_params["id"]))
        found = await collections.of(db, owner.id, viewer, limit=limit + 1, offset=offset)
        shown = await entities.shown(db, here.here, found[:limit], viewer)
    return json({"collections": shown}, headers=_link(request, offset, limit, len(found)))


@needs("read:collections")
async def list_featuring(request: Request) -> Response:
    """The collections that I am in; of others only they are told."""
    here, me = site(request), member(request).account
    limit, offset = cursor(request, default=DEFAULT_SHOWN, most=MOST_SHOWN).limit, paging.offset(request)
    async with here.read() as db:
        if (await finding.by_id(db, int(request.path_params["id"]))).id != me.id:
            raise NotAllowed("This action is not allowed")
        found = await collections.featuring(db, me.id, limit=limit + 1, offset=offset)
        shown = await entities.shown(db, here.here, found[:limit], me.id)
    return json({"collections": shown}, headers=_link(request, offset, limit, len(found)))


def _link(request: Request, offset: int, limit: int, found: int) -> dict[str, str]:
    """The Link header of a list that goes by number."""
    base = f"{site(request).here.base_url}{request.url.path}?limit={limit}"
    links: list[str] = []
    if found > limit:
        links.append(f'<{base}&offset={offset + limit}>; rel="next"')
    if offset > 0:
        links.append(f'<{base}&offset={max(offset - limit, 0)}>; rel="prev"')
    return {"Link": ", ".join(links)} if links else {}


ONE = "/api/v1/collections/{id:int}"

routes = [
    Route("/api/v1/collections", make, methods=["POST"]),
    Route(ONE, show, name="collection for apps"),
    Route(ONE, change, methods=["PATCH", "PUT"]),
    Route(ONE, delete, methods=["DELETE"]),
    Route(f"{ONE}/items", add, methods=["POST"]),
    Route(f"{ONE}/items/{{item:int}}", remove, methods=["DELETE"]),
    Route(f"{ONE}/items/{{item:int}}/revoke", revoke, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/collections", list_of_account, name="collections of an account"),
    Route("/api/v1/accounts/{id:int}/in_collections", list_featuring),
]
