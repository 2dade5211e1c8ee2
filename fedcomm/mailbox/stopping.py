"""Wanting no more invitations by mail, without signing in: by the page, or by one click of the mail program (RFC 8058).

The link carries the address, sealed by us, so that nobody can speak for another's.
"""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.groups import mailed_invitations
from fedcomm.http.auth import public
from fedcomm.http.context import site
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.mailbox.writing import address_to_stop

LONGEST = 1000


async def _address(request: Request) -> str:
    token = str(request.path_params["token"])
    found = await address_to_stop(site(request), token) if len(token) <= LONGEST else None
    if found is None:
        raise NotFound
    return found


@page
async def stop_page(request: Request) -> Response:
    """Which address, and a button; opening it changes nothing."""
    return await show(request, "mail_stop.html", address=await _address(request), is_hidden_from_search=True)


@public
async def stop(request: Request) -> Response:
    """No more invitations there. A mail program sends this from nowhere, so the link alone is the proof."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await mailed_invitations.stop(db, await _address(request), now=here.now())
    return then(request, "/", "mail-stopped")


routes = [
    Route("/mail/stop/{token}", stop_page),
    Route("/mail/stop/{token}", stop, methods=["POST"]),
]
