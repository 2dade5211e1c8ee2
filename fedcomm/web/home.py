"""The front page for visitors, home for members, and what stands behind the last tab."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.cursor import Cursor
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show
from fedcomm.moderation import appeals, reports
from fedcomm.notifications import markers
from fedcomm.timelines import home, public
from fedcomm.web import announcements
from fedcomm.web.paging import cursor, paged

FRONT_GROUPS = 12
FRONT_THREADS = 10


@page
async def front(request: Request) -> Response:
    """What this place is for, its groups and its newest threads; members go home."""
    if await visitor(request) is not None:
        return RedirectResponse("/home", 303)
    async with site(request).read() as db:
        found = await groups.here(db, viewer_id=None, limit=FRONT_GROUPS)
        entries = await public.threads_here(db, None, cursor=Cursor(limit=FRONT_THREADS))
        shown = await cards.group_cards(db, found, None)
        threads = await posts.thread_cards(db, None, entries)
    return await show(request, "front.html", groups=shown, threads=threads)


@member_page
async def home_page(request: Request) -> Response:
    """What is new in one's groups and from people one follows; looking at it moves the marker that apps share."""
    here = site(request)
    me = signed_in(request).account
    asked = cursor(request)
    async with here.read() as db:
        marker = (await markers.of(db, me.id, ["home"])).get("home")
        looked_at = marker.last_read_id if marker else 0
        entries, around = paged(request, await home.page(db, me.id, cursor=asked), asked)
        threads = await posts.thread_cards(db, me.id, entries, looked_at=looked_at)
        said = await announcements.views(db, me.id, now=here.now()) if asked.max_id is None else []
        mine = await cards.group_cards(db, await groups.joined(db, me.id), me.id, looked_at=looked_at)
    if request.method == "GET" and entries and entries[0].id > looked_at and asked.max_id is None:
        async with here.transaction(wakes=()) as db:
            await markers.put(db, me.id, "home", entries[0].id, now=here.now())
    return await show(
        request,
        "home.html",
        announcements=said,
        groups=mine,
        threads=threads,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def you(request: Request) -> Response:
    """Everything of one's own in one place."""
    me = signed_in(request).account.id
    async with site(request).read() as db:
        decides = await reports.may_see_any(db, me)
        waiting = await reports.open_count(db, me) if decides else None
        appealed = await appeals.waiting_count(db, me) if decides else 0
    return await show(request, "you.html", reports_count=waiting, appeals_count=appealed)


routes = [
    Route("/", front),
    Route("/home", home_page),
    Route("/you", you),
]
