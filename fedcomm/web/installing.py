"""The place as an app on a phone or computer: its manifest, its pictures, and what it says without a connection.

Source: W3C, Web Application Manifest; Service Workers.
"""

import asyncio
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.http.auth import anyone
from fedcomm.http.context import Site, site
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks import palettes, static_files
from fedcomm.looks.frame import icons_version, show, texts
from fedcomm.media import installed
from fedcomm.media.installed import SIZES, Size
from fedcomm.media.storage import Store

A_DAY = "public, max-age=86400"
ASK_AGAIN = "public, no-cache"


class Icons:
    """The pictures as they are now; drawn when first asked for."""

    def __init__(self) -> None:
        self._version = ""
        self._drawn: dict[Size | Literal["wide"], bytes] = {}

    async def icon(self, here: Site, size: Size) -> bytes:
        """The picture of a size."""
        drawn = self._now(here)
        if size not in drawn:
            logo = await _stored(here, here.settings.logo)
            drawn[size] = await asyncio.to_thread(installed.icon, _colour(here), size, logo)
        return drawn[size]

    async def wide(self, here: Site) -> bytes:
        """The one that stands where the place is linked."""
        drawn = self._now(here)
        if "wide" not in drawn:
            picture, logo = await _stored(here, here.settings.picture), await _stored(here, here.settings.logo)
            drawn["wide"] = await asyncio.to_thread(installed.wide, _colour(here), picture, logo)
        return drawn["wide"]

    def _now(self, here: Site) -> dict[Size | Literal["wide"], bytes]:
        """What was drawn since name, colour, logo or picture were changed."""
        if (version := icons_version(here)) != self._version:
            self._version, self._drawn = version, {}
        return self._drawn


def _colour(here: Site) -> str:
    light, *_ = palettes.palettes(here.settings.accent or palettes.OWN)
    return light["brand"]


async def _stored(here: Site, name: str) -> bytes | None:
    return await here.service(Store).get(name) if name else None


@anyone
async def icon(request: Request) -> Response:
    """The picture of this place in one of the sizes that systems ask for. The query changes when the picture does."""
    size = int(request.path_params["size"])
    if size not in SIZES:
        raise NotFound
    here = site(request)
    body = await here.service(Icons).icon(here, size)
    return Response(body, media_type="image/png", headers={"Cache-Control": A_DAY})


@anyone
async def wide(request: Request) -> Response:
    """The picture of this place where others link it: its own, else its logo on its colour."""
    here = site(request)
    body = await here.service(Icons).wide(here)
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": A_DAY})


@anyone
async def manifest(request: Request) -> Response:
    """What a system needs to know to install the place."""
    here = site(request)
    _ = await texts(request)
    light, *_others = palettes.palettes(here.settings.accent or palettes.OWN)
    version = icons_version(here)
    said: dict[str, object] = {
        "id": "/home",
        "name": here.settings.name,
        "short_name": here.settings.name[:24],
        "description": here.settings.purpose,
        "start_url": "/home",
        "scope": "/",
        "display": "standalone",
        "background_color": light["paper"],
        "theme_color": light["brand"],
        "icons": [
            {"src": f"/icons/{size}.png?{version}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size in SIZES[1:]
            for purpose in ("any", "maskable")
        ],
        "shortcuts": [
            {"name": _("Write"), "url": "/compose"},
            {"name": _("Notices"), "url": "/notifications"},
        ],
        "share_target": {
            "action": "/compose",
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "link"},
        },
    }
    body = msgspec.json.encode(said)
    headers = {"Cache-Control": ASK_AGAIN, "Vary": "Accept-Language, Cookie"}
    return Response(body, media_type="application/manifest+json", headers=headers)


@anyone
async def worker(request: Request) -> Response:
    """The script that stands in for us without a connection; it keeps the page that says so, and nothing private."""
    accent = site(request).settings.accent
    kept = ["/offline", static_files.static_url("app.css"), static_files.coloured_url("colours", accent)]
    drawn = static_files.files()["worker.js"].body
    body = drawn.replace(b"__KEPT__", msgspec.json.encode(kept))
    return Response(body, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": ASK_AGAIN})


@page
async def offline(request: Request) -> Response:
    """What is shown without a connection."""
    _ = await texts(request)
    return await show(request, "offline.html", is_hidden_from_search=True)


routes = [
    Route("/manifest.webmanifest", manifest),
    Route("/icons/{size:int}.png", icon),
    Route("/icons/wide.jpg", wide),
    Route("/worker.js", worker),
    Route("/offline", offline),
]
