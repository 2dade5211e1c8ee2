"""Style sheets, icons and the little script, served under addresses that change with their content.

`app.css` is the parts of `static/app/` in the order of their names, put together when first asked for; the rest are
the files as they lie there. An address holds the hash of what it leads to, so browsers may keep it for a year.
"""

import hashlib
from functools import cache
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.auth import anyone
from fedcomm.http.router import Route

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
A_YEAR = "public, max-age=31536000, immutable"


class StaticFile(msgspec.Struct, frozen=True):
    """One file in memory: its hashed name, its media type and its bytes."""

    hashed_name: str
    media_type: str
    body: bytes


@cache
def files() -> dict[str, StaticFile]:
    """All files by their plain name."""
    found = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    found["app.css"] = b"\n".join(path.read_bytes() for path in sorted((FOLDER / "app").glob("*.css")))
    return {name: _hashed(name, body) for name, body in found.items()}


def _hashed(name: str, body: bytes) -> StaticFile:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(f"{stem}.{digest}.{ending}", TYPES[f".{ending}"], body)


@cache
def static_url(name: str) -> str:
    """The path of a file, with its hash. Raises KeyError (no such file), so that a misspelt name cannot ship."""
    return f"/static/{files()[name].hashed_name}"


@cache
def _by_hashed_name() -> dict[str, StaticFile]:
    return {file.hashed_name: file for file in files().values()}


@anyone
async def serve_static(request: Request) -> Response:
    """A file by its hashed name. Any other name is unknown, also the right one with an old hash."""
    file = _by_hashed_name().get(request.path_params["name"])
    if file is None:
        return Response(status_code=404, media_type="text/plain")
    headers = {"Cache-Control": A_YEAR, "X-Content-Type-Options": "nosniff"}
    return Response(file.body, media_type=file.media_type, headers=headers)


routes = [Route("/static/{name}", serve_static)]
