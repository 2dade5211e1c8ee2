"""The front page for visitors, home for members, and what stands behind the last tab."""

from collections.abc import Sequence
from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.groups import reading as groups
from fedcomm.http import strangers
from fedcomm.http.context import Site, site
from fedcomm.http.pages import cookie_name, keep_cookie, member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import show
from fedcomm.looks.shown import GroupCard, GroupSection
from fedcomm.moderation import appeals, report_queue, reports
from fedcomm.notifications import markers
from fedcomm.timelines import group as group_timeline
from fedcomm.timelines import home, public
from fedcomm.timelines.cursor import Entry
from fedcomm.web import announcements, waiting_at_home
from fedcomm.web.paging import cursor, paged

Order = Literal["time", "group"]
A_YEAR = 365 * 86_400
FRONT_GROUPS = 12
MOST_GROUPS = 12
"""So many groups have a section of their own at home; the others are in the list beside."""
THREADS_OF_A_GROUP = 4
THREADS_OF_A_QUIET_GROUP = 1
"""Where nothing is new since the member last looked."""
FRONT_THREADS = 10
FIRST_GROUPS = 6
"""So many groups are shown at home to who is in none yet."""


@page
async def front(request: Request) -> Response:
    """What this place is for, its groups and its newest threads; members go home."""
    if await visitor(request) is not None:
        return RedirectResponse("/home", 303)
    async with site(request).read() as db:
        found = await groups.here(db, viewer_id=None, limit=FRONT_GROUPS)
        is_open = strangers.may_see(site(request).settings, None, "ours")
        entries = await public.threads_here(db, None, cursor=Cursor(limit=FRONT_THREADS)) if is_open else []
        shown = await cards.group_cards(db, found, None)
        threads = await posts.thread_cards(db, None, entries)
    return await show(request, "front.html", groups=shown, threads=threads)


async def _by_group(
    db: Connection, me: Account, shown: Sequence[GroupCard], entries: Sequence[Entry], looked_at: int
) -> list[GroupSection]:
    """The groups that have anything, those with something new first, then what comes from outside of groups."""
    newest = await group_timeline.newest_threads(db, me.id, [group.id for group in shown], limit=THREADS_OF_A_GROUP)
    told = {entry.post_id for each in newest.values() for entry in each}
    others = [entry for entry in entries if entry.post_id not in told]
    full = sorted(
        (group for group in shown if group.id in newest),
        key=lambda group: (bool(group.new_count), newest[group.id][0].id),
        reverse=True,
    )[:MOST_GROUPS]
    together = [*others, *(entry for group in full for entry in newest[group.id])]
    threads = {card.id: card for card in await posts.thread_cards(db, me.id, together, looked_at=looked_at)}
    sections: list[GroupSection] = []
    shown_already: set[int] = set()  # a thread that several groups carry stands here once (D38)
    for group in full:
        own = [entry.post_id for entry in newest[group.id] if entry.post_id not in shown_already]
        few = [each for each in own if each in threads][
            : THREADS_OF_A_GROUP if group.new_count else THREADS_OF_A_QUIET_GROUP
        ]
        shown_already.update(few)
        if few:
            sections.append(GroupSection(group=group, threads=tuple(threads[each] for each in few)))
    followed = [threads[entry.post_id] for entry in others if entry.post_id in threads]
    outside = tuple(card for card in followed if card.group is None or card.boosted_by is not None)
    return [*sections, *([GroupSection(group=None, threads=outside[:THREADS_OF_A_GROUP])] if outside else [])]


def _order(request: Request, groups_count: int) -> Order:
    """How the reader wants home: as just asked, else as last time, else by group if they are in several."""
    here = site(request)
    wanted = request.query_params.get("by", "") or request.cookies.get(_order_cookie(here), "")
    if wanted not in ("group", "time"):
        return "group" if groups_count > 1 else "time"
    return "group" if wanted == "group" else "time"


def _order_cookie(here: Site) -> str:
    return cookie_name(here) + "_home"


@member_page
async def home_page(request: Request) -> Response:
    """What is new in one's groups and from people one follows; looking at it moves the marker that apps share."""
    here = site(request)
    me = signed_in(request).account
    asked = cursor(request)
    is_first = asked.max_id is None and asked.min_id is None
    async with here.read() as db:
        marker = (await markers.of(db, me.id, ["home"])).get("home")
        looked_at = marker.last_read_id if marker else 0
        entries, around = paged(request, await home.page(db, me.id, cursor=asked), asked)
        joined = await groups.joined(db, me.id)
        order = _order(request, len(joined)) if is_first else "time"
        mine = await cards.group_cards(db, joined, me.id, looked_at=looked_at)
        around_here = [] if joined else await groups.here(db, viewer_id=me.id, limit=FIRST_GROUPS)
        suggested = await cards.group_cards(db, around_here, me.id)
        said = await announcements.views(db, me.id, now=here.now()) if is_first else []
        waits = await waiting_at_home.lines(db, me, mine, now=here.now()) if is_first else []
        sections = await _by_group(db, me, mine, entries, looked_at) if order == "group" else []
        threads = await posts.thread_cards(db, me.id, entries, looked_at=looked_at) if order == "time" else []
    if request.method == "GET" and entries and entries[0].id > looked_at and asked.max_id is None:
        async with here.transaction(wakes=()) as db:
            await markers.put(db, me.id, "home", entries[0].id, now=here.now())
    response = await show(
        request,
        "home.html",
        announcements=said,
        waiting=waits,
        groups=mine,
        suggested=suggested,
        order=order,
        sections=sections,
        threads=threads,
        newer_url=around.newer_url if order == "time" else None,
        older_url=around.older_url if order == "time" else None,
    )
    if request.query_params.get("by") in ("group", "time"):
        keep_cookie(response, here, _order_cookie(here), order, seconds=A_YEAR)
    return response


@member_page
async def you(request: Request) -> Response:
    """Everything of one's own in one place."""
    me = signed_in(request).account.id
    async with site(request).read() as db:
        decides = await reports.may_see_any(db, me)
        waiting = await report_queue.open_count(db, me) if decides else None
        appealed = await appeals.waiting_count(db, me) if decides else 0
    return await show(request, "you.html", reports_count=waiting, appeals_count=appealed)


routes = [
    Route("/", front),
    Route("/home", home_page),
    Route("/you", you),
]
