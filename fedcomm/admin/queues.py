"""The work inside: how many wait in each queue, and what was given up after five tries (D66; R028, R045)."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import backlog, failed_work
from fedcomm.jobs.failed_work import QUEUES, FailedWork, FailingQueue
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import FailedLine, QueueLine


class WorkForm(msgspec.Struct):
    """Which failed work: a queue, and behind a colon the key of one piece."""

    work: str = ""


@admin_page("manage deliveries")
async def page(request: Request) -> Response:
    """All queues, and below what failed of each."""
    here = site(request)
    async with here.read() as db:
        queues = await backlog.look(db, now=here.now())
        failed = [each for queue in QUEUES for each in await failed_work.failed(db, queue)]
    return await show(
        request,
        "admin/queues.html",
        queues=[
            QueueLine(
                name=each.queue,
                waiting_count=each.waiting,
                failed_count=each.failed,
                oldest_at=each.oldest_due_at,
                succeeded_at=each.succeeded_at,
            )
            for each in queues
        ],
        failed=[_line(each) for each in failed],
    )


def _line(work: FailedWork) -> FailedLine:
    return FailedLine(
        work=f"{work.queue}:{work.key}",
        queue=work.queue,
        what=work.what,
        about=work.about,
        error=work.error,
        failed_at=work.failed_at,
        may_retry=work.may_retry,
    )


Act = Callable[[Connection, FailingQueue, Sequence[str] | None], Awaitable[int]]


async def _act(request: Request, action: str, note: str, act: Act, *, wakes: bool) -> Response:
    here = site(request)
    form = await read(request, WorkForm)
    name, _, key = form.work.partition(":")
    if name not in QUEUES:
        raise Invalid("There is no such queue.")
    queue: FailingQueue = "facts" if name == "facts" else "mail" if name == "mail" else "inbox"
    async with here.transaction(wakes=queue if wakes else ()) as db:
        count = await act(db, queue, [key] if key else None)
        await audit.write(
            db, signed_in(request).account.id, action, form.work[:500], details={"count": count}, now=here.now()
        )
    return then(request, "/admin/queues", note if count else "gone")


@admin_page("manage deliveries")
async def retry(request: Request) -> Response:
    """Try once more what failed in a queue, or one piece of it. Raises Invalid."""
    now = site(request).now()
    return await _act(
        request,
        "retry failed work",
        "retried",
        lambda db, queue, keys: failed_work.retry(db, queue, keys, now=now),
        wakes=True,
    )


@admin_page("manage deliveries")
async def drop(request: Request) -> Response:
    """Let go of what failed in a queue, or of one piece. Raises Invalid."""
    return await _act(request, "drop failed work", "let-go", failed_work.drop, wakes=False)


routes = [
    Route("/admin/queues", page),
    Route("/admin/queues/retry", retry, methods=["POST"]),
    Route("/admin/queues/drop", drop, methods=["POST"]),
]
