"""Every page of the route table is photographed: one that nobody opens here is one that nobody looks at."""

from collections.abc import Mapping

from starlette.responses import Response

from fedcomm.admin import routing as admin
from fedcomm.errors import NotFound
from fedcomm.http.router import Found, Route, Router
from fedcomm.web import routing as web
from tests.browser import test_busy_pages, test_every_page

NO_PAGES: Mapping[str, str] = {
    "/media/avatars/{id:int}/{version:int}.png": "a picture",
    "/media/headers/{id:int}/{version:int}.png": "a picture",
    "/media/emojis/{id:int}/{version:int}.png": "a picture",
    "/media/files/{name}": "a file",
    "/media/posts/{id:int}/{position:int}": "a file",
    "/media/logo/{name}": "a picture",
    "/icons/{size:int}.png": "a picture",
    "/icons/wide.jpg": "a picture",
    "/@{handle}.atom": "a feed",
    "/@{handle}.rss": "a feed",
    "/p/{id:int}/news": "what the script of a thread asks",
    "/live": "what the script of a thread or group listens to",
    "/manifest.webmanifest": "what systems read",
    "/worker.js": "a script",
    "/source/{name}": "an archive",
    "/sign_in/back": "the way back from a provider, which leads on",
    "/settings/export/{id:int}.zip": "an archive",
    "/@{handle}/export/{id:int}.zip": "an archive",
    "/admin/export/{id:int}.zip": "an archive",
    "/settings/exports/{name}.csv": "a table to take along",
    "/admin/figures.csv": "a table to take along",
    "/@{handle}/figures.csv": "a table to take along",
    "/admin/deliveries/report.csv": "a table to take along",
    "/notice/{token}": "the receipt of a notice, behind a sealed link in a letter",
    "/about/numbers.csv": "a table to take along",
    "/about/numbers.json": "a document to take along",
    "/admin/agreements.csv": "a table to take along",
    "/admin/register.csv": "a table to take along",
    "/admin/register.json": "a document to take along",
    "/admin/log.csv": "a table to take along",
    "/admin/peers/allows.csv": "a table to take along",
    "/admin/peers/blocks.csv": "a table to take along",
}
"""What answers GET beside pages: pictures, files, documents, and what only leads on."""
SAMPLE = {
    "question": "/@ada/1", "question_id": "1", "question_uri": "https://a.example/1", "poll": "/@ben/2",
    "collection": "/@ben/collections/1", "reply_id": "2", "paint": "3", "north": "@north@b.example",
    "ines": "@ines@b.example", "list": "/lists/1", "conversation": "/messages/1", "consent": "/oauth/authorize?x=1",
    "peer_list": "/admin/peers/lists/1", "subscription": "/admin/peers/subscriptions/1", "import": "/settings/import/1",
    "invitation": "/invite/x", "report": "/reports/1",  "decision": "/decisions/1", "appeal": "/appeals/1",
    "access": "/admin/emergency/1", "closed": "1",
}  # fmt: skip


def photographed() -> set[str]:
    """The routes of all paths that the browser opens."""
    router = Router([*web.routes, *admin.routes], on_error=_never)
    paths = (
        *test_every_page.VISITORS, *test_every_page.MEMBERS, *test_every_page.KEY_PAGES, *test_busy_pages.PAGES
    )  # fmt: skip
    found: set[str] = set()
    for path in paths:
        try:
            route = router.find("GET", path.format(**SAMPLE).partition("?")[0])
        except NotFound:
            continue
        found |= {route.route.path} if isinstance(route, Found) else set()
    return found


async def _never(*_: object) -> Response:
    raise AssertionError


def is_page(route: Route) -> bool:
    """Whether it answers GET, and with a page as far as its path says."""
    return "GET" in route.methods and route.path not in NO_PAGES


def test_every_page_of_the_route_table_is_photographed() -> None:
    pages = {route.path for route in (*web.routes, *admin.routes) if is_page(route)}

    assert sorted(pages - photographed()) == []


def test_what_is_left_out_exists() -> None:
    known = {route.path for route in (*web.routes, *admin.routes)}

    assert NO_PAGES.keys() - known == set()
