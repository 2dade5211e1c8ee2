"""Whom people recommend on their pages. Source: methods/endorsements, methods/accounts."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import endorsements, finding
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS, many, standing
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs
from fedcomm.http.context import site
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route


async def _list(request: Request, account_id: int) -> Response:
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        found = await finding.by_id(db, account_id)
        page = await endorsements.page(db, found.id, below=where.below, limit=where.limit)
        shown = await finding.by_ids(db, [target_id for _, target_id in page])
    return json(await many(here, shown), headers=link_header(request, [row_id for row_id, _ in page]))


@needs("read:accounts")
async def list_mine(request: Request) -> Response:
    """Whom I recommend."""
    return await _list(request, member(request).account.id)


@anyone_or("read:accounts")
async def list_of_account(request: Request) -> Response:
    """Whom an account recommends."""
    return await _list(request, int(request.path_params["id"]))


@needs("write:accounts")
async def endorse(request: Request) -> Response:
    """Recommend somebody I follow."""
    here, me = site(request), member(request).account
    async with here.transaction(wakes=()) as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await endorsements.endorse(db, me, target, now=here.now())
        return await standing(db, request, target.id)


@needs("write:accounts")
async def withdraw(request: Request) -> Response:
    """Recommend somebody no longer."""
    me = member(request).account
    async with site(request).transaction(wakes=()) as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await endorsements.withdraw(db, me, target.id)
        return await standing(db, request, target.id)


routes = [
    Route("/api/v1/endorsements", list_mine),
    Route("/api/v1/accounts/{id:int}/endorsements", list_of_account, name="endorsements of an account"),
    *(Route(f"/api/v1/accounts/{{id:int}}/{verb}", endorse, methods=["POST"]) for verb in ("endorse", "pin")),
    *(Route(f"/api/v1/accounts/{{id:int}}/{verb}", withdraw, methods=["POST"]) for verb in ("unendorse", "unpin")),
]
