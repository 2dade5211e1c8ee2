"""Pages as attackers meet them: policy, redirects, odd paths, roles, files (S088, S130, S131, S133, S154)."""

import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from typing import get_args

import httpx2 as httpx
import pytest
import pytest_asyncio

from fedcomm.accounts import oauth
from fedcomm.http.auth import Need
from fedcomm.http.headers import content_security_policy
from fedcomm.http.pages import own_path
from fedcomm.http.router import Route
from fedcomm.permissions import InstanceRole, may_here
from fedcomm.threads import drafting, posting
from tests.running import PASSWORD, Instance
from tests.security.browser import Browser, browser, hidden_fields

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLICY = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; media-src 'self'; script-src 'self'; "
    "style-src 'self'"
)
PAGES = ("page", "page member", "admin")
ROLES: tuple[InstanceRole, ...] = tuple(role for role in get_args(InstanceRole) if role != "visitor")
_PARAMETER = re.compile(r"{([a-z_]+)(?::[a-z]+)?}")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class House:
    """An instance, somebody for each role, and a thread in a group."""

    at: Instance
    names: dict[InstanceRole, str]
    group: str
    post_id: int

    def path(self, route: Route) -> str:
        """A path that the route answers."""
        values = {
            "handle": self.group,
            "id": str(self.post_id),
            "tag": "zinc",
            "link": "no-such-link",
            "code": "no-such-code",
            "name": "app.css",
            "version": "1",
            "position": "0",
            "step": "place",
            "kind": "privacy",
            "token": "no-such-token",
            "thread": str(self.post_id),
        }
        return _PARAMETER.sub(lambda found: values[found.group(1)], route.path)

    def routes(self, *needs: str) -> list[tuple[Route, str, Need]]:
        """Each page that needs one of these, once for each method."""
        return [
            (route, method, route.need)
            for route in self.at.front.router.routes
            for method in route.methods
            if isinstance(route.need, Need) and route.need.who in needs
        ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived_in(house: Instance) -> AsyncIterator[House]:
    """The instance of this module, with people."""
    names: dict[InstanceRole, str] = {}
    for role in ROLES:
        names[role] = f"the_{role}"
        await house.person(names[role], role=role, password=PASSWORD)
    founder = await house.person("founder")
    group = await house.group(founder, "bakers")
    async with house.db() as db:
        draft = await drafting.from_text(
            db, house.here, founder, "Ours broke.", title="Which oven?", group_ids=[group.id], now=house.site.now()
        )
        post = await posting.publish(db, house.here, founder, draft, now=house.site.now())
    yield House(house, names, group.handle, post.id)


async def signed_in(at: Browser, house: House, role: InstanceRole) -> None:
    """Sign in as whoever has this role."""
    assert (await at.sign_in(house.names[role], PASSWORD)).status_code == 303


async def test_s088_every_page_carries_the_exact_policy(lived_in: House) -> None:
    seen: list[str] = []
    async with browser(lived_in.at) as visitor, browser(lived_in.at) as owner:
        await signed_in(owner, lived_in, "owner")
        for who in (visitor, owner):
            for route, method, _ in lived_in.routes(*PAGES):
                if method != "GET":
                    continue
                answer = await who.open(lived_in.path(route))
                if answer.headers.get("content-type", "").startswith("text/html"):
                    seen.append(route.path)
                    assert answer.headers["content-security-policy"] == POLICY, route.path
                    assert "no-store" in answer.headers["cache-control"], route.path

    assert content_security_policy() == POLICY
    assert len(set(seen)) > 25


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/@nobody", "/@bakers/1", "/admin%2fpeers", "/oauth/authorize", "/sign_in?next=%00"]
)
async def test_s088_pages_that_say_what_went_wrong_carry_it_too(lived_in: House, path: str) -> None:
    async with browser(lived_in.at) as visitor:
        answer = await visitor.open(path)

    assert answer.status_code in (200, 400, 404, 422)
    assert answer.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    ("redirect_uri", "target"),
    [
        ("https://app.example/back?x=1", "https://app.example"),
        ("http://127.0.0.1:8080/back", "http://127.0.0.1:8080"),
        ("icecubesapp://login", "icecubesapp:"),
        ("com.tapbots.Ivory.1:/request_token", "com.tapbots.ivory.1:"),
        (oauth.OUT_OF_BAND, ""),
        ("https://app.example;script-src:443/back", ""),
        ("https://app.example,*/back", ""),
    ],
)
async def test_s088_the_consent_page_alone_adds_where_its_form_leads(
    lived_in: House, redirect_uri: str, target: str
) -> None:
    house = lived_in.at
    async with house.db() as db:
        app, _ = await oauth.register(
            db, name="App", redirect_uris=[redirect_uri], scopes=("read",), now=house.site.now()
        )
    asked = httpx.QueryParams(client_id=app.client_id, redirect_uri=redirect_uri, response_type="code")
    async with browser(house) as member:
        await signed_in(member, lived_in, "member")
        answer = await member.open(f"/oauth/authorize?{asked}")

    assert answer.status_code == 200
    wanted = f"'self' {target}".strip()
    assert answer.headers["content-security-policy"] == POLICY.replace("form-action 'self'", f"form-action {wanted}")


ELSEWHERE = (
    "//evil.test",
    "///evil.test",
    "https://evil.test/",
    "http:evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/%09/evil.test\n",
    "javascript:alert(1)",
    " //evil.test",
    "@evil.test",
)


async def test_s130_after_signing_in_one_stays_here(lived_in: House) -> None:
    for target in ELSEWHERE:
        async with browser(lived_in.at) as somebody:
            member = lived_in.names["member"]
            answer = await somebody.send("/sign_in", "/sign_in?again=1", login=member, password=PASSWORD, next=target)
            again = await somebody.http.get("/sign_in", params={"next": target}, headers={"Accept": "text/html"})

        assert (answer.status_code, again.status_code) == (303, 303), target
        assert lands_here(lived_in.at, answer.headers["location"]), target
        assert lands_here(lived_in.at, again.headers["location"]), target


@pytest.mark.parametrize("button", ["/p/{id}/favourite", "/@{handle}/join", "/language"])
async def test_s130_buttons_lead_back_to_pages_of_ours(lived_in: House, button: str) -> None:
    path = button.format(id=lived_in.post_id, handle=lived_in.group)
    async with browser(lived_in.at) as member:
        await signed_in(member, lived_in, "member")
        token = hidden_fields((await member.open("/you")).text)["csrf_token"]
        for target in ELSEWHERE:
            fields = {"csrf_token": token, "next": target, "language": "en"}
            answer = await member.http.post(path, data=fields, headers={"Accept": "text/html"})

            assert answer.status_code == 303, target
            assert lands_here(lived_in.at, answer.headers["location"]), target


def lands_here(at: Instance, location: str) -> bool:
    """Whether a browser that is sent there stays at the instance."""
    there = httpx.URL(at.url + "/sign_in").join(location)
    return str(there).startswith(at.url + "/") and location.startswith("/")


@pytest.mark.parametrize("target", ELSEWHERE)
async def test_s130_what_is_no_path_of_ours_is_not_gone_to(target: str) -> None:
    assert own_path(target, otherwise="/home") == "/home"


@pytest.mark.parametrize("target", ["/", "/home", "/@ada?max_id=1", "/a//b", "/find?address=https://x.example"])
async def test_s130_paths_of_ours_are(target: str) -> None:
    assert own_path(target, otherwise="/elsewhere") == target


async def test_s130_the_way_to_another_server_is_shown_before_it_is_gone(lived_in: House) -> None:
    async with browser(lived_in.at) as visitor:
        uri = f"{lived_in.at.url}/@{lived_in.group}"
        page = f"/interact?uri={uri}"
        answer = await visitor.send(page, "/interact", uri=uri, server="@rui@elsewhere.example")
        odd = await visitor.send(page, "/interact", uri=uri, server="javascript:alert(1)//x.example")
        foreign = await visitor.open("/interact?uri=https://evil.test/x")

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "https://elsewhere.example/authorize_interaction?uri=" in unescape(answer.text)
    assert odd.status_code == 422
    assert "javascript:" not in re.sub(r'value="[^"]*"', "", odd.text)
    assert foreign.status_code == 404


@pytest.mark.parametrize("path", ["/web//evil.test", "//evil.test", "/@evil@evil.test", "/redirect?to=//evil.test"])
async def test_s130_no_path_leads_to_another_server(lived_in: House, path: str) -> None:
    async with browser(lived_in.at) as visitor:
        answer = await visitor.http.get(lived_in.at.url + path, headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "location" not in answer.headers


SPELLINGS = (
    "/admin%2f{rest}",
    "/admin%2F{rest}",
    "//admin/{rest}",
    "/admin//{rest}",
    "/./admin/{rest}",
    "/x/../admin/{rest}",
    "/%61dmin/{rest}",
    "/Admin/{rest}",
    "/admin;/{rest}",
    "/admin/{rest}/",
    "/admin/{rest}%2f",
    "/admin/%2e/{rest}",
    "/admin/{rest}%00",
)


async def test_s131_however_a_path_is_spelt_the_handler_asks_for_the_role(lived_in: House) -> None:
    """A proxy rule on the prefix proves nothing: the role is checked where the answer is made."""
    reached = 0
    async with browser(lived_in.at) as visitor, browser(lived_in.at) as member:
        await signed_in(member, lived_in, "member")
        for spelling, rest in itertools.product(SPELLINGS, ("peers", "deliveries", "settings", "sign_ups")):
            url = lived_in.at.url + spelling.format(rest=rest)
            assert (await raw(visitor, "GET", url)) in (303, 404), url
            answer = await raw(member, "GET", url)
            reached += answer == 403
            assert answer in (403, 404), url
            assert (await raw(member, "POST", url)) in (403, 404, 405), url

    assert reached >= 8  # some spellings do lead to the handler


async def raw(at: Browser, method: str, url: str) -> int:
    """The status of a request for an address as it is spelt."""
    request = at.http.build_request(method, url, headers={"Accept": "text/html"})
    request.url = Spelt(url)
    return (await at.http.send(request)).status_code


class Spelt(httpx.URL):
    """An address that is not put in order before it is sent."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._spelt = "/" + url.split("/", 3)[3]

    @property
    def raw_path(self) -> bytes:
        return self._spelt.encode()


async def test_s133_each_admin_route_is_for_its_roles_only(lived_in: House) -> None:
    """Generated from the route table: a route that nobody thought of is asked too."""
    checked: list[tuple[str, str]] = []
    for role in ROLES:
        async with browser(lived_in.at) as somebody:
            await signed_in(somebody, lived_in, role)
            token = hidden_fields((await somebody.open("/you")).text)["csrf_token"]
            for route, method, need in lived_in.routes("admin"):
                answer = await somebody.http.request(
                    method, lived_in.path(route), data={"csrf_token": token}, headers={"Accept": "text/html"}
                )
                is_allowed = may_here(role, need.scope)  # pyright: ignore[reportArgumentType]  # the need's own action
                assert (answer.status_code != 403) is is_allowed, (role, method, route.path, answer.status_code)
                assert answer.status_code < 500, (role, method, route.path)
                checked.append((method, route.path))

    below_admin = {(method, route.path) for route, method, _ in lived_in.routes(*PAGES) if "/admin" in route.path}
    assert below_admin == set(checked)
    assert len(below_admin) >= 12


async def test_s133_visitors_are_asked_to_sign_in_and_nothing_is_done(lived_in: House) -> None:
    async with browser(lived_in.at) as visitor:
        for route, method, _ in lived_in.routes("admin"):
            answer = await visitor.http.request(method, lived_in.path(route), headers={"Accept": "text/html"})
            assert answer.status_code == 303, route.path
            assert answer.headers["location"].startswith("/sign_in"), route.path


async def test_s133_a_role_that_was_taken_away_is_gone_with_the_next_request(lived_in: House) -> None:
    name = f"once_{next(_numbers)}"
    account = await lived_in.at.person(name, role="admin", password=PASSWORD)
    async with browser(lived_in.at) as somebody:
        await somebody.sign_in(name, PASSWORD)
        before = await somebody.open("/admin/peers")
        async with lived_in.at.db() as db:
            await db.execute("UPDATE login SET role = 'member' WHERE account_id = $1", account.id)
        after = await somebody.open("/admin/peers")

    assert (before.status_code, after.status_code) == (200, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../looks/shown.py",
        "/static/..%2fshown.py",
        "/static/%2e%2e/shown.py",
        "/static/%2e%2e%2fshown.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/etc/passwd",
        "/static-secret/app.css",
        "/static/app.css",
        "/static/app.000000000000.css",
        "/static/app/10-tokens.css",
        "/static/",
        "/static/..%5c..%5cpyproject.toml",
        "/source/..%2f..%2fetc%2fpasswd",
        "/source/%2e%2e/pyproject.toml",
        "/source/pyproject.toml",
        "/media/avatars/..%2f..%2fetc%2fpasswd/1.png",
        "/media/avatars/1/1.png%00.html",
        "/media/posts/1/..%2f..",
    ],
)
async def test_s154_only_files_that_are_meant_are_served(lived_in: House, path: str) -> None:
    async with browser(lived_in.at) as visitor:
        assert await raw(visitor, "GET", lived_in.at.url + path) == 404


async def test_s154_those_that_are_meant_say_what_they_are(lived_in: House) -> None:
    async with browser(lived_in.at) as visitor:
        page = unescape((await visitor.open("/about")).text)
        for name, kind in (("app", "css"), ("app", "js"), ("mark-[0-9a-f]{6}", "svg")):
            found = re.search(rf"/static/{name}\.[0-9a-f]{{12}}\.{kind}", page)
            assert found is not None
            answer = await visitor.open(found.group())
            assert answer.status_code == 200
            assert answer.headers["x-content-type-options"] == "nosniff"
