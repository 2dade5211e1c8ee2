"""A shared cache before an instance never gives anybody what was for somebody else: rows S101 and S102.

Every GET of the route table goes through an eager cache, asked by those who may see more first, then by those who may
see less, and in both forms of an address; each answer must be the one the instance itself gives.
"""

import re
from collections.abc import Sequence

import httpx2 as httpx
import pytest

from fedcomm.http.router import Route
from fedcomm.threads import posting
from tests.factories import make_draft
from tests.kit import FakePeer, answers
from tests.kit.signing import signed_headers
from tests.running import MakeDatabase, instance
from tests.security.caching_proxy import caching_proxy
from tests.security.cast import CANARY, Cast, Viewer
from tests.security.route_rules import Asking, is_asked_by, path_of, rule_of, table

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER: tuple[Viewer, ...] = ("author", "far_follower", "member", "far_suspended", "visitor")
"""From who may see most to who may see least."""
FORMS = ("text/html", answers.ACTIVITY_JSON, "application/json", "*/*")


def urls_of(cast: Cast, route: Route) -> list[str]:
    """What of a route is asked: of posts some that differ most."""
    if rule_of(route, "GET") in ("a post", "about a post"):
        exhibits = [cast.pick(row) for row in ("public", "followers", "direct", "removed")]
        return [path_of(cast, route, each) for each in exhibits]
    path = route.path.replace("{handle}", cast.author.handle).replace("{version:int}", "1")
    for name in ("{name}", "{tag}", "{link}", "{version}"):
        path = path.replace(name, "2.1")
    return [path.replace("{id:int}", str(cast.pick("followers").post.id))]


@pytest.mark.parametrize("order", [ORDER, ORDER[::-1]], ids=["most first", "least first"])
async def test_s101_nobody_gets_what_the_cache_kept_for_another(cast: Cast, order: Sequence[Viewer]) -> None:
    async with caching_proxy(cast.at) as cache, httpx.AsyncClient(timeout=20, trust_env=False) as http:
        for route, method in table():
            if method != "GET" or route.path in ("/metrics", "/readyz"):
                continue
            for url in urls_of(cast, route):
                for viewer in order:
                    if not is_asked_by(viewer, route):
                        continue
                    asking = Asking(cast, viewer, http)
                    direct = await asking.ask(route, url)
                    through = await asking.ask(route, url, through=cache.url)
                    assert said(through) == said(direct), (url, viewer)
        assert cache.hits > 0


def said(answer: httpx.Response) -> tuple[int, str, object]:
    """What matters of an answer: status, type, and what it says; pages also carry tokens and change by being read."""
    kind = str(answer.headers.get("content-type", ""))
    is_page = kind.startswith("text/html")
    text = re.sub(r"[0-9-]{10}T[0-9:.]{8,12}Z", "", answer.text)  # some say the time of the answer
    return answer.status_code, kind, set(CANARY.findall(text)) if is_page else text


@pytest.mark.parametrize("forms", [FORMS, FORMS[::-1]], ids=["page first", "document first"])
async def test_s102_each_form_of_an_address_is_kept_apart(cast: Cast, forms: Sequence[str]) -> None:
    post = cast.pick("public").post
    addresses = [
        cast.author.uri, cast.author.url, cast.group.uri, cast.group.url, post.uri, post.url, post.uri + "/replies",
        cast.author.uri + "/outbox", cast.group.uri + "/outbox", f"{cast.at.url}/t/{cast.root.id}",
        cast.root.uri, cast.root.url, cast.at.url + "/", cast.at.url + "/actor", cast.at.url + "/nowhere",
    ]  # fmt: skip
    async with caching_proxy(cast.at) as cache, httpx.AsyncClient(timeout=20, trust_env=False) as http:
        for _ in range(2):
            for address in addresses:
                for form in forms:
                    direct = await http.get(address, headers={"Accept": form})
                    through = await http.get(cache.url + address.removeprefix(cast.at.url), headers={"Accept": form})
                    assert said(through) == said(direct), (address, form)
        assert cache.hits > len(addresses)


async def test_s102_what_depends_on_who_asks_says_so(cast: Cast) -> None:
    """Also where nothing may be kept: some caches keep it all the same."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
        for route, method in table():
            if method != "GET":
                continue
            for url in urls_of(cast, route):
                answer = await Asking(cast, "visitor", http).ask(route, url)
                vary = {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}
                control = answer.headers.get("cache-control", "")
                assert control, url
                if route.need.who == "peer" and rule_of(route, "GET") != "no posts":
                    assert vary >= {"accept", "signature", "authorization"}, (url, vary)
                elif "public" not in control and route.path.startswith("/api/"):
                    assert "authorization" in vary or "no-store" in control, (url, vary)
                elif "public" not in control:
                    assert "cookie" in vary or control == "no-store", (url, vary)


async def test_s101_under_authorised_fetch_nothing_is_kept_for_all(database_url: MakeDatabase) -> None:
    at_home = instance(await database_url(), FEDCOMM_AUTHORIZED_FETCH="on")
    async with at_home as at, FakePeer() as peer, caching_proxy(at) as cache:
        ada = await at.person()
        async with at.db() as db:
            post = await posting.publish(db, at.here, ada, make_draft("Hello"), now=at.site.now())
        rui = peer.add("rui")
        for path in (f"/p/{post.id}", f"/p/{post.id}/replies", "/u/ada/outbox", "/u/ada/followers", f"/t/{post.id}"):
            headers = {
                "Accept": answers.ACTIVITY_JSON,
                **signed_headers(rui.key, rui.key_id, url=at.url + path, body=None, method="GET"),
            }
            allowed = await peer.get(cache.url + path, headers)
            assert (allowed.status, allowed.headers["cache-control"]) == (200, "private, no-store"), path
            nobody = await peer.get(cache.url + path, {"Accept": answers.ACTIVITY_JSON})
            assert nobody.status == 404, path
