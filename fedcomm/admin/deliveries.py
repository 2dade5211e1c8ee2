"""What waits for which instance, since when and why (decisions D53, D54)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.jobs import waiting_deliveries
from fedcomm.jobs.waiting_deliveries import PeerStatus
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.shown import DeliveryLine


class PeerForm(msgspec.Struct):
    """Which instance."""

    authority: str = ""


@admin_page("manage deliveries")
async def page(request: Request) -> Response:
    """The instances for which something waits or was given up, the most first."""
    async with site(request).read() as db:
        found = await waiting_deliveries.status(db)
    return await show(
        request,
        "admin/deliveries.html",
        peers=[_line(peer) for peer in found],
        total_waiting=sum(peer.waiting for peer in found),
        total_failed=sum(peer.failed for peer in found),
    )


def _line(peer: PeerStatus) -> DeliveryLine:
    return DeliveryLine(
        authority=peer.authority,
        waiting_count=peer.waiting,
        failed_count=peer.failed,
        oldest_at=peer.oldest_at,
        next_attempt_at=peer.next_at,
        last_success_at=peer.last_success_at,
        last_error=peer.last_error or "",
        last_error_at=peer.last_failure_at,
    )


@admin_page("manage deliveries")
async def retry(request: Request) -> Response:
    """Try at once what waits for an instance, and what was given up."""
    here = site(request)
    form = await read(request, PeerForm)
    async with here.transaction(wakes="deliveries") as db:
        await waiting_deliveries.retry(db, form.authority, now=here.now())
        await audit.write(db, signed_in(request).account.id, "retry deliveries", form.authority, now=here.now())
    return then(request, "/admin/deliveries", "retried")


@admin_page("manage deliveries")
async def drop(request: Request) -> Response:
    """Throw away what waits for an instance."""
    here = site(request)
    form = await read(request, PeerForm)
    async with here.transaction(wakes=()) as db:
        dropped = await waiting_deliveries.drop(db, form.authority)
        await audit.write(
            db,
            signed_in(request).account.id,
            "drop deliveries",
            form.authority,
            details={"dropped": dropped},
            now=here.now(),
        )
    return then(request, "/admin/deliveries", "dropped")


routes = [
    Route("/admin/deliveries", page),
    Route("/admin/deliveries/retry", retry, methods=["POST"]),
    Route("/admin/deliveries/drop", drop, methods=["POST"]),
]
