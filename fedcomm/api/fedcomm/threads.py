"""Threads, and one thread in several groups (groups-in-clients.md section 4; product 7)."""

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, lookup
from fedcomm.accounts.statements import Code
from fedcomm.api import reading as statuses
from fedcomm.api.entities import groups as entities
from fedcomm.api.fedcomm import grounds
from fedcomm.api.fedcomm.groups import group_of
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.groups import deciding
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.threads import carrying, handing_over, locking, pins, posting, reading, rights
from fedcomm.threads.handing_over import ThreadMove
from fedcomm.threads.model import Carry

MOST_AT_ONCE = 5
LONGEST_REASON = 500


@anyone_or("read:statuses")
async def show(request: Request) -> Response:
    """The thread that a post belongs to: what it is called, where it is at home, who carries it, and its first post."""
    async with site(request).read() as db:
        return await _thread(db, request)


async def _thread(db: Connection, request: Request) -> Response:
    post = await reading.by_id(db, int(request.path_params["id"]), viewer_id(request))
    root = await reading.by_id(db, post.thread_id, viewer_id(request))
    carriers = [each for each in (await carrying.carriers(db, [root.id]))[root.id] if each.state == "carried"]
    closed = (await locking.of(db, [root.id])).get(root.id)
    first = await statuses.post(db, request, root.id)
    return json(
        {
            "id": str(root.id),
            "title": root.title,
            "title_is_generated": root.title_is_generated,
            "kind": root.kind,
            "group_id": str(root.group_id) if root.group_id is not None else None,
            "carried_by": [str(each.group_id) for each in carriers],
            "replies_count": root.replies_count,
            "locked": closed is not None,
            "lock_reason": closed.reason if closed is not None else "",
            "pinned": root.group_id is not None and root.id in await pins.pinned(db, root.group_id, viewer_id(request)),
            "status": orjson.Fragment(first),
        }
    )


class LockForm(msgspec.Struct):
    """Why a thread is closed."""

    reason: str = ""


@needs("write:groups")
async def lock(request: Request) -> Response:
    """Close a thread to further answers, for those who look after its group."""
    form = await read(request, LockForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        root = await _root(db, request)
        await locking.lock(db, here.here, me, root, reason=form.reason, now=here.now())
        return await _thread(db, request)


@needs("write:groups")
async def unlock(request: Request) -> Response:
    """Open it again."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        await locking.unlock(db, here.here, me, await _root(db, request), now=here.now())
        return await _thread(db, request)


@needs("write:groups")
async def pin(request: Request) -> Response:
    """Put a thread on top of its group, for those who look after it."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        await pins.pin_in_group(db, here.here, me, await _root(db, request), now=here.now())
        return await _thread(db, request)


@needs("write:groups")
async def unpin(request: Request) -> Response:
    """Take it off again."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        await pins.unpin_in_group(db, here.here, me, await _root(db, request), now=here.now())
        return await _thread(db, request)


class MoveForm(msgspec.Struct):
    """Where a thread goes."""

    group_id: str | None = None


@needs("write:groups")
async def move(request: Request) -> Response:
    """Move a thread to another group: at once here, for those who look after both; elsewhere its server is asked."""
    form = await read(request, MoveForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        root = await _root(db, request)
        if form.group_id is None:
            raise Invalid("Say where to.", field="group_id")
        target = await finding.by_id(db, id_from(form.group_id))
        asked = await handing_over.move(db, here.here, me, root, target, now=here.now())
        return await _thread(db, request) if asked is None else json(await _move(db, request, asked), 202)


async def _move(db: Connection, request: Request, asked: ThreadMove) -> dict[str, object]:
    (shown,) = await _moves(db, request, [asked])
    return shown


async def _moves(db: Connection, request: Request, asked: list[ThreadMove]) -> list[dict[str, object]]:
    people = await lookup.by_ids(db, [each.requested_by for each in asked])
    return [entities.thread_move(site(request).here, each, people.get(each.requested_by)) for each in asked]


@needs("read:groups")
async def list_moves(request: Request) -> Response:
    """Which threads of groups of other servers are to move here, for those who look after this one."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        await rights.to_care(db, member(request).account, group.id, "decide carrying")
        return json(await _moves(db, request, await handing_over.asked_of(db, group.id)))


@needs("write:groups")
async def accept_move(request: Request) -> Response:
    """Take a thread of a group of another server: it comes as soon as that has heard of it."""
    here = site(request)
    async with here.transaction() as db:
        asked = await _asked_move(db, request)
        done = await handing_over.accept(db, here.here, member(request).account, asked.id, now=here.now())
        return json(await _move(db, request, done))


@needs("write:groups")
async def decline_move(request: Request) -> Response:
    """Do not take it."""
    form = await read(request, DeclineForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        asked = await _asked_move(db, request)
        done = await handing_over.decline(db, me, asked.id, reason=form.reason[:LONGEST_REASON], now=here.now())
        return json(await _move(db, request, done))


async def _asked_move(db: Connection, request: Request) -> ThreadMove:
    """The question that the path names, if it was put to the group of the path. Raises NotFound, NotAllowed."""
    group = await group_of(db, request)
    await rights.to_care(db, member(request).account, group.id, "decide carrying")
    asked = await handing_over.by_id(db, int(request.path_params["move"]))
    if asked is None or asked.target_id != group.id:
        raise NotFound
    return asked


async def _root(db: Connection, request: Request) -> int:
    """The first post of the thread that a post belongs to, if the reader may know of it. Raises NotFound."""
    post = await reading.by_id(db, int(request.path_params["id"]), viewer_id(request))
    return (await reading.by_id(db, post.thread_id, viewer_id(request))).id


class RemoveForm(msgspec.Struct):
    """Why a post is taken out of its group, and on what that rests. `rules`: numbers of the group's, from 1."""

    reason: str = ""
    category: Code | None = None
    rules: list[int] = []


@needs("write:groups")
async def remove(request: Request) -> Response:
    """Take a post out of its group, for those who look after it; of a group elsewhere, its server is asked."""
    form = await read(request, RemoveForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post = await reading.by_id(db, int(request.path_params["id"]), me.id)
        chosen = await grounds.grounds(db, post.group_id or 0, form.category, form.rules)
        await posting.remove(db, here.here, me, post.id, form.reason[:LONGEST_REASON], grounds=chosen, now=here.now())
        grounds.reason(form.reason)  # who may not do it is told that first
        return json(await statuses.post(db, request, post.id))


@needs("write:groups")
async def restore(request: Request) -> Response:
    """Bring it back; it is shown once a group elsewhere has done so."""
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        found = await reading.find(db, int(request.path_params["id"]))
        if found is None or not await deciding.looks_after(db, me, found.group_id):
            await reading.by_id(db, int(request.path_params["id"]), me.id)
        post = await posting.restore(db, here.here, me, int(request.path_params["id"]), now=here.now())
        if post.state == "removed":
            return json({}, 202)
        return json(await statuses.post(db, request, post.id))


class CrosspostForm(msgspec.Struct):
    """Which groups are asked."""

    group_ids: list[str] = []


@needs("write:statuses")
async def crosspost(request: Request) -> Response:
    """Ask further groups to carry a thread."""
    form = await read(request, CrosspostForm)
    wanted = [id_from(each) for each in dict.fromkeys(form.group_ids)][:MOST_AT_ONCE]
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post = await reading.by_id(db, int(request.path_params["id"]), me.id)
        found = [await carrying.ask(db, here.here, me, post.id, group_id, now=here.now()) for group_id in wanted]
        shown = await _shown(db, request, found)
    return json(shown)


async def _shown(db: Connection, request: Request, found: list[Carry]) -> list[dict[str, object]]:
    people = await lookup.by_ids(db, [each.requested_by for each in found])
    return [entities.carry(site(request).here, each, people.get(each.requested_by)) for each in found]


@needs("read:groups")
async def list_carries(request: Request) -> Response:
    """Which threads of other groups wait for this one's yes, for those who look after it."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        await rights.to_care(db, member(request).account, group.id, "decide carrying")
        return json(await _shown(db, request, await carrying.asked_of(db, group.id)))


@needs("write:groups")
async def accept(request: Request) -> Response:
    """Carry a thread of another group here as well."""
    here = site(request)
    async with here.transaction() as db:
        carry = await _asked(db, request)
        done = await carrying.accept(db, here.here, member(request).account, carry.id, now=here.now())
        (shown,) = await _shown(db, request, [done])
    return json(shown)


class DeclineForm(msgspec.Struct):
    """Why not."""

    reason: str = ""


@needs("write:groups")
async def decline(request: Request) -> Response:
    """Do not carry a thread of another group."""
    form = await read(request, DeclineForm)
    here = site(request)
    async with here.transaction() as db:
        carry = await _asked(db, request)
        done = await carrying.decline(
            db, here.here, member(request).account, carry.id, reason=form.reason[:500], now=here.now()
        )
        (shown,) = await _shown(db, request, [done])
    return json(shown)


async def _asked(db: Connection, request: Request) -> Carry:
    """The question that the path names, if it was put to the group of the path. Raises NotFound, NotAllowed."""
    group = await group_of(db, request)
    await rights.to_care(db, member(request).account, group.id, "decide carrying")
    carry = await carrying.by_id(db, int(request.path_params["carry"]))
    if carry is None or carry.group_id != group.id:
        raise NotFound
    return carry


routes = [
    Route("/api/fedcomm/v1/threads/{id:int}", show),
    Route("/api/fedcomm/v1/threads/{id:int}/lock", lock, methods=["POST"]),
    Route("/api/fedcomm/v1/threads/{id:int}/unlock", unlock, methods=["POST"]),
    Route("/api/fedcomm/v1/threads/{id:int}/pin", pin, methods=["POST"]),
    Route("/api/fedcomm/v1/threads/{id:int}/move", move, methods=["POST"]),
    Route("/api/fedcomm/v1/threads/{id:int}/unpin", unpin, methods=["POST"]),
    Route("/api/fedcomm/v1/statuses/{id:int}/remove", remove, methods=["POST"]),
    Route("/api/fedcomm/v1/statuses/{id:int}/restore", restore, methods=["POST"]),
    Route("/api/fedcomm/v1/statuses/{id:int}/crosspost", crosspost, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/carries", list_carries),
    Route("/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/accept", accept, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/decline", decline, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/moves", list_moves),
    Route("/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/accept", accept_move, methods=["POST"]),
    Route("/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/decline", decline_move, methods=["POST"]),
]
