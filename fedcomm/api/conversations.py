"""Direct posts, by those who talk to each other. Source: Mastodon API documentation, methods/conversations."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import conversations as entities
from fedcomm.api.entities.encoded import Encoded
from fedcomm.database import Connection
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.paging import cursor, link_header
from fedcomm.http.router import Route
from fedcomm.threads import conversations


@needs("read:statuses")
async def list_conversations(request: Request) -> Response:
    """My conversations, the one with the newest post first; pages go by the id of that post."""
    where = cursor(request)
    here = site(request)
    async with here.read() as db:
        found = await conversations.page(
            db,
            member(request).account.id,
            below=where.below,
            above=where.above,
            upwards=where.is_upwards,
            limit=where.limit,
        )
        shown = await entities.shown(db, here.here, here.service(Encoded), found)
    return json(shown, headers=link_header(request, [each.place for each in found]))


@needs("write:conversations")
async def remove(request: Request) -> Response:
    """Take a conversation off my list."""
    async with site(request).transaction() as db:
        await conversations.remove(db, member(request).account.id, int(request.path_params["id"]))
    return nothing()


@needs("write:conversations")
async def mark_read(request: Request) -> Response:
    """I have read a conversation."""
    conversation_id = int(request.path_params["id"])
    async with site(request).transaction() as db:
        await conversations.read(db, member(request).account.id, conversation_id)
        return await _one(db, request, conversation_id)


@needs("write:conversations")
async def mark_unread(request: Request) -> Response:
    """I want to come back to a conversation."""
    conversation_id = int(request.path_params["id"])
    async with site(request).transaction() as db:
        await conversations.unread_again(db, member(request).account.id, conversation_id)
        return await _one(db, request, conversation_id)


async def _one(db: Connection, request: Request, conversation_id: int) -> Response:
    here = site(request)
    found = await conversations.by_id(db, member(request).account.id, conversation_id)
    (shown,) = await entities.shown(db, here.here, here.service(Encoded), [found])
    return json(shown)


routes = [
    Route("/api/v1/conversations", list_conversations),
    Route("/api/v1/conversations/{id:int}", remove, methods=["DELETE"]),
    Route("/api/v1/conversations/{id:int}/read", mark_read, methods=["POST"]),
    Route("/api/v1/conversations/{id:int}/unread", mark_unread, methods=["POST"]),
]
