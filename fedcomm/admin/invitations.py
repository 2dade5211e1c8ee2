"""Everybody's invitations: who invited whom, how often a link was used, until when it works; an admin may revoke it."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.groups import invitations
from fedcomm.groups.invitations import Invitation
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show
from fedcomm.looks.notes import then
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.shown import InvitedLine

PATH = "/admin/invitations"
MOST_NAMED = 20
"""So many of those who came are named; the others are counted."""


class PageForm(msgspec.Struct):
    """Whether those that work no more are shown too."""

    all: str = ""


class RevokeForm(msgspec.Struct):
    """Which one."""

    invitation: str = ""


@admin_page("manage accounts")
async def page(request: Request) -> Response:
    """All that still work, or all, the last first."""
    here, asked, is_all = site(request), cursor(request), query(request, PageForm).all == "yes"
    async with here.read() as db:
        found = await invitations.page(db, only_open=not is_all, cursor=asked, now=here.now())
        around = Paged(request, [each.id for each in found], asked)
        shown = found[around.first : around.last]
        came = await invitations.who_came(db, [each.id for each in shown])
        wanted = {each.by_id for each in shown} | {group for each in shown for group in each.group_ids}
        named = await lookup.by_ids(db, wanted | {one for some in came.values() for one in some[:MOST_NAMED]})
    return await show(
        request,
        "admin/invitations.html",
        lines=tuple(_line(each, came.get(each.id, []), named, here) for each in shown),
        is_all=is_all,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


def _line(each: Invitation, came: list[int], named: Mapping[int, Account], here: Site) -> InvitedLine:
    return InvitedLine(
        id=each.id,
        by=cards.account_card(named[each.by_id]) if each.by_id in named else None,
        groups=tuple(named[group].shown_name for group in each.group_ids if group in named),
        people=tuple(cards.account_card(named[one]) for one in came[:MOST_NAMED] if one in named),
        uses=each.uses,
        most_uses=each.most_uses,
        created_at=each.created_at,
        expires_at=each.expires_at,
        is_open=each.is_open(here.now()),
    )


@admin_page("manage accounts")
async def revoke(request: Request) -> Response:
    """A link lets nobody in any more. Raises NotFound."""
    here = site(request)
    invitation_id = id_from((await read(request, RevokeForm)).invitation)
    async with here.transaction(wakes=()) as db:
        await invitations.revoke(db, signed_in(request).account.id, invitation_id, now=here.now())
    return then(request, PATH, "revoked")


routes = [
    Route(PATH, page),
    Route(f"{PATH}/revoke", revoke, methods=["POST"]),
]
