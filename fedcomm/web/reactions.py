"""Buttons below a post: favourite or same here, boost, and showing a thread in further groups (product 6, 7; D40)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, own_path, signed_in
from fedcomm.http.router import Endpoint, Route
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.threads import carrying, reading
from fedcomm.threads import reactions as verbs
from fedcomm.web import addressed


class ReactionForm(msgspec.Struct):
    """A button: where to go back to."""

    next: str = ""


class EmojiForm(msgspec.Struct):
    """An emoji, and where to go back to."""

    emoji: str = ""
    next: str = ""


class GroupForm(msgspec.Struct):
    """Which group shall show the thread, or show it no longer."""

    group: str = ""


class Verb(Protocol):
    """What a button does, once however often it is pressed."""

    def __call__(
        self, db: Connection, here: Here, by: Account, post_id: int, *, now: datetime
    ) -> Awaitable[object]: ...


def _button(verb: Verb) -> Endpoint:
    @member_page
    async def pressed(request: Request) -> Response:
        """Do it, and go back to where the button was."""
        here = site(request)
        form = await read(request, ReactionForm)
        post_id = addressed.post_id(request)
        async with here.transaction() as db:
            await verb(db, here.here, signed_in(request).account, post_id, now=here.now())
        return then(request, own_path(form.next, otherwise="/home"))

    return pressed


@member_page
async def react(request: Request) -> Response:
    """Favour a post with an emoji."""
    here = site(request)
    form = await read(request, EmojiForm)
    async with here.transaction() as db:
        me = signed_in(request).account
        await verbs.react(db, here.here, me, addressed.post_id(request), text=form.emoji, now=here.now())
    return then(request, own_path(form.next, otherwise="/home"))


@member_page
async def carry(request: Request) -> Response:
    """Ask a further group to show a thread."""
    here = site(request)
    form = await read(request, GroupForm)
    async with here.transaction() as db:
        made = await carrying.ask(
            db,
            here.here,
            signed_in(request).account,
            addressed.post_id(request),
            addressed.id_of(form.group),
            now=here.now(),
        )
        path = await _page_of(db, made.thread_id)
    return then(request, path, "carried" if made.state == "carried" else "asked-to-carry")


@member_page
async def stop_carrying(request: Request) -> Response:
    """Take a thread out of a group that is not its home."""
    here = site(request)
    form = await read(request, GroupForm)
    thread_id = addressed.post_id(request)
    async with here.transaction() as db:
        await reading.by_id(db, thread_id, signed_in(request).account.id)
        group_id = addressed.id_of(form.group)
        await carrying.stop(db, here.here, signed_in(request).account, thread_id, group_id, now=here.now())
        path = await _page_of(db, thread_id)
    return then(request, path, "taken-out")


async def _page_of(db: Connection, post_id: int) -> str:
    post = await reading.find(db, post_id)
    author = await lookup.by_id(db, post.author_id) if post else None
    return post_path(post, author) if post and author else "/home"


routes = [
    Route("/p/{id:int}/favourite", _button(verbs.favourite), methods=["POST"]),
    Route("/p/{id:int}/unfavourite", _button(verbs.unfavourite), methods=["POST"]),
    Route("/p/{id:int}/react", react, methods=["POST"]),
    Route("/p/{id:int}/boost", _button(verbs.boost), methods=["POST"]),
    Route("/p/{id:int}/unboost", _button(verbs.unboost), methods=["POST"]),
    Route("/p/{id:int}/carry", carry, methods=["POST"]),
    Route("/p/{id:int}/stop_carrying", stop_carrying, methods=["POST"]),
]
