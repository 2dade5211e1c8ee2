"""Recommendations as other servers read them: collections of people and groups of ours, and the groups that live here.

Who is featured says so in a document of their own, which is gone when they take it back. Source: FEP-7aa9.
"""

import html

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import collections, featured_elsewhere
from fedcomm.accounts.featured_elsewhere import stamp_uri as _stamp
from fedcomm.accounts.model import Account
from fedcomm.activitypub import answering
from fedcomm.activitypub.endpoints import account_of, for_peers, kind_of
from fedcomm.activitypub.signing import InstanceSigner
from fedcomm.database import Connection
from fedcomm.directory import published
from fedcomm.errors import Gone, NotFound
from fedcomm.here import Here
from fedcomm.http.context import site
from fedcomm.http.router import Route
from federation.vocabulary.collections import Collection
from federation.vocabulary.featuring import FeatureAuthorization, FeaturedCollection, FeaturedItem
from federation.vocabulary.tags import Hashtag


def _list_of(here: Here) -> str:
    """The collections of the instance."""
    return f"{here.instance_actor_uri}/collections"


def _groups_of(here: Here) -> str:
    """The collection of the groups that live here."""
    return f"{_list_of(here)}/groups"


def _answer(request: Request, thing: FeaturedCollection) -> Response:
    """The document; a browser is led to the page."""
    if not answering.wants_document(request) and "text/html" in request.headers.get("accept", "") and thing.url:
        return answering.to_page(thing.url)
    return answering.document(thing)


@for_peers
async def show_instance_collections(request: Request) -> Response:
    """What the instance recommends: its groups."""
    await answering.check_asker(request)
    here = site(request).here
    return answering.document(Collection(id=_list_of(here), ordered=False, total=1, items=(_groups_of(here),)))


@for_peers
async def show_groups(request: Request) -> Response:
    """The public groups of this instance."""
    await answering.check_asker(request)
    here = site(request)
    instance = await here.service(InstanceSigner).actor()
    async with here.read() as db:
        groups = await published.groups(db)
    uri = _groups_of(here.here)
    items = (
        FeaturedItem(
            id=f"{uri}#{group.id}",
            featured=group.uri,
            authorization=_stamp(group, "instance"),
            published=group.created_at,
        )
        for group in groups
    )
    return _answer(
        request,
        FeaturedCollection(
            id=uri,
            attributed_to=instance.uri,
            name=here.settings.name,
            items=tuple(items),
            url=here.here.page_url("/groups"),
            published=instance.created_at,
        ),
    )


@for_peers
async def show_group_authorization(request: Request) -> Response:
    """That a group of ours stands among the public groups of its instance."""
    await answering.check_asker(request)
    group = await account_of(request, "group")
    here = site(request)
    async with here.read() as db:
        groups = await published.groups(db)
    if group.id not in {each.id for each in groups}:
        raise NotFound
    return answering.document(
        FeatureAuthorization(id=_stamp(group, "instance"), interacting=_groups_of(here.here), target=group.uri)
    )


@for_peers
async def show_collections(request: Request) -> Response:
    """The collections on the page of an account of ours, the last one first."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    async with site(request).read() as db:
        found = await collections.of(db, account.id, None, limit=collections.MOST_COLLECTIONS)
    uris = tuple(each.uri for each in found)
    return answering.document(Collection(id=f"{account.uri}/collections", ordered=False, total=len(uris), items=uris))


async def _inside(db: Connection, collection_id: int) -> list[tuple[collections.Item, Account]]:
    """Who is in a collection and still wants to be, as anybody sees it."""
    items = (await collections.items(db, [collection_id], None))[collection_id]
    people = await published.among(db, [each.account_id for each in items])
    return [(each, people[each.account_id]) for each in items if each.account_id in people]


@for_peers
async def show_collection(request: Request) -> Response:
    """One of them."""
    return await collection_answer(request, await account_of(request, kind_of(request)))


async def collection_answer(request: Request, account: Account) -> Response:
    """The collection whose number is in the path, also one that stands on no page: who has its address may read it."""
    await answering.check_asker(request)
    here = site(request)
    async with here.read() as db:
        found = await collections.by_id(db, int(request.path_params["id"]), None)
        if found.owner_id != account.id:
            raise NotFound
        inside = await _inside(db, found.id)
    items = (
        FeaturedItem(
            id=f"{found.uri}#{item.id}",
            featured=featured.uri,
            authorization=_stamp(featured, item.id),
            published=item.created_at,
        )
        for item, featured in inside
    )
    return _answer(
        request,
        FeaturedCollection(
            id=found.uri,
            attributed_to=account.uri,
            name=found.name,
            summary=html.escape(found.description, quote=False).replace("\n", "<br>"),
            language=found.language,
            url=found.url,
            topic=Hashtag(found.tag, here.here.page_url(f"/tags/{found.tag.casefold()}")) if found.tag else None,
            sensitive=found.is_sensitive,
            discoverable=found.is_discoverable,
            items=tuple(items),
            published=found.created_at,
            updated=found.updated_at,
        ),
    )


@for_peers
async def show_authorization(request: Request) -> Response:
    """That an account of ours lets a collection feature it. Gone once it took that back."""
    await answering.check_asker(request)
    account = await account_of(request, kind_of(request))
    item_id = int(request.path_params["item"])
    async with site(request).read() as db:
        if (elsewhere := await _given_elsewhere(db, account, item_id)) is not None:
            return answering.document(elsewhere)
        given = await collections.given(db, account.id, item_id)
        if given.revoked_at is not None:
            raise Gone
        found = await collections.by_id(db, given.collection_id, None)
        if item_id not in {item.id for item, _ in await _inside(db, found.id)}:
            raise NotFound
    return answering.document(
        FeatureAuthorization(id=_stamp(account, item_id), interacting=found.uri, target=account.uri)
    )


async def _given_elsewhere(db: Connection, account: Account, stamp_id: int) -> FeatureAuthorization | None:
    """The same, to a collection of another server. None: it is no number of such. Raises Gone, NotFound."""
    stamp = await featured_elsewhere.given(db, account, stamp_id)
    if stamp is None:
        return None
    if stamp.revoked_at is not None:
        raise Gone
    return FeatureAuthorization(id=_stamp(account, stamp.id), interacting=stamp.collection_uri, target=account.uri)


routes = [
    Route("/actor/collections", show_instance_collections),
    Route("/actor/collections/groups", show_groups),
    Route("/groups/{handle}/feature_authorizations/instance", show_group_authorization),
    *(
        Route(f"/{where}/{{handle}}/{what}", endpoint, name=f"{what} of {where}")
        for where in ("u", "groups")
        for what, endpoint in (
            ("collections", show_collections),
            ("collections/{id:int}", show_collection),
            ("feature_authorizations/{item:int}", show_authorization),
        )
    ),
]
