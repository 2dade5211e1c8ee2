"""Who quotes a post, and whom its author lets. Source: Mastodon API documentation, methods/statuses#quotes (4.5)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api import reading
from fedcomm.api.entities import statuses
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.threads import quoting, wrappers
from fedcomm.threads import reading as threads
from fedcomm.threads.model import QuotePolicy


class PolicyForm(msgspec.Struct):
    """Who may quote it."""

    quote_approval_policy: QuotePolicy | None = None


@needs("read:statuses")
async def list_quotes(request: Request) -> Response:
    """The posts that quote one, as far as I may read them."""
    where, me = cursor(request), member(request).account.id
    async with site(request).read() as db:
        post_id = await wrappers.unwrapped(db, int(request.path_params["id"]))
        await threads.by_id(db, post_id, me)
        found = await quoting.quotes_of(
            db, post_id, me, below=where.below, above=where.above, upwards=where.is_upwards, limit=where.limit
        )
        ids = [each.id for each in found]
        shown = await reading.posts(db, request, ids)
    return json(statuses.joined(shown), headers=link_header(request, ids))


@needs("write:statuses")
async def revoke_quote(request: Request) -> Response:
    """Let a post quote mine no longer; the answer is that post."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        quoted_id = await wrappers.unwrapped(db, int(request.path_params["id"]))
        quoting_id = int(request.path_params["quoting"])
        await quoting.revoke(db, here.here, me, quoted_id, quoting_id, now=here.now())
        shown = await reading.post(db, request, quoting_id)
    return json(shown)


@needs("write:statuses")
async def change_policy(request: Request) -> Response:
    """Change who may quote my post; what quotes it already may go on."""
    here, me = site(request), member(request).account
    form = await read(request, PolicyForm)
    async with here.transaction() as db:
        post_id = await wrappers.unwrapped(db, int(request.path_params["id"]))
        post = await threads.by_id(db, post_id, me.id)
        if post.author_id != me.id:
            raise NotFound
        if form.quote_approval_policy is None:
            raise Invalid("Choose public, followers or nobody.", field="quote_approval_policy")
        await quoting.set_policy(db, here.here, me, post_id, form.quote_approval_policy, now=here.now())
        shown = await reading.post(db, request, post_id)
    return json(shown)


routes = [
    Route("/api/v1/statuses/{id:int}/quotes", list_quotes),
    Route("/api/v1/statuses/{id:int}/quotes/{quoting:int}/revoke", revoke_quote, methods=["POST"]),
    Route("/api/v1/statuses/{id:int}/interaction_policy", change_policy, methods=["PUT", "PATCH"]),
]
