"""What waits for which instance and about which post, since when and why; and what is done about it (D53, D54)."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http import checking
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import queues, steering
from fedcomm.jobs.steering import DeliveryStatus, PeerStatus, Which
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import DeliveryEntry, DeliveryLine
from fedcomm.threads import reading
from fedcomm.threads.model import Post

MOST_SHOWN = 100


class WhichForm(msgspec.Struct):
    """Which instance, or which post of ours: its id, or an address of it."""

    authority: str = ""
    post: str = ""


@admin_page("manage deliveries")
async def page(request: Request) -> Response:
    """The instances for which something waits or was given up, the most first; or all for one, or about one post."""
    form = query(request, WhichForm)
    if form.authority.strip():
        return await _show_peer(request, form.authority.strip().lower()[:300])
    if form.post.strip():
        return await _show_post(request, form.post.strip()[:2000])
    async with site(request).read() as db:
        found = await steering.status(db)
        hold = await queues.held_deliveries(db)
    if hold is not None:
        why = checking.why_held(hold.held_reason, await texts(request))
        hold = msgspec.structs.replace(hold, held_reason=why)
    return await show(
        request,
        "admin/deliveries.html",
        hold=hold,
        peers=[_line(peer) for peer in found],
        total_waiting=sum(peer.waiting for peer in found),
        total_failed=sum(peer.failed for peer in found),
    )


async def _show_peer(request: Request, authority: str) -> Response:
    which = Which(authority)
    async with site(request).read() as db:
        found = await steering.status(db, which)
        entries = await steering.entries(db, which, limit=MOST_SHOWN)
    peer = _line(found[0]) if found else DeliveryLine(authority=authority, waiting_count=0, failed_count=0)
    return await show(
        request,
        "admin/deliveries_of.html",
        peer=peer,
        post=None,
        waiting_count=peer.waiting_count,
        failed_count=peer.failed_count,
        delivered_count=None,
        entries=[_entry(each) for each in entries],
    )


async def _show_post(request: Request, named: str) -> Response:
    async with site(request).read() as db:
        post = await post_named(db, named)
        report = await steering.report(db, post.id)
        entries = await steering.entries(db, Which(post_id=post.id), limit=MOST_SHOWN)
    return await show(
        request,
        "admin/deliveries_of.html",
        peer=None,
        post={"id": post.id, "url": post.url, "made_at": post.created_at},
        waiting_count=report.waiting,
        failed_count=report.failed,
        delivered_count=report.delivered,
        entries=[_entry(each) for each in entries],
    )


async def post_named(db: Connection, named: str) -> Post:
    """The post with this id or address, whoever may read it: only where it went is shown. Raises NotFound."""
    found = await reading.find(db, int(named)) if named.isdecimal() and len(named) < 19 else None
    found = found or await reading.by_uri(db, named) or await reading.by_url(db, named, None)
    if found is None:
        raise NotFound("There is no such post.")
    return found


def _line(peer: PeerStatus) -> DeliveryLine:
    return DeliveryLine(
        authority=peer.authority,
        waiting_count=peer.waiting,
        failed_count=peer.failed,
        oldest_at=peer.oldest_at,
        next_attempt_at=peer.next_at if peer.paused_at is None else None,
        last_success_at=peer.last_success_at,
        last_error=peer.last_error or "",
        last_error_at=peer.last_failure_at,
        paused_at=peer.paused_at,
        is_inbox_missing=peer.is_inbox_missing,
    )


def _entry(each: DeliveryStatus) -> DeliveryEntry:
    return DeliveryEntry(
        type=each.type,
        uri=each.uri,
        post_id=each.post_id,
        inbox_url=each.inbox_url,
        authority=each.authority,
        is_waiting=each.state == "waiting",
        tries_count=each.attempts,
        made_at=each.made_at,
        at=each.at,
        last_error=each.last_error or "",
    )


Act = Callable[[Connection, Which], Awaitable[int]]


async def _act(request: Request, action: str, note: str, act: Act, *, wakes: bool = False) -> Response:
    """Do something about one instance's deliveries, or those about one post, and note who did."""
    here = site(request)
    form = await read(request, WhichForm)
    async with here.transaction(wakes="deliveries" if wakes else ()) as db:
        which = Which(form.authority) if form.authority else Which(post_id=(await post_named(db, form.post)).id)
        count = await act(db, which)
        target = form.authority or f"post {which.post_id}"
        await audit.write(db, signed_in(request).account.id, action, target, details={"count": count}, now=here.now())
    where = {"authority": form.authority} if form.authority else {"post": str(which.post_id)}
    return then(request, f"/admin/deliveries?{urlencode(where)}", note)


@admin_page("manage deliveries")
async def retry(request: Request) -> Response:
    """Try at once what waits, and what was given up."""
    now = site(request).now()
    return await _act(
        request, "retry deliveries", "retried", lambda db, which: steering.retry(db, which, now=now), wakes=True
    )


@admin_page("manage deliveries")
async def give_up(request: Request) -> Response:
    """Try what waits no more; it stays in the list of what was given up."""
    now = site(request).now()
    return await _act(request, "give up deliveries", "given-up", lambda db, which: steering.give_up(db, which, now=now))


@admin_page("manage deliveries")
async def drop(request: Request) -> Response:
    """Throw away what waits, and what was given up."""
    return await _act(request, "drop deliveries", "dropped", steering.drop)


@admin_page("manage deliveries")
async def pause(request: Request) -> Response:
    """Send nothing to an instance until further notice. Raises Invalid (no instance)."""
    now = site(request).now()

    async def act(db: Connection, which: Which) -> int:
        return await steering.pause(db, _peer(which), now=now)

    return await _act(request, "pause deliveries", "paused", act)


@admin_page("manage deliveries")
async def resume(request: Request) -> Response:
    """Send to an instance again. Raises Invalid (no instance)."""

    async def act(db: Connection, which: Which) -> int:
        return await steering.resume(db, _peer(which))

    return await _act(request, "resume deliveries", "resumed", act, wakes=True)


def _peer(which: Which) -> str:
    if which.authority is None:
        raise Invalid("Name an instance.")
    return which.authority


@admin_page("manage deliveries")
async def release(request: Request) -> Response:
    """Send again, to all, what was held: by hand, or because a backup was brought back."""
    here = site(request)
    async with here.transaction(wakes="deliveries") as db:
        if await queues.release_deliveries(db):
            who = signed_in(request).account.id
            await audit.write(db, who, "release all deliveries", "instance", now=here.now())
    return then(request, "/admin/deliveries", "released")


routes = [
    Route("/admin/deliveries", page),
    Route("/admin/deliveries/release", release, methods=["POST"]),
    Route("/admin/deliveries/retry", retry, methods=["POST"]),
    Route("/admin/deliveries/give_up", give_up, methods=["POST"]),
    Route("/admin/deliveries/drop", drop, methods=["POST"]),
    Route("/admin/deliveries/pause", pause, methods=["POST"]),
    Route("/admin/deliveries/resume", resume, methods=["POST"]),
]
