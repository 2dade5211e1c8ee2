"""Muting and blocking somebody from their page, and taking it back (product 5, 13). All of them: `hidden.py`."""

from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import blocks
from fedcomm.groups import parting
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, moments
from fedcomm.looks.frame import Texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import Choice
from fedcomm.web import addressed

DAY = 86_400


class MuteForm(msgspec.Struct):
    """For how many seconds; 0 = until it is taken back."""

    lasts: int = 0


def times(_: Texts, locale: str) -> tuple[Choice, ...]:
    """How long a mute may last."""
    lasting = tuple(Choice(value=str(each), label=moments.lasting(each, locale)) for each in (3_600, DAY, 7 * DAY))
    return (Choice(value="0", label=_("Until I take it back")), *lasting)


@member_page
async def mute(request: Request) -> Response:
    """Hide what somebody writes. Nobody else learns of it."""
    here, form = site(request), await read(request, MuteForm)
    lasts = max(0, min(form.lasts, int(blocks.LONGEST_MUTE.total_seconds())))
    async with here.transaction() as db:
        found = await addressed.account(request, db)
        await blocks.mute(db, signed_in(request).account.id, found.id, lasts=timedelta(seconds=lasts), now=here.now())
    return then(request, cards.account_path(found), "muted")


@member_page
async def unmute(request: Request) -> Response:
    """See somebody again."""
    async with site(request).transaction() as db:
        found = await addressed.account(request, db)
        await blocks.unmute(db, signed_in(request).account.id, found.id)
    return then(request, cards.account_path(found), "saved")


@member_page
async def block(request: Request) -> Response:
    """Have nothing to do with somebody any more; neither follows the other."""
    here = site(request)
    async with here.transaction() as db:
        found = await addressed.account(request, db)
        await parting.block(db, here.here, signed_in(request).account, found, now=here.now())
    return then(request, cards.account_path(found), "blocked")


@member_page
async def unblock(request: Request) -> Response:
    """Take a block back."""
    here = site(request)
    async with here.transaction() as db:
        found = await addressed.account(request, db)
        await parting.unblock(db, here.here, signed_in(request).account, found, now=here.now())
    return then(request, cards.account_path(found), "saved")


routes = [
    Route("/@{handle}/mute", mute, methods=["POST"]),
    Route("/@{handle}/unmute", unmute, methods=["POST"]),
    Route("/@{handle}/block", block, methods=["POST"]),
    Route("/@{handle}/unblock", unblock, methods=["POST"]),
]
