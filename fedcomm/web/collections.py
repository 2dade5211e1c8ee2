"""The page of a collection of accounts that somebody recommends, to which apps lead and posts link."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import collections, finding
from fedcomm.errors import NotFound
from fedcomm.http.context import site
from fedcomm.http.documents import Documents
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import CollectionCard
from fedcomm.web import addressed
from fedcomm.web.profiles import NextForm


async def _found(request: Request, viewer_id: int | None) -> CollectionCard:
    """The collection under this address. Raises NotFound."""
    async with site(request).read() as db:
        owner = await addressed.account(request, db)
        found = await collections.by_id(db, int(request.path_params["id"]), viewer_id)
        if found.owner_id != owner.id:
            raise NotFound
        inside = (await collections.items(db, [found.id], viewer_id))[found.id]
        people = await finding.by_ids(db, [each.account_id for each in inside])
    return CollectionCard(
        id=found.id,
        url=f"{cards.account_path(owner)}/collections/{found.id}",
        name=found.name,
        description=found.description,
        tag=found.tag,
        owner=cards.account_card(owner),
        accounts=tuple(cards.account_card(account) for account in people),
        own_item=next((str(each.id) for each in inside if each.account_id == viewer_id), None),
        is_discoverable=found.is_discoverable,
    )


@page
async def collection_page(request: Request) -> Response:
    """What it is called, and who is in it. Another server that asks here gets the document."""
    documents = site(request).service(Documents)
    if documents.are_wanted(request):
        async with site(request).read() as db:
            owner = await addressed.account(request, db)
        if not owner.is_local:
            raise NotFound
        return await documents.of_collection(request, owner)
    me = await visitor(request)
    shown = await _found(request, me.account.id if me else None)
    return await show(request, "collection.html", collection=shown, is_hidden_from_search=not shown.is_discoverable)


@member_page
async def leave_collection(request: Request) -> Response:
    """Take oneself out of it."""
    me, here = signed_in(request).account, site(request)
    await read(request, NextForm)
    shown = await _found(request, me.id)
    if shown.own_item is None:
        raise NotFound
    async with here.transaction() as db:
        await collections.revoke(db, me, shown.id, int(shown.own_item), now=here.now())
    return then(request, shown.url, "saved")


routes = [
    Route("/@{handle}/collections/{id:int}", collection_page),
    Route("/@{handle}/collections/{id:int}/leave", leave_collection, methods=["POST"]),
]
