"""The first of the pages for those who run an instance: what waits for them, how people fare, how the machine does.

Figures and sizes are read as they were last measured (`figures/keeping.py`), so that the page costs the same with a
million posts. Source: product 21; issue "Running an instance".
"""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import signup
from fedcomm.database import Connection
from fedcomm.figures import keeping
from fedcomm.figures.keeping import Stored
from fedcomm.groups import overview as groups
from fedcomm.http.context import site
from fedcomm.http.operators import LEAST_DISK_FREE
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import backlog, mail_queue, steering
from fedcomm.jobs import queues as jobs
from fedcomm.jobs.backlog import Backlog
from fedcomm.looks import figures
from fedcomm.looks.frame import locale_of, show
from fedcomm.looks.moments import size
from fedcomm.looks.shown import QueueLine, StoredLine, TaskLine, TroubleLine
from fedcomm.moderation import emergency, legal_notices, report_queue
from fedcomm.network import lists, peers
from fedcomm.portability import stored_archives
from fedcomm.threads import first_look

MOST_TROUBLES = 5
SOON_FULL = 10 * LEAST_DISK_FREE


@admin_page("see admin")
async def page(request: Request) -> Response:
    """What needs somebody, the four figures, queues and peers, what is stored."""
    here, locale, window = site(request), await locale_of(request), figures.window_of(request)
    now = here.now()
    async with here.read() as db:
        queues = await backlog.look(db, now=now)
        troubles, troubles_count = await steering.troubled(db, limit=MOST_TROUBLES)
        days = await keeping.days(db, window)
        stored = await keeping.stored(db)
        peers_count = await peers.count(db)
        stalled = await backlog.stalled(db, after=here.durations.stalled_after, now=now)
        waiting = await _waiting(db, signed_in(request).account.id, now)
        hold = await jobs.held_deliveries(db)
        archives = await stored_archives.standing(db) if here.config.archives_url is not None else None
        silent = sum(each.is_paused for each in await mail_queue.came_back(db, now=now))
    free = room_left(here.config.folder)
    held = TaskLine(kind="sending-held", count=int(hold is not None), url="/admin/deliveries", is_urgent=True)
    waiting.append(TaskLine(kind="mail", count=silent, url="/admin/mail"))
    is_amiss = archives is not None and not archives.is_well(here.config.archives_every, now=now)
    waiting.append(TaskLine(kind="archives", count=int(is_amiss), url="/admin/export", is_urgent=True))
    tasks = [held, *waiting, *_machine(queues, len(stalled), troubles_count, free)]
    return await show(
        request,
        "admin/overview.html",
        is_set_up=here.settings.setup == "done",
        tasks=[task for task in tasks if task.count],
        figures=figures.sheet(days, window, "/admin", "/admin/figures.csv", locale),
        queues=[_queue(each) for each in queues],
        troubles=[
            TroubleLine(
                authority=each.authority,
                failing_since=each.failing_since,
                last_error=each.last_error or "",
                is_paused=each.paused_at is not None,
            )
            for each in troubles
        ],
        troubles_count=troubles_count,
        peers_count=peers_count,
        stored=stored_lines(stored, free, locale),
        posts_count=stored.posts_count if stored else None,
        own_posts_count=stored.own_posts_count if stored else None,
    )


async def _waiting(db: Connection, me: int, now: datetime) -> list[TaskLine]:
    return [
        TaskLine(kind="reports", count=await report_queue.open_count(db, me), url="/admin/reports"),
        TaskLine(kind="notices", count=await legal_notices.open_count(db), url="/admin/notices"),
        TaskLine(kind="sign-ups", count=await signup.waiting_count(db), url="/admin/sign_ups"),
        TaskLine(kind="to look at", count=await first_look.waiting_count(db), url="/admin/held"),
        TaskLine(
            kind="emergency",
            count=await emergency.waiting_count(db, me, now=now),
            url="/admin/emergency",
            is_urgent=True,
        ),
        TaskLine(kind="groups", count=await groups.orphaned_count(db), url="/admin/groups?which=orphaned"),
        TaskLine(kind="held", count=await keeping.held_posts(db)),
        TaskLine(kind="lists", count=await lists.waiting_count(db), url="/admin/peers/lists"),
    ]


def _machine(queues: Sequence[Backlog], stalled: int, troubled: int, free: int) -> list[TaskLine]:
    failed = {each.queue: each.failed for each in queues}
    inside = sum(count for name, count in failed.items() if name != "deliveries")
    return [
        TaskLine(kind="stalled", count=stalled, url="/admin/queues", is_urgent=True),
        TaskLine(kind="disk", count=int(free < SOON_FULL), is_urgent=True),
        TaskLine(kind="deliveries", count=failed.get("deliveries", 0), url="/admin/deliveries"),
        TaskLine(kind="work", count=inside, url="/admin/queues"),
        TaskLine(kind="peers", count=troubled, url="/admin/deliveries"),
    ]


def _queue(each: Backlog) -> QueueLine:
    return QueueLine(
        name=each.queue,
        waiting_count=each.waiting,
        failed_count=each.failed,
        oldest_at=each.oldest_due_at,
        succeeded_at=each.succeeded_at,
    )


def stored_lines(stored: Stored | None, free: int, locale: str) -> list[StoredLine]:
    """What takes room and what it consists of, as it was last measured; and what is free now."""
    lines = [StoredLine(kind="free", size=size(free, locale))]
    if stored is None:
        return lines
    tables, uploads = stored.kinds.database, stored.kinds.uploads
    return [
        StoredLine(
            kind="database",
            size=size(stored.database_bytes, locale),
            parts=tuple(
                StoredLine(kind=kind, size=size(tables[kind], locale))
                for kind in ("posts", "people", "traffic", "other")
                if kind in tables
            ),
        ),
        StoredLine(
            kind="uploads",
            size=size(stored.uploads_bytes, locale),
            count=stored.uploads_count,
            parts=tuple(
                StoredLine(kind=kind, size=size(uploads[kind].size, locale), count=uploads[kind].count)
                for kind in ("image", "video", "audio")
                if kind in uploads
            ),
        ),
        StoredLine(kind="copies", size=size(stored.kept_bytes, locale)),
        *lines,
    ]


def room_left(folder: Path) -> int:
    """Bytes that are free on the disk of the data."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@admin_page("see admin")
async def download(request: Request) -> Response:
    """The figures of a window, one row for each day, as a table for spreadsheets."""
    window = figures.window_of(request)
    async with site(request).read() as db:
        days = await keeping.days(db, window)
    return figures.table(f"figures-{window}-days", days)


routes = [
    Route("/admin", page),
    Route("/admin/figures.csv", download),
]
