"""Following people and joining groups, which is the same button. Source: methods/accounts, methods/follow_requests."""

from itertools import chain

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, follows, relationships, suggestions
from fedcomm.api import account_pages
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS, many, standing
from fedcomm.api.entities import accounts as entities
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, id_from
from fedcomm.http.router import Route

MOST_RELATIONSHIPS = 1_000


class FollowForm(msgspec.Struct):
    """How to follow; None leaves it as it is."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[str] | None = None


@needs("write:follows")
async def follow(request: Request) -> Response:
    """Follow somebody, join a group, or change how one does."""
    form = await read(request, FollowForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await membership.follow_or_join(
            db,
            here.here,
            me,
            target,
            show_boosts=form.reblogs,
            notify=form.notify,
            languages=form.languages,
            now=here.now(),
        )
        return await standing(db, request, target.id)


@needs("write:follows")
async def unfollow(request: Request) -> Response:
    """Follow no longer, leave a group, or take the question back."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await membership.leave_or_unfollow(db, here.here, me, target, now=here.now())
        return await standing(db, request, target.id)


@needs("write:follows")
async def remove_follower(request: Request) -> Response:
    """Put somebody out of one's followers."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        target = await finding.by_id(db, int(request.path_params["id"]))
        await membership.refuse_or_turn_away(db, here.here, me, target.id, now=here.now())
        return await standing(db, request, target.id)


class ManyForm(msgspec.Struct):
    """Ids of accounts."""

    id: list[str] = []


@needs("read:follows")
async def show_relationships(request: Request) -> Response:
    """How I and each of these accounts stand to each other; accounts that do not exist are left out."""
    wanted = [id_from(each) for each in dict.fromkeys((await read(request, ManyForm)).id)][:MOST_RELATIONSHIPS]
    async with site(request).read() as db:
        known = {account.id for account in await finding.by_ids(db, wanted)}
        found = await relationships.between(db, member(request).account.id, known)
    return json([entities.relationship(found[each]) for each in wanted if each in found])


@needs("read:follows")
async def list_requests(request: Request) -> Response:
    """Who asks to follow me."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    here = site(request)
    async with here.read() as db:
        page = await follows.followers(
            db, member(request).account.id, below=where.below, limit=where.limit, state="requested"
        )
        return await account_pages.answer(db, request, page)


async def _request_of(db: Connection, request: Request) -> int:
    """Who has asked to follow me, by the id of the path. Raises NotFound."""
    account_id = int(request.path_params["id"])
    asked = await follows.find(db, account_id, member(request).account.id)
    if asked is None or asked.state != "requested":
        raise NotFound
    return account_id


@needs("write:follows")
async def authorize_request(request: Request) -> Response:
    """Let somebody follow me who has asked."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        account_id = await _request_of(db, request)
        await membership.accept_or_admit(db, here.here, me, account_id, now=here.now())
        return await standing(db, request, account_id)


@needs("write:follows")
async def reject_request(request: Request) -> Response:
    """Refuse somebody who has asked to follow me."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        account_id = await _request_of(db, request)
        await membership.refuse_or_turn_away(db, here.here, me, account_id, now=here.now())
        return await standing(db, request, account_id)


@needs("read:follows")
async def familiar_followers(request: Request) -> Response:
    """Whom I follow among the followers of others."""
    wanted = [id_from(each) for each in dict.fromkeys((await read(request, ManyForm)).id)][:MOST_ACCOUNTS]
    here = site(request)
    async with here.read() as db:
        known = [account.id for account in await finding.by_ids(db, wanted)]
        found = await suggestions.familiar_followers(db, member(request).account.id, known)
        people = {account.id: account for account in await finding.by_ids(db, list({*chain(*found.values())}))}
    return json(
        [
            {"id": str(each), "accounts": await many(here, [people[one] for one in found[each] if one in people])}
            for each in known
        ]
    )


routes = [
    Route("/api/v1/accounts/relationships", show_relationships),
    Route("/api/v1/accounts/familiar_followers", familiar_followers),
    Route("/api/v1/accounts/{id:int}/follow", follow, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/unfollow", unfollow, methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/remove_from_followers", remove_follower, methods=["POST"]),
    Route("/api/v1/follow_requests", list_requests),
    Route("/api/v1/follow_requests/{id:int}/authorize", authorize_request, methods=["POST"]),
    Route("/api/v1/follow_requests/{id:int}/reject", reject_request, methods=["POST"]),
]
