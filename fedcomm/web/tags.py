"""Posts with a tag: where the tags in texts lead."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http import strangers
from fedcomm.http.context import site
from fedcomm.http.pages import page, sign_in_first, visitor
from fedcomm.http.router import Route
from fedcomm.looks import posts
from fedcomm.looks.frame import show
from fedcomm.timelines import followed_tags
from fedcomm.timelines import tag as tag_timeline
from fedcomm.web.paging import cursor, paged


@page
async def tag_page(request: Request) -> Response:
    """The public posts with a tag, newest first."""
    tag = str(request.path_params["tag"])[:100]
    me = await visitor(request)
    viewer_id = me.account.id if me else None
    if not strangers.may_see(site(request).settings, viewer_id, *strangers.BOTH):
        return sign_in_first(request)
    asked = cursor(request)
    async with site(request).read() as db:
        entries, around = paged(request, await tag_timeline.page(db, viewer_id, tag, cursor=asked), asked)
        threads = await posts.thread_cards(db, viewer_id, entries)
        is_followed = bool(await followed_tags.among(db, viewer_id, [tag]))
    return await show(
        request,
        "tag.html",
        tag=tag,
        is_followed=is_followed,
        threads=threads,
        newer_url=around.newer_url,
        older_url=around.older_url,
        is_hidden_from_search=True,
    )


routes = [Route("/tags/{tag}", tag_page)]
