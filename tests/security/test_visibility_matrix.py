"""Audiences x readers x every route that can show a post: nobody sees a word that is not for them.

Generated from the list of audiences (D30) and the route table; a route without a rule fails. The canaries are searched
in bodies and headers of whole answers. Source: security cases section 7, S089, S091, S094, S095, S097, S105.
"""

from collections.abc import Iterator, Sequence

import httpx2 as httpx
import pytest

from fedcomm.http.router import Route
from tests.kit import plain_http
from tests.security.cast import CANARY, FAR, LOCAL, VIEWERS, Cast, Exhibit, Viewer
from tests.security.front_door import rows
from tests.security.route_rules import (
    CHANGED,
    RULES,
    SHOWN,
    Asking,
    Rule,
    is_asked_by,
    is_for_peers,
    path_of,
    rule_of,
    table,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_route_has_a_rule_and_no_rule_is_left_over() -> None:
    lacking = [f"{method} {route.path}" for route, method in table() if rule_of(route, method) is None]
    assert not lacking, f"these need a rule in route_rules.py: {lacking}"

    shown = {route.path for route, method in table() if method == "GET"}
    changed = {route.path for route, method in table() if method != "GET"}
    assert {path for rule in SHOWN for path in RULES[rule]} - shown == set()
    assert {path for rule in CHANGED for path in RULES[rule]} - changed == set()


def filled(cast: Cast, path: str, ids: Sequence[int]) -> list[str]:
    """The path with all values that may show something."""
    urls: list[str] = [path]
    values: dict[str, list[str]] = {
        "{id:int}": list(map(str, ids)),
        "{handle}": [cast.author.handle] if path.startswith("/u/") else [cast.group.handle],
        "{name}": [each.canary for each in cast.exhibits],
        "{tag}": [each.canary for each in cast.exhibits],
        "{version}": ["2.1"],
        "{version:int}": ["1"],
        "{year:int}": ["2026"],
        "{item:int}": ["1"],
        "{position:int}": ["0"],
        "{thread:int}": [str(cast.root.id)],
        "{link}": ["none"],
    }
    if path.startswith("/@{handle}"):
        values["{handle}"] = [cast.author.handle, cast.group.handle]
    for parameter, given in values.items():
        if parameter in path:
            urls = [url.replace(parameter, value) for url in urls for value in given]
    queries = {
        "/api/v1/statuses": "?" + "&".join(f"id[]={each.post.id}" for each in cast.exhibits),
        "/api/v2/search": "?q=canary*&limit=40",
        "/search": "?q=canary*",
        "/find": "?q=canary",
        "/interact": f"?uri={cast.exhibits[0].post.uri}",
        "/authorize_interaction": f"?uri={cast.exhibits[0].post.uri}",
        "/.well-known/webfinger": f"?resource={cast.author.uri}",
    }
    longer = [url + queries[path] for url in urls if path in queries]
    longer += [f"{path}?q={word}" for word in _asked_for(cast) if path in ("/api/v2/search", "/find")]
    longer += [f"{path}?url={word}" for word in _asked_for(cast) if path in ("/api/oembed", "/api/v1/timelines/link")]
    longer += [f"{path}?reply_to={each.post.id}" for each in cast.exhibits if path == "/compose"]
    longer += [f"{path}?quote={each.post.id}" for each in cast.exhibits if path == "/compose"]
    return urls + longer


def _asked_for(cast: Cast) -> Iterator[str]:
    for each in cast.exhibits:
        yield each.post.uri
        yield each.post.url


async def ids_for(cast: Cast, path: str) -> list[int]:
    """What may stand for {id} in a path that shows several posts, or none."""
    if path.startswith("/api/fedcomm/v1/groups"):
        return [cast.group.id]
    if path.startswith("/api/v1/accounts/"):
        return [cast.author.id, cast.group.id]
    if path.startswith(("/api/v1/timelines/list", "/api/v1/lists")):
        return [cast.group.id]
    async with cast.at.site.read() as db:
        if path.startswith("/lists/"):
            return [row["id"] for row in await db.fetch("SELECT id FROM own_list ORDER BY id")] or [1]
        if path.startswith("/api/v1/notifications"):
            return [row["id"] for row in await db.fetch("SELECT id FROM notification ORDER BY id")]
        if path == "/messages/{id:int}":
            return [row["id"] for row in await db.fetch("SELECT id FROM conversation ORDER BY id")]
        if path == "/a/{id:int}":
            every = "SELECT id FROM activity UNION SELECT id FROM post ORDER BY id"
            return [row["id"] for row in await db.fetch(every)]
    if path == "/t/{id:int}":
        return [cast.root.id, *(each.post.id for each in cast.exhibits)]
    return [cast.author.id]


SAME_FOR_ALL = ("/api/oembed",)
"""No token is looked at there: whoever asks is a visitor, also somebody whom the author has blocked."""


def seen_in(answer: httpx.Response, url: str) -> set[str]:
    """The canaries in an answer, but for those the asker named."""
    heads = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    return set(CANARY.findall(answer.text + heads)) - set(CANARY.findall(url))


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_s089_s091_s105_lists_show_to_each_what_is_for_them(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    found: set[str] = set()
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            rule = rule_of(route, method)
            if method != "GET" or rule not in ("posts", "no posts") or not is_asked_by(viewer, route):
                continue
            shown = cast.readable("visitor") if route.path in SAME_FOR_ALL else readable
            for url in filled(cast, route.path, await ids_for(cast, route.path)):
                answer = await asking.ask(route, url)
                seen = seen_in(answer, url)

                assert answer.status_code < 500 or url == "/readyz", (url, answer.text)
                assert seen <= (shown if rule == "posts" else set()), url
                found |= seen
    if viewer != "far_suspended":
        assert found >= {each.canary for each in cast.exhibits if each.row == "public"}, "nothing was looked at"
    if viewer in ("author", "named"):  # their conversations show them
        assert found >= {each.canary for each in cast.exhibits if each.row == "direct"}


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_s094_s097_each_post_is_there_for_its_readers_only(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            rule = rule_of(route, method)
            if method != "GET" or rule not in ("a post", "about a post") or not is_asked_by(viewer, route):
                continue
            for each in cast.exhibits:
                url = path_of(cast, route, each)
                answer = await asking.ask(route, url)

                assert seen_in(answer, url) <= readable, (url, each)
                expected = statuses(route, viewer, each, is_readable=each.canary in readable, rule=rule)
                assert answer.status_code in expected, (url, viewer, each.row, each.place, answer.text[:200])


def statuses(route: Route, viewer: Viewer, each: Exhibit, *, is_readable: bool, rule: Rule) -> set[int]:
    """How a route may answer about a post."""
    if viewer == "far_suspended":
        return {403}
    if route.need.who == "page member" and viewer not in LOCAL:
        return {303}  # to the sign-in page, whatever was asked for
    if route.need.who == "member" and viewer == "visitor":
        return {401}
    if route.need.who == "member" and viewer == "app":
        return {422}
    if route.need.who == "member" and viewer == "pending":
        return {403}
    if each.row == "deleted":  # they were public
        if is_for_peers(route):
            return {410} if route.path == "/p/{id:int}" else {200, 410}  # what hangs on it may still be asked for
        return {404, 410}
    if not is_readable:
        return {404}
    if viewer == "far_admitted" and each.row == "network":
        return {200, 303, 404}  # what hangs on it may be asked for; it has no document before there is a network
    return {200, 303} if rule == "a post" else {200, 303, 403, 404}


@pytest.mark.parametrize("viewer", [viewer for viewer in VIEWERS if viewer not in FAR])
async def test_s095_nothing_can_be_done_with_a_post_one_may_not_know_of(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    hidden = [each for each in cast.exhibits if each.canary not in readable and each.row != "deleted"]
    before = await _rows(cast)
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            if rule_of(route, method) != "changes a post" or not is_asked_by(viewer, route) or method == "GET":
                continue
            for each in hidden:
                url = path_of(cast, route, each)
                answer = await asking.ask(route, url, method)

                assert seen_in(answer, url) == set(), url
                expected = statuses(route, viewer, each, is_readable=False, rule="changes a post")
                assert answer.status_code in expected, (method, url, each.row, each.place, answer.text[:300])
    assert await _rows(cast) == before


async def _rows(cast: Cast) -> dict[str, int]:
    async with cast.at.site.read() as db:
        return await rows(db)
