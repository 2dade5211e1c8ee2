"""What clients ask for at login and this version does not have: honest empty lists, so that they go on (D79).

Each entry goes when its feature comes.
"""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.answers import json
from fedcomm.http.auth import Endpoint, needs
from fedcomm.http.router import Route


async def _no_items(_request: Request) -> Response:
    """There are none."""
    return json(b"[]")


def _empty(scope: str) -> Endpoint:
    return needs(scope)(_no_items)


EMPTY = {
    "announcements": "read:accounts",
    "endorsements": "read:accounts",
    "suggestions": "read:accounts",
}
"""Lists that are always empty, and the scope that reads them."""

routes = [
    *(Route(f"/api/v1/{name}", _empty(scope)) for name, scope in EMPTY.items()),
]
