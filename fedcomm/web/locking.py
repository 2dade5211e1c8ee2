"""Closing a thread to further answers, putting it on top, and back, for those who look after its group (product 13)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.errors import NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.notes import then
from fedcomm.looks.posts import post_path
from fedcomm.threads import locking, pins, reading
from fedcomm.web import addressed


class LockForm(msgspec.Struct):
    """Why."""

    reason: str = ""


@member_page
async def lock(request: Request) -> Response:
    """Close a thread."""
    form = await read(request, LockForm)
    return await _set(request, is_locked=True, reason=form.reason)


@member_page
async def unlock(request: Request) -> Response:
    """Open it again."""
    return await _set(request, is_locked=False)


async def _set(request: Request, *, is_locked: bool, reason: str = "") -> Response:
    here, me = site(request), signed_in(request).account
    async with here.transaction() as db:
        post = await reading.by_id(db, addressed.post_id(request), me.id)
        people = await lookup.by_ids(db, {post.author_id, post.group_id or 0})
        author, group = people.get(post.author_id), people.get(post.group_id or 0)
        if author is None:
            raise NotFound
        if is_locked:
            await locking.lock(db, here.here, me, post.id, reason=reason, now=here.now())
        else:
            await locking.unlock(db, here.here, me, post.id, now=here.now())
    note = "locked" if is_locked else "unlocked"
    return then(request, post_path(post, author), note if group is None or group.is_local else "asked-group")


@member_page
async def pin(request: Request) -> Response:
    """Put a thread on top of its group."""
    return await _put(request, is_pinned=True)


@member_page
async def unpin(request: Request) -> Response:
    """Take it off again."""
    return await _put(request, is_pinned=False)


async def _put(request: Request, *, is_pinned: bool) -> Response:
    here, me = site(request), signed_in(request).account
    async with here.transaction() as db:
        post = await reading.by_id(db, addressed.post_id(request), me.id)
        people = await lookup.by_ids(db, {post.author_id, post.group_id or 0})
        author, group = people.get(post.author_id), people.get(post.group_id or 0)
        if author is None or group is None:
            raise NotFound
        await (pins.pin_in_group if is_pinned else pins.unpin_in_group)(db, here.here, me, post.id, now=here.now())
    note = "pinned" if is_pinned else "unpinned"
    return then(request, post_path(post, author), note if group.is_local else "asked-group")


routes = [
    Route("/p/{id:int}/pin", pin, methods=["POST"]),
    Route("/p/{id:int}/unpin", unpin, methods=["POST"]),
    Route("/p/{id:int}/lock", lock, methods=["POST"]),
    Route("/p/{id:int}/unlock", unlock, methods=["POST"]),
]
