"""What Mastodon has and this server does not offer: answered so that clients go on, and say so where they ask for it.

Yearly reports, translation, and proofs of identity.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.errors import NotFound
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.router import Route
from fedcomm.threads import reading


async def _no_proofs(request: Request) -> Response:
    """Nobody proves here who they are elsewhere."""
    async with site(request).read() as db:
        await finding.by_id(db, int(request.path_params["id"]))
    return json(b"[]")


async def _no_reports(_request: Request) -> Response:
    """No year is summed up."""
    return json({"annual_reports": [], "accounts": [], "statuses": []})


async def _no_report_to_come(_request: Request) -> Response:
    """Nor will one be."""
    return json({"state": "ineligible"})


async def _nothing_is_made(_request: Request) -> Response:
    """A year that is not eligible is answered as one that is made already."""
    return nothing()


async def _not_there(_request: Request) -> Response:
    """There is none."""
    raise NotFound


async def _no_translation(request: Request) -> Response:
    """No service that translates is asked; who may not read the post does not learn that it is there."""
    async with site(request).read() as db:
        await reading.by_id(db, int(request.path_params["id"]), viewer_id(request))
    raise HTTPException(503, "Posts are not translated here.")


REPORTS = [
    Route("/api/v1/annual_reports", needs("read:accounts")(_no_reports)),
    Route("/api/v1/annual_reports/{year:int}", needs("read:accounts")(_not_there)),
    Route("/api/v1/annual_reports/{year:int}/state", needs("read:accounts")(_no_report_to_come)),
    Route("/api/v1/annual_reports/{year:int}/generate", needs("write:accounts")(_nothing_is_made), methods=["POST"]),
    Route("/api/v1/annual_reports/{year:int}/read", needs("write:accounts")(_not_there), methods=["POST"]),
]

routes = [
    *REPORTS,
    Route("/api/v1/statuses/{id:int}/translate", needs("read:statuses")(_no_translation), methods=["POST"]),
    Route("/api/v1/accounts/{id:int}/identity_proofs", needs()(_no_proofs)),
]
