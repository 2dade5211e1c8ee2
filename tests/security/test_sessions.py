"""Passwords, sessions, forms, other origins, names of ours and what logs hold: security cases, section 8."""

import json
import logging
import re
from typing import Any

import httpx2 as httpx
import pytest

from fedcomm import app, config
from fedcomm.accounts import logins, oauth, sessions
from fedcomm.http.auth import need_of
from tests.running import PASSWORD, Instance
from tests.security.apps import NUMBERS, code_for, exchange, link_for, person, register
from tests.security.browser import browser, hidden_fields
from tests.security.raw_http import answered

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_s118_a_new_password_ends_all_sessions_tokens_codes_and_links(house: Instance) -> None:
    ada = await person(house, password=PASSWORD)
    token = await house.token(ada)
    made, secret = await register(house)
    code = await code_for(house, made, ada)
    async with browser(house) as there, house.client(token) as client:
        await there.sign_in(ada.handle, PASSWORD)
        assert (await there.open("/home")).status_code == 200
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 200
        async with house.db() as db:
            links = [
                await logins.make_link(
                    db, ada.id, now=house.site.now(), expires_at=house.site.now() + oauth.CODE_LIFETIME
                )
                for _ in range(2)
            ]
        page = house.here.set_password_url(links[0]).removeprefix(house.url)
        async with browser(house) as elsewhere:
            changed = await elsewhere.send(page, page, password="another good password")
            assert changed.status_code == 303, changed.text

        assert (await there.open("/home")).status_code == 303
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 401
        assert (await exchange(house, made, secret, code)).status_code == 400
        async with house.db() as db:
            for link in links:
                assert await logins.account_of_link(db, link, now=house.site.now()) is None
        assert (await there.sign_in(ada.handle, PASSWORD)).status_code == 422
        assert (await there.sign_in(ada.handle, "another good password")).status_code == 303


async def test_s118_a_reset_by_command_shuts_out_at_once(house: Instance) -> None:
    """What `./run account reset-password` does; a server finds it within its cache time (D57)."""
    ada = await person(house, password=PASSWORD)
    token = await house.token(ada)
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        async with house.db() as db:
            await logins.shut_out(db, ada.id)

        assert (await there.open("/home")).status_code == 303
        assert (await there.sign_in(ada.handle, PASSWORD)).status_code == 422
        async with house.client(token) as client:
            assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 401


async def test_s120_a_hundred_passwords_are_ten_for_the_account_and_for_the_address(house: Instance) -> None:
    """From many addresses for one account, and from one address for many accounts."""
    ada = await person(house, password=PASSWORD)
    statuses: list[int] = []
    async with browser(house) as there:
        page = hidden_fields((await there.open("/sign_in")).text)
        for n in range(12):
            headers = {"X-Forwarded-For": f"203.0.113.{n}"}
            form = page | {"login": ada.handle, "password": f"wrong password {n}"}
            statuses.append((await there.http.post("/sign_in", data=form, headers=headers)).status_code)
        assert statuses == [422] * 10 + [429] * 2
        right = await there.http.post(
            "/sign_in",
            data=page | {"login": ada.handle, "password": PASSWORD},
            headers={"X-Forwarded-For": "203.0.113.99"},
        )
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) > 0

        statuses = []
        for n in range(12):
            form = page | {"login": f"nobody_{n}", "password": "wrong password"}
            headers = {"X-Forwarded-For": "198.51.100.7"}
            statuses.append((await there.http.post("/sign_in", data=form, headers=headers)).status_code)
        assert statuses == [422] * 10 + [429] * 2


async def test_s127_a_session_gets_a_new_id_at_sign_in_and_no_script_sees_it(house: Instance) -> None:
    ada = await person(house, password=PASSWORD)
    name = f"fedcomm_{house.url.rpartition(':')[2]}"
    async with browser(house) as there:
        there.http.cookies.set(name, "an-id-from-somebody-else-0123456789", domain="localhost.local")
        first = await there.sign_in(ada.handle, PASSWORD)
        before = there.http.cookies[name]
        second = await there.send("/sign_in?again=1", "/sign_in", login=ada.handle, password=PASSWORD)

        assert before not in ("", "an-id-from-somebody-else-0123456789", there.http.cookies[name])
        for answer in (first, second):
            (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(name + "=")]
            assert "HttpOnly" in cookie
            assert "samesite=lax" in cookie.lower()
            assert "Path=/" in cookie
        async with house.db() as db:
            assert await sessions.find(db, before, now=house.site.now()) is None


async def test_s127_on_https_the_cookie_is_bound_to_its_host(house: Instance) -> None:
    settings = config.load(
        {
            "FEDCOMM_DOMAIN": "bakers.example",
            "DATABASE_URL": house.site.config.database_url or "",
            "FEDCOMM_LOG": "text",
        }
    )
    ada = await person(house, password=PASSWORD)
    async with app.running(settings, with_worker=False) as running:
        transport = httpx.ASGITransport(app=running.front)
        async with httpx.AsyncClient(transport=transport, base_url="https://bakers.example") as client:
            page = await client.get("/sign_in", headers={"Accept": "text/html"})
            form = hidden_fields(page.text) | {"login": ada.handle, "password": PASSWORD}
            answer = await client.post("/sign_in", data=form)
        cookies = [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]

    assert answer.status_code == 303
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-fedcomm", "__Host-fedcomm_form"}
    for cookie in cookies:
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "domain" not in cookie.lower()


async def test_s128_every_form_needs_the_value_of_its_own_page(house: Instance) -> None:
    """Each route that a browser's cookie lets in, with no value, a foreign one, and from a foreign page."""
    ada = await house.person(f"auth_{next(NUMBERS)}", role="owner", password=PASSWORD)
    forms = [
        route
        for route in app.routes()
        if "POST" in route.methods
        and (need := need_of(route.endpoint)) is not None
        and need.who in ("page", "page member", "admin")
    ]
    assert len(forms) > 15
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        mine = hidden_fields((await there.open("/home")).text)["csrf_token"]
        for route in forms:
            path = re.sub(r"{[a-z_]+(:[a-z]+)?}", "1", route.path)
            for fields, headers in (
                ({}, {}),
                ({"csrf_token": "x" * 43}, {}),
                ({"csrf_token": mine}, {"Origin": "https://evil.test"}),
                ({"csrf_token": mine}, {"Sec-Fetch-Site": "cross-site"}),
            ):
                answer = await there.http.post(path, data=fields, headers=headers)
                assert answer.status_code == 403, (path, fields, headers, answer.status_code)


async def test_s128_a_session_is_no_token_for_the_client_api(house: Instance) -> None:
    ada = await person(house, password=PASSWORD)
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        mine = hidden_fields((await there.open("/home")).text)["csrf_token"]
        for method, path in (("GET", "/api/v1/timelines/home"), ("POST", "/api/v1/statuses")):
            answer = await there.http.request(method, path, data={"status": "x", "csrf_token": mine})
            assert answer.status_code == 401


async def test_s129_other_sites_may_read_the_client_api_but_never_with_cookies(house: Instance) -> None:
    token = await house.token(await person(house))
    foreign = {"Origin": "https://client.example"}
    asked = foreign | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with house.client(token) as client, house.client() as nobody:
        for path in ("/api/v1/timelines/home", "/oauth/token", "/.well-known/oauth-authorization-server"):
            preflight = await nobody.options(path, headers=asked)
            assert preflight.status_code in (200, 204)
            assert preflight.headers["access-control-allow-origin"] == "*"
            assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
            assert "DELETE" in preflight.headers["access-control-allow-methods"]
            assert "access-control-allow-credentials" not in preflight.headers
        for answer in (
            await client.get("/api/v1/timelines/home", headers=foreign),
            await nobody.get("/api/v1/timelines/home", headers=foreign),
            await client.get("/api/v1/statuses/1", headers=foreign),
            await client.post("/api/v1/statuses", json={}, headers=foreign),
        ):
            assert answer.headers["access-control-allow-origin"] == "*"
            assert {"Link", "X-RateLimit-Remaining"} <= set(answer.headers["access-control-expose-headers"].split(", "))
            assert "access-control-allow-credentials" not in answer.headers
        picture = (await client.get("/api/v1/accounts/verify_credentials")).json()["avatar"]
        shown = await nobody.get(picture, headers=foreign)
        assert (shown.status_code, shown.headers["access-control-allow-origin"]) == (200, "*"), "apps read its pixels"
        for path in ("/", "/sign_in", "/admin", "/home", "/oauth/authorize", "/settings"):
            for answer in (await nobody.get(path, headers=foreign), await nobody.options(path, headers=asked)):
                assert not [name for name in answer.headers if name.startswith("access-control-")], path


async def test_s132_links_come_from_the_configuration_whatever_the_host_header_says(house: Instance) -> None:
    token = await house.token(await person(house))
    async with house.client(token) as client:
        for host in ("evil.test", "evil.test:80", "localhost:1"):
            forged = {"Host": host, "X-Forwarded-Host": host}
            post = await client.post("/api/v1/statuses", json={"status": "x"}, headers=forged)
            page = await client.get("/api/v1/timelines/home", headers=forged)
            for answer in (post, page):
                assert answer.status_code in (200, 400)
                assert host not in answer.text
                assert host not in answer.headers.get("link", "")
            assert (await client.get("/api/v2/instance", headers=forged)).text.count(host) == 0


@pytest.mark.parametrize(
    "hosts",
    [
        [b"evil.test/x?y#z"],
        [b"[::1"],
        [b"a b"],
        [b""],
        [b"evil.test\\x"],
        [b"user@evil.test"],
        [b"evil.test:99:9"],
        [b"%00"],
        [b"evil.test, localhost"],
        [b"\xff\xfe"],
        [b"localhost", b"evil.test"],
        [],
    ],
)
async def test_s132_a_request_without_one_proper_host_is_400(house: Instance, hosts: list[bytes]) -> None:
    for path in (b"/api/v2/instance", b"/sign_in", b"/nothing"):
        head = b"GET " + path + b" HTTP/1.1\r\n" + b"".join(b"Host: " + host + b"\r\n" for host in hosts)
        assert await answered(house, head + b"Accept: text/html\r\nConnection: close\r\n\r\n") == [400]


@pytest.mark.parametrize("host", [b"localhost:1", b"LOCALHOST", b"[::1]:80", b"127.0.0.1", b"xn--bcher-kva.example"])
async def test_s132_other_names_of_ours_are_answered(house: Instance, host: bytes) -> None:
    head = b"GET /api/v2/instance HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    assert await answered(house, head) == [200]
    assert await answered(house, b"GET /healthz HTTP/1.0\r\n\r\n") == [200]


async def test_s136_no_log_line_has_a_token_a_password_or_a_link(
    house: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await person(house, password=PASSWORD)
    token = await house.token(ada)
    link = await link_for(house, ada)
    made, secret = await register(house)
    code = await code_for(house, made, ada)
    with caplog.at_level(logging.DEBUG):
        async with house.client(token) as client, browser(house) as there:
            await client.post("/api/v1/statuses", json={"status": "canary text"})
            await client.get("/api/v1/statuses/1")
            await there.http.get("/api/v1/timelines/home", params={"access_token": token})
            await there.sign_in(ada.handle, PASSWORD)
            await there.open(house.here.set_password_url(link))
            given: dict[str, Any] = json.loads((await exchange(house, made, secret, code)).content)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("fedcomm", "federation"))]

    assert ours
    for hidden in (token, PASSWORD, link, secret, code, given["access_token"], "canary text"):
        assert not [line for line in ours if hidden in line]
