"""Who quotes a post, and its author's consent taken back (FEP-044f; product 6). Quoting itself: `compose.py`."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import posts
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker
from fedcomm.threads import quoting, reading
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor


class RevokeForm(msgspec.Struct):
    """Which post may not quote mine any more."""

    quote: str = ""


@page
async def quotes_page(request: Request) -> Response:
    """The posts that quote one, as far as the reader may read them, newest first."""
    here, asked = site(request), cursor(request)
    me = await visitor(request)
    viewer = me.account if me else None
    viewer_id = viewer.id if viewer else None
    async with here.read() as db:
        post = await reading.by_id(db, addressed.post_id(request), viewer_id)
        found = await quoting.quotes_of(
            db,
            post.id,
            viewer_id,
            below=asked.below,
            above=asked.above,
            upwards=asked.is_upwards,
            limit=asked.limit,
        )
        around = Paged(request, [each.id for each in found], asked)
        wanted = found[around.first : around.last]
        (view, *quotes) = await posts.post_views(db, [post, *wanted], Looker(account=viewer), now=here.now())
    return await show(
        request,
        "quotes.html",
        is_hidden_from_search=True,
        post=view,
        may_revoke=viewer_id == post.author_id,
        quotes=quotes,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def revoke(request: Request) -> Response:
    """Let a post quote mine no longer."""
    here, me = site(request), signed_in(request).account
    form = await read(request, RevokeForm)
    post_id = addressed.post_id(request)
    async with here.read() as db:
        await reading.by_id(db, post_id, me.id)
    note = "consent-taken-back"
    try:
        async with here.transaction() as db:
            await quoting.revoke(db, here.here, me, post_id, addressed.id_of(form.quote), now=here.now())
    except NotFound:
        note = "gone"
    return then(request, f"/p/{post_id}/quotes", note)


routes = [
    Route("/p/{id:int}/quotes", quotes_page),
    Route("/p/{id:int}/quotes/revoke", revoke, methods=["POST"]),
]
