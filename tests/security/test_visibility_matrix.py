"""Audiences x readers x every route that can show a post: nobody sees a word that is not for them.

Generated from the list of audiences (D30) and the route table; a route without a rule fails. The canaries are searched
in bodies and headers of whole answers. Source: security cases section 7, S089, S091, S094, S095, S097, S105.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx2 as httpx
import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.app import routes
from fedcomm.http.router import Route
from tests.conftest import new_database
from tests.kit import answers
from tests.kit.signing import signed_headers
from tests.security.cast import CANARY, FAR, LOCAL, VIEWERS, Cast, Exhibit, Viewer, the_cast
from tests.security.front_door import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

Rule = Literal["no posts", "posts", "a post", "about a post", "changes a post", "changes"]
"""What a GET shows: no posts; those that the reader may read; one, 200 or 404 (also what hangs on it: context, counts);
what only some readers of a post may see of it, 404 for those who may not know of it. What other methods do: change
something about a post, 404 for those who may not know of it; or change something else."""

RULES: dict[Rule, tuple[str, ...]] = {
    "no posts": (
        "/healthz", "/health", "/api/v1/streaming/health", "/readyz", "/metrics",
        "/.well-known/webfinger", "/.well-known/host-meta", "/.well-known/nodeinfo", "/nodeinfo/{version}",
        "/.well-known/oauth-authorization-server",
        "/actor", "/u/{handle}", "/groups/{handle}", "/groups/{handle}/moderators",
        "/u/{handle}/followers", "/u/{handle}/following", "/groups/{handle}/followers", "/groups/{handle}/following",
        "/api/v1/apps/verify_credentials", "/oauth/userinfo",
        "/api/v2/instance", "/api/v1/instance", "/api/v1/instance/rules", "/api/v1/instance/peers",
        "/api/v1/instance/extended_description", "/api/v1/instance/languages",
        "/api/v1/instance/translation_languages", "/api/v1/instance/privacy_policy",
        "/api/v1/instance/terms_of_service",
        "/api/v1/accounts/verify_credentials", "/api/v1/preferences", "/api/v1/accounts", "/api/v1/accounts/lookup",
        "/api/v1/accounts/search", "/api/v1/accounts/{id:int}", "/api/v1/accounts/{id:int}/followers",
        "/api/v1/accounts/{id:int}/following", "/api/v1/accounts/{id:int}/endorsements",
        "/api/v1/accounts/relationships", "/api/v1/accounts/familiar_followers",
        "/api/v1/accounts/{id:int}/lists", "/api/v1/follow_requests",
        "/api/v1/lists", "/api/v1/lists/{id:int}", "/api/v1/lists/{id:int}/accounts",
        "/api/v1/notifications/unread_count", "/api/v1/markers",
        "/api/v1/announcements", "/api/v1/blocks", "/api/v1/domain_blocks",
        "/api/v1/endorsements", "/api/v1/filters", "/api/v1/mutes", "/api/v1/suggestions", "/api/v2/filters",
        "/api/v2/suggestions", "/api/v1/custom_emojis", "/api/v1/push/subscription",
        "/static/{name}", "/about", "/source", "/source/{name}", "/sign_in", "/sign_up", "/set_password/{link}",
        "/oauth/authorize", "/settings", "/settings/access", "/groups", "/new_group", "/@{handle}/waiting",
        "/media/avatars/{id:int}/{version:int}.png", "/media/headers/{id:int}/{version:int}.png",
        "/admin", "/admin/sign_ups", "/admin/peers", "/admin/deliveries", "/admin/settings",
    ),
    "posts": (
        "/u/{handle}/outbox", "/groups/{handle}/outbox", "/u/{handle}/featured", "/groups/{handle}/featured",
        "/a/{id:int}", "/t/{id:int}",
        "/api/v1/accounts/{id:int}/statuses", "/api/v1/accounts/{id:int}/featured_tags", "/api/v1/featured_tags",
        "/api/v1/followed_tags", "/api/v1/statuses", "/api/v1/timelines/home", "/api/v1/timelines/public",
        "/api/v1/timelines/tag/{name}", "/api/v1/timelines/list/{id:int}", "/api/v1/bookmarks", "/api/v1/favourites",
        "/api/v1/notifications", "/api/v1/notifications/{id:int}", "/api/v2/search", "/api/v1/tags/{name}",
        "/api/v1/conversations", "/api/v1/scheduled_statuses",
        "/", "/home", "/you", "/notifications", "/@{handle}", "/find", "/authorize_interaction", "/interact",
        "/tags/{tag}", "/compose", "/admin/design",
    ),
    "a post": (
        "/p/{id:int}", "/p/{id:int}/replies", "/p/{id:int}/likes", "/p/{id:int}/shares",
        "/api/v1/statuses/{id:int}", "/api/v1/statuses/{id:int}/history", "/api/v1/statuses/{id:int}/context",
        "/api/v1/statuses/{id:int}/favourited_by", "/api/v1/statuses/{id:int}/reblogged_by",
        "/@{handle}/{id:int}", "/p/{id:int}/history",
    ),
    "about a post": (
        "/api/v1/statuses/{id:int}/source", "/p/{id:int}/edit", "/p/{id:int}/delete", "/p/{id:int}/remove",
        "/media/posts/{id:int}/{position:int}",
    ),
    "changes a post": (
        "/api/v1/statuses/{id:int}", "/api/v1/statuses/{id:int}/favourite", "/api/v1/statuses/{id:int}/unfavourite",
        "/api/v1/statuses/{id:int}/reblog", "/api/v1/statuses/{id:int}/unreblog",
        "/api/v1/statuses/{id:int}/bookmark", "/api/v1/statuses/{id:int}/unbookmark",
        "/p/{id:int}/reply", "/p/{id:int}/edit", "/p/{id:int}/delete", "/p/{id:int}/remove",
        "/p/{id:int}/favourite", "/p/{id:int}/unfavourite", "/p/{id:int}/boost", "/p/{id:int}/unboost",
        "/p/{id:int}/carry", "/p/{id:int}/stop_carrying",
    ),
    "changes": (
        "/inbox", "/u/{handle}/inbox", "/groups/{handle}/inbox", "/actor/inbox",
        "/api/v1/apps", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/api/v1/accounts",
        "/api/v1/accounts/update_credentials", "/api/v1/accounts/{id:int}/follow",
        "/api/v1/accounts/{id:int}/unfollow", "/api/v1/accounts/{id:int}/remove_from_followers",
        "/api/v1/follow_requests/{id:int}/authorize", "/api/v1/follow_requests/{id:int}/reject",
        "/api/v1/statuses", "/api/v1/lists", "/api/v1/lists/{id:int}", "/api/v1/lists/{id:int}/accounts",
        "/api/v1/notifications/clear", "/api/v1/notifications/{id:int}", "/api/v1/notifications/{id:int}/dismiss",
        "/api/v1/markers",
        "/sign_in", "/sign_out", "/sign_up", "/set_password/{link}", "/oauth/authorize", "/settings", "/language",
        "/settings/password", "/settings/sessions/end", "/settings/apps/revoke", "/new_group", "/@{handle}/join",
        "/@{handle}/leave", "/@{handle}/admit", "/@{handle}/refuse", "/@{handle}/carries/accept",
        "/@{handle}/carries/decline", "/@{handle}/follow", "/@{handle}/unfollow", "/@{handle}/let_follow",
        "/@{handle}/refuse_follower", "/interact", "/compose",
        "/admin/sign_ups/approve", "/admin/sign_ups/reject", "/admin/peers", "/admin/deliveries/retry",
        "/admin/deliveries/drop", "/admin/settings",
    ),
}  # fmt: skip
SHOWN: tuple[Rule, ...] = ("no posts", "posts", "a post", "about a post")
CHANGED: tuple[Rule, ...] = ("changes a post", "changes")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(cluster: postgres.Cluster) -> AsyncIterator[Cast]:
    async with the_cast(await new_database(cluster)) as everybody:
        yield everybody


def rule_of(route: Route, method: str) -> Rule | None:
    """What stands in the table for a route."""
    among = SHOWN if method == "GET" else CHANGED
    return next((rule for rule in among if route.path in RULES[rule]), None)


def table() -> Iterator[tuple[Route, str]]:
    """Every route with each of its methods."""
    for route in routes():
        for method in route.methods:
            yield route, method


async def test_every_route_has_a_rule_and_no_rule_is_left_over() -> None:
    lacking = [f"{method} {route.path}" for route, method in table() if rule_of(route, method) is None]
    assert lacking == []

    shown = {route.path for route, method in table() if method == "GET"}
    changed = {route.path for route, method in table() if method != "GET"}
    assert {path for rule in SHOWN for path in RULES[rule]} - shown == set()
    assert {path for rule in CHANGED for path in RULES[rule]} - changed == set()


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks, as this kind of route wants to be asked."""

    cast: Cast
    viewer: Viewer
    http: httpx.AsyncClient

    async def ask(self, route: Route, url: str, method: str = "GET") -> httpx.Response:
        """One request of theirs: with a token, a cookie or a signature."""
        headers = self._headers(route, url, method)
        form = {}
        if method == "POST" and not url.startswith("/api/") and self.viewer in LOCAL:
            form = {"csrf_token": self.cast.csrf[self.viewer]}
        return await self.http.request(method, self.cast.at.url + url, headers=headers, data=form or None)

    def _headers(self, route: Route, url: str, method: str) -> dict[str, str]:
        if self.viewer in FAR:
            who = self.cast.far[self.viewer]
            whole = self.cast.at.url + url
            return {
                "Accept": answers.ACTIVITY_JSON,
                **signed_headers(who.key, who.key_id, url=whole, body=None, method=method),
            }
        if is_for_peers(route):
            return {"Accept": answers.ACTIVITY_JSON}
        if url.startswith(("/api/", "/oauth/userinfo")):
            return {"Authorization": f"Bearer {self.cast.tokens[self.viewer]}"} if self.viewer != "visitor" else {}
        headers = {"Accept": "text/html", "Origin": self.cast.at.url}
        return headers | ({"Cookie": self.cast.cookies[self.viewer]} if self.viewer in LOCAL else {})


def is_for_peers(route: Route) -> bool:
    """Whether other servers ask here."""
    return route.need.who == "peer"


def is_asked_by(viewer: Viewer, route: Route) -> bool:
    """Whether this kind of reader has a way to say who they are there."""
    if viewer in FAR:
        return is_for_peers(route) or route.path in ("/@{handle}", "/@{handle}/{id:int}")
    if viewer == "pending":
        return route.path.startswith("/api/")
    return viewer == "visitor" or not is_for_peers(route)


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
        "{position:int}": ["0"],
        "{link}": ["none"],
    }
    if path.startswith("/@{handle}"):
        values["{handle}"] = [cast.author.handle, cast.group.handle]
    for parameter, given in values.items():
        if parameter in path:
            urls = [url.replace(parameter, value) for url in urls for value in given]
    queries = {
        "/api/v1/statuses": "?" + "&".join(f"id[]={each.post.id}" for each in cast.exhibits),
        "/api/v2/search": "?q=canary",
        "/find": "?q=canary",
        "/interact": f"?uri={cast.exhibits[0].post.uri}",
        "/authorize_interaction": f"?uri={cast.exhibits[0].post.uri}",
        "/.well-known/webfinger": f"?resource={cast.author.uri}",
    }
    longer = [url + queries[path] for url in urls if path in queries]
    longer += [f"{path}?q={word}" for word in _asked_for(cast) if path in ("/api/v2/search", "/find")]
    longer += [f"{path}?reply_to={each.post.id}" for each in cast.exhibits if path == "/compose"]
    return urls + longer


def _asked_for(cast: Cast) -> Iterator[str]:
    for each in cast.exhibits:
        yield each.post.uri
        yield each.post.url


async def ids_for(cast: Cast, path: str) -> list[int]:
    """What may stand for {id} in a path that shows several posts, or none."""
    if path.startswith("/api/v1/accounts/"):
        return [cast.author.id, cast.group.id]
    if path.startswith(("/api/v1/timelines/list", "/api/v1/lists")):
        return [cast.group.id]
    async with cast.at.site.read() as db:
        if path.startswith("/api/v1/notifications"):
            return [row["id"] for row in await db.fetch("SELECT id FROM notification ORDER BY id")]
        if path == "/a/{id:int}":
            return [row["id"] for row in await db.fetch("SELECT id FROM activity ORDER BY id")]
    if path == "/t/{id:int}":
        return [cast.root.id, *(each.post.id for each in cast.exhibits)]
    return [cast.author.id]


def seen_in(answer: httpx.Response, url: str) -> set[str]:
    """The canaries in an answer, but for those the asker named."""
    heads = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    return set(CANARY.findall(answer.text + heads)) - set(CANARY.findall(url))


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_s089_s091_s105_lists_show_to_each_what_is_for_them(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    found: set[str] = set()
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            rule = rule_of(route, method)
            if method != "GET" or rule not in ("posts", "no posts") or not is_asked_by(viewer, route):
                continue
            for url in filled(cast, route.path, await ids_for(cast, route.path)):
                answer = await asking.ask(route, url)
                seen = seen_in(answer, url)

                assert answer.status_code < 500 or url == "/readyz", (url, answer.text)
                assert seen <= (readable if rule == "posts" else set()), url
                found |= seen
    if viewer != "far_suspended":
        assert found >= {each.canary for each in cast.exhibits if each.row == "public"}, "nothing was looked at"


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_s094_s097_each_post_is_there_for_its_readers_only(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
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


def path_of(cast: Cast, route: Route, each: Exhibit) -> str:
    """The address of a post under a route."""
    url = route.path.replace("{id:int}", str(each.post.id)).replace("{position:int}", "0")
    return url.replace("{handle}", cast.author.handle)


def statuses(route: Route, viewer: Viewer, each: Exhibit, *, is_readable: bool, rule: Rule) -> set[int]:
    """How a route may answer about a post."""
    if viewer == "far_suspended":
        return {403}
    if route.need.who == "page member" and viewer not in LOCAL:
        return {303}  # to the sign-in page, whatever was asked for
    if route.need.who == "member" and viewer == "visitor":
        return {401}
    if route.need.who == "member" and viewer == "pending":
        return {403}
    if each.row == "deleted":  # they were public
        if is_for_peers(route):
            return {410} if route.path == "/p/{id:int}" else {200, 410}  # what hangs on it may still be asked for
        return {404, 410}
    if not is_readable:
        return {404}
    return {200, 303} if rule == "a post" else {200, 303, 403, 404}


@pytest.mark.parametrize("viewer", [viewer for viewer in VIEWERS if viewer not in FAR])
async def test_s095_nothing_can_be_done_with_a_post_one_may_not_know_of(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    hidden = [each for each in cast.exhibits if each.canary not in readable and each.row != "deleted"]
    before = await _rows(cast)
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
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
