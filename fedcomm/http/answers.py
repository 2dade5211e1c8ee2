"""JSON as it leaves the server, encoded by orjson; entities that are encoded already go out as they are (D63)."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response


class Json(Response):
    """An answer to a client app. `content` is what orjson can encode, or bytes of JSON that go out unchanged."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The body."""
        return content if isinstance(content, bytes) else orjson.dumps(content)


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with this content."""
    return Json(content, status, headers)


def nothing() -> Response:
    """The empty object with which Mastodon's API says: done."""
    return Json(b"{}")
