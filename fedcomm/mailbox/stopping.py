"""Wanting no more invitations, or letters about held posts, without signing in (RFC 8058).

By the page, or by one click of the mail program.

The link carries the address, or the account, sealed by us, so that nobody can speak for another's.
"""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import logins
from fedcomm.errors import NotFound
from fedcomm.groups import mailed_invitations
from fedcomm.http.auth import public
from fedcomm.http.context import site
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.mailbox.writing import account_to_stop, address_to_stop

LONGEST = 1000


async def _meant(request: Request) -> str | int:
    """The address that wants no invitations, or the account that wants no mail of held posts."""
    token, here = str(request.path_params["token"]), site(request)
    if len(token) > LONGEST:
        raise NotFound
    found = await address_to_stop(here, token) or await account_to_stop(here, token)
    if found is None:
        raise NotFound
    return found


@page
async def stop_page(request: Request) -> Response:
    """Which letters, and a button; opening it changes nothing."""
    meant = await _meant(request)
    address = meant if isinstance(meant, str) else ""
    return await show(request, "mail_stop.html", address=address, is_hidden_from_search=True)


@public
async def stop(request: Request) -> Response:
    """No more of these letters. A mail program sends this from nowhere, so the link alone is the proof."""
    here, meant = site(request), await _meant(request)
    async with here.transaction(wakes=()) as db:
        if isinstance(meant, int):
            await logins.want_held_mail(db, meant, is_wanted=False)
        else:
            await mailed_invitations.stop(db, meant, now=here.now())
    return then(request, "/", "held-mail-stopped" if isinstance(meant, int) else "mail-stopped")


routes = [
    Route("/mail/stop/{token}", stop_page),
    Route("/mail/stop/{token}", stop, methods=["POST"]),
]
