"""Style sheets, icons and the little script, served under addresses that change with their content.

`app.css` is the parts of `static/app/` in the order of their names, `app.js` those of `static/script/`, put together
when first asked for; the rest are the files as they lie there. An address holds the hash of what it leads to, so
browsers may keep it for a year. What depends on the colour of an instance has the colour in its name, so that every
process answers alike, whatever the settings say meanwhile.
"""

import gzip
import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.auth import anyone
from fedcomm.http.router import Route
from fedcomm.looks import colours, palettes

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_COLOURED = re.compile(r"(colours|sample|mark)-([0-9a-f]{6})\.[0-9a-f]{12}\.(?:css|svg)")
A_YEAR = "public, max-age=31536000, immutable"


class StaticFile(msgspec.Struct, frozen=True):
    """One file in memory: its hashed name, its media type and its bytes, also packed."""

    hashed_name: str
    media_type: str
    body: bytes
    packed: bytes


@cache
def files() -> dict[str, StaticFile]:
    """All files by their plain name."""
    found = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    found["app.css"] = _put_together("app", "*.css")
    found["app.js"] = _put_together("script", "*.js")
    return {name: _hashed(name, body) for name, body in found.items()}


def _put_together(folder: str, pattern: str) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted((FOLDER / folder).glob(pattern)))


@lru_cache(maxsize=128)
def _coloured(kind: str, accent: str) -> StaticFile:
    """The colours of pages, samples of them, or our mark, in the colour of an instance."""
    if kind == "colours":
        return _hashed(f"colours-{accent[1:]}.css", palettes.stylesheet(accent).encode())
    if kind == "sample":
        return _hashed(f"sample-{accent[1:]}.css", palettes.samples(accent).encode())
    drawn = (FOLDER / "mark.svg").read_text(encoding="utf-8")
    light, dark, *_ = palettes.palettes(accent)
    drawn = drawn.replace(palettes.LIGHT["brand"], light["brand"]).replace(palettes.DARK["brand"], dark["brand"])
    return _hashed(f"mark-{accent[1:]}.svg", drawn.encode())


def _hashed(name: str, body: bytes) -> StaticFile:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(f"{stem}.{digest}.{ending}", TYPES[f".{ending}"], body, gzip.compress(body, 9, mtime=0))


@cache
def static_url(name: str) -> str:
    """The path of a file, with its hash. Raises KeyError (no such file), so that a misspelt name cannot ship."""
    return f"/static/{files()[name].hashed_name}"


def coloured_url(kind: str, accent: str) -> str:
    """The path of `colours`, `sample` or `mark` in a colour; in our own when that is none."""
    return f"/static/{_coloured(kind, accent if colours.HEX.fullmatch(accent) else palettes.OWN).hashed_name}"


@cache
def _by_hashed_name() -> dict[str, StaticFile]:
    return {file.hashed_name: file for file in files().values()}


def _with_colour(name: str) -> StaticFile | None:
    """What has a colour in its name; None when it is not what this colour gives."""
    if (match := _COLOURED.fullmatch(name)) is None:
        return None
    made = _coloured(match[1], f"#{match[2]}")
    return made if made.hashed_name == name else None


@anyone
async def serve_static(request: Request) -> Response:
    """A file by its hashed name. Any other name is unknown, also the right one with an old hash."""
    name = request.path_params["name"]
    file = _by_hashed_name().get(name) or _with_colour(name)
    if file is None:
        return Response(status_code=404, media_type="text/plain")
    headers = {"Cache-Control": A_YEAR, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", "") and len(file.packed) < len(file.body):
        return Response(file.packed, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.body, media_type=file.media_type, headers=headers)


routes = [Route("/static/{name}", serve_static)]
