"""The custom emoji of this instance. Source: Mastodon API documentation, methods/custom_emojis."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm import emojis
from fedcomm.api.entities import emojis as entities
from fedcomm.http.answers import json
from fedcomm.http.auth import public
from fedcomm.http.context import site
from fedcomm.http.router import Route


@public
async def list_emojis(request: Request) -> Response:
    """Those that can be used in what is written here."""
    here = site(request)
    async with here.read() as db:
        found = await emojis.ours(db)
    return json([entities.ours(here.here, each) for each in found if not each.is_disabled])


routes = [Route("/api/v1/custom_emojis", list_emojis)]
