"""How the endpoints of the client API read posts: by ids from client apps, which may be those of wrappers."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http import paging
from fedcomm.http.answers import json
from fedcomm.http.auth import viewer_id
from fedcomm.http.context import site
from fedcomm.threads import reading, wrappers
from fedcomm.timelines.cursor import Entry


async def post(db: Connection, request: Request, post_id: int) -> bytes:
    """The Status entity of a post that the viewer may read. Raises NotFound."""
    found = await posts(db, request, [post_id])
    if not found:
        raise NotFound
    return found[0]


async def own(db: Connection, request: Request, post_id: int) -> bytes:
    """The Status entity of what the viewer has just written. Raises NotFound: it is gone already."""
    viewer = viewer_id(request)
    shown = await statuses.posts(db, site(request).service(Encoded), [post_id], viewer)
    if post_id not in shown:
        raise NotFound
    return shown[post_id]


async def posts(db: Connection, request: Request, post_ids: Sequence[int]) -> list[bytes]:
    """The Status entities of those posts that the viewer may read, in the order of the ids."""
    viewer = viewer_id(request)
    allowed = await reading.by_ids(db, post_ids, viewer)
    encoded = await statuses.posts(db, site(request).service(Encoded), list(allowed), viewer)
    return [encoded[post_id] for post_id in post_ids if post_id in encoded]


async def entries(db: Connection, request: Request, page: Sequence[Entry], *, bare: bool = False) -> list[bytes]:
    """The Status entities of a timeline's page, whose query has left out what the viewer may not read."""
    return await statuses.page(db, site(request).service(Encoded), page, viewer_id(request), bare=bare)


async def wrapper(db: Connection, request: Request, boost_id: int) -> bytes:
    """The Status entity of a wrapper. Raises NotFound."""
    found = await wrappers.find(db, boost_id, viewer_id(request))
    if found is None:
        raise NotFound
    shown = await entries(db, request, [Entry(found.id, found.post_id, found.id, found.account_id)])
    if not shown:
        raise NotFound
    return shown[0]


def page_answer(request: Request, page: Sequence[Entry], shown: Sequence[bytes]) -> Response:
    """A timeline's page with its Link header."""
    return json(statuses.joined(shown), headers=paging.link_header(request, [entry.id for entry in page]))
