"""What is said to all, for members: reacting to it and putting it away (product 19). Home shows it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.database import Connection
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Endpoint, Route
from fedcomm.looks.notes import then
from fedcomm.looks.shown import AnnouncementView, ReactionCount
from fedcomm.notifications import announcements

MOST_AT_ONCE = 3
"""So many stand above home; who puts one away sees the next."""


class ReactionForm(msgspec.Struct):
    """Which emoji."""

    name: str = ""


class Verb(Protocol):
    """What a button with an emoji does."""

    def __call__(
        self, db: Connection, account_id: int, announcement_id: int, name: str, *, now: datetime
    ) -> Awaitable[None]: ...


async def views(db: Connection, account_id: int, *, now: datetime) -> list[AnnouncementView]:
    """Those that somebody has not put away."""
    found = await announcements.page(db, account_id, now=now)
    return [
        AnnouncementView(
            id=each.id,
            content_html=each.content_html,
            published_at=each.published_at,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            is_all_day=each.is_all_day,
            reactions=tuple(
                ReactionCount(name=reaction.name, count=reaction.count, is_mine=reaction.me)
                for reaction in each.reactions
            ),
        )
        for each in found[:MOST_AT_ONCE]
    ]


@member_page
async def dismiss(request: Request) -> Response:
    """Put one away."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        await announcements.dismiss(db, signed_in(request).account.id, int(request.path_params["id"]), now=here.now())
    return then(request, "/home")


def _button(verb: Verb) -> Endpoint:
    @member_page
    async def pressed(request: Request) -> Response:
        """React, or take a reaction back."""
        here, form = site(request), await read(request, ReactionForm)
        announcement_id = int(request.path_params["id"])
        async with here.transaction() as db:
            await verb(db, signed_in(request).account.id, announcement_id, form.name, now=here.now())
        return then(request, f"/home#a{announcement_id}")

    return pressed


routes = [
    Route("/announcements/{id:int}/dismiss", dismiss, methods=["POST"]),
    Route("/announcements/{id:int}/react", _button(announcements.react), methods=["POST"]),
    Route("/announcements/{id:int}/take_back", _button(announcements.take_back), methods=["POST"]),
]
