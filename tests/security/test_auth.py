"""Getting in, and what a token or a session is good for: security cases, section 8."""

import base64
import hashlib
import itertools
import json
import logging
import re
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest

from fedcomm import app, config
from fedcomm.accounts import logins, oauth, scopes, sessions
from fedcomm.accounts.model import Account
from fedcomm.accounts.oauth import App, Grant
from fedcomm.api import routing
from fedcomm.http.auth import need_of
from tests.running import ALL_SCOPES, PASSWORD, Instance
from tests.security.browser import browser, hidden_fields
from tests.security.raw_http import answered

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACK = "https://client.example/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()

_numbers = itertools.count(1)


async def person(house: Instance, *, password: str | None = None) -> Account:
    """Somebody new."""
    return await house.person(f"auth_{next(_numbers)}", password=password)


async def register(house: Instance, *uris: str, allowed: str = "read write") -> tuple[App, str]:
    """A new app and its secret."""
    async with house.db() as db:
        return await oauth.register(
            db,
            name="Test client",
            redirect_uris=list(uris or (BACK,)),
            scopes=scopes.parse(allowed),
            now=house.site.now(),
        )


async def code_for(house: Instance, made: App, account: Account, *, challenge: str | None = None) -> str:
    """What the consent page gives to an app."""
    async with house.db() as db:
        return await oauth.make_code(
            db,
            made,
            account.id,
            redirect_uri=made.redirect_uris[0],
            scopes=("read",),
            challenge=challenge,
            challenge_method="S256" if challenge else None,
            now=house.site.now(),
        )


async def link_for(house: Instance, account: Account) -> str:
    """A one-time link to set a password."""
    now = house.site.now()
    async with house.db() as db:
        return await logins.make_link(db, account.id, now=now, expires_at=now + timedelta(hours=1))


async def exchange(house: Instance, made: App, secret: str, code: str, **more: str) -> httpx.Response:
    """Turn a code into a token."""
    fields = {
        "grant_type": "authorization_code",
        "client_id": made.client_id,
        "client_secret": secret,
        "code": code,
        "redirect_uri": made.redirect_uris[0],
    }
    async with house.client() as client:
        return await client.post("/oauth/token", data=fields | more)


@pytest.mark.parametrize(
    "asked",
    [
        BACK + "/",
        BACK + "/deeper",
        BACK + "?more=1",
        BACK + "#part",
        "https://user@client.example/back",
        "https://client.example:8443/back",
        "https://client.example.evil.test/back",
        "HTTPS://client.example/back",
        "http://client.example/back",
        "//client.example/back",
        "",
    ],
)
async def test_s113_any_other_redirect_address_is_a_page_and_never_a_redirect(house: Instance, asked: str) -> None:
    made, secret = await register(house)
    ada = await person(house, password=PASSWORD)
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        for query in (
            {"response_type": "code", "client_id": made.client_id, "redirect_uri": asked},
            {"response_type": "wrong", "client_id": made.client_id, "redirect_uri": asked},
        ):
            answer = await there.http.get("/oauth/authorize", params=query)
            assert answer.status_code == 400
            assert "location" not in answer.headers
    code = await code_for(house, made, ada)
    refused = await exchange(house, made, secret, code, redirect_uri=asked)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "uri",
    [
        "icecubesapp://",
        "com.tapbots.Ivory.10217:/request_token",
        "oauth2redirect://com.keylesspalace.tusky/",
        "https://elk.zone/api/beta.example/oauth/https%3A%2F%2Felk.zone",
        "http://127.0.0.1:51004/back",
    ],
)
async def test_s113_the_addresses_of_real_clients_lead_back_to_them_byte_for_byte(house: Instance, uri: str) -> None:
    made, secret = await register(house, uri)
    ada = await person(house, password=PASSWORD)
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        page = await there.http.get(
            "/oauth/authorize/",
            params={
                "response_type": "code",
                "client_id": made.client_id,
                "redirect_uri": uri,
                "scope": "read write",
                "state": "a b&c",
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
            },
        )
        assert page.status_code == 200
        answer = await there.http.post("/oauth/authorize", data=hidden_fields(page.text) | {"decision": "allow"})

    assert answer.status_code == 303
    target = answer.headers["location"]
    assert target.startswith(uri)
    found = re.fullmatch(re.escape(uri) + r"\?code=([A-Za-z0-9_-]+)&state=a\+b%26c", target)
    assert found, target
    given = await exchange(house, made, secret, found[1], code_verifier=VERIFIER)
    assert (given.status_code, given.json()["scope"]) == (200, "read write")


@pytest.mark.parametrize("verifier", [None, "", "w" * 43, "v" * 42, VERIFIER + "x", CHALLENGE])
async def test_s114_a_code_with_a_challenge_needs_its_verifier(house: Instance, verifier: str | None) -> None:
    made, secret = await register(house)
    code = await code_for(house, made, await person(house), challenge=CHALLENGE)
    more = {"code_verifier": verifier} if verifier is not None else {}

    refused = await exchange(house, made, secret, code, **more)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    again = await exchange(house, made, secret, code, code_verifier=VERIFIER)
    assert again.status_code == 400, "a code that was tried with a wrong verifier is used up"


async def test_s114_the_plain_method_is_refused_and_a_verifier_alone_too(house: Instance) -> None:
    made, secret = await register(house)
    ada = await person(house, password=PASSWORD)
    async with browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        for method in ("plain", "s256", "none"):
            answer = await there.http.get(
                "/oauth/authorize",
                params={
                    "response_type": "code",
                    "client_id": made.client_id,
                    "redirect_uri": BACK,
                    "code_challenge": CHALLENGE,
                    "code_challenge_method": method,
                },
            )
            assert (answer.status_code, "location" in answer.headers) == (400, False)
    code = await code_for(house, made, ada)
    assert (await exchange(house, made, secret, code, code_verifier=VERIFIER)).status_code == 400


async def test_a_code_is_good_once_and_for_its_app_alone(house: Instance) -> None:
    made, secret = await register(house)
    other, other_secret = await register(house)
    code = await code_for(house, made, await person(house))

    assert (await exchange(house, other, other_secret, code)).status_code == 400
    wrong = await exchange(house, made, "wrong", code)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert (await exchange(house, made, secret, code)).status_code == 200
    assert (await exchange(house, made, secret, code)).status_code == 400


async def test_s115_no_more_is_given_than_was_registered(house: Instance) -> None:
    made, secret = await register(house, allowed="read")
    ada = await person(house, password=PASSWORD)
    async with house.client() as client, browser(house) as there:
        await there.sign_in(ada.handle, PASSWORD)
        for asked in ("write", "read write:statuses", "admin:read", "nonsense"):
            query = {"response_type": "code", "client_id": made.client_id, "redirect_uri": BACK, "scope": asked}
            page = await there.http.get("/oauth/authorize", params=query)
            assert page.status_code == 400
            token = await client.post(
                "/oauth/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": made.client_id,
                    "client_secret": secret,
                    "scope": asked,
                },
            )
            assert (token.status_code, token.json()["error"]) == (400, "invalid_scope")


async def test_s115_a_token_that_reads_does_not_write_and_one_of_a_kind_does_only_that(house: Instance) -> None:
    """Each route that needs a scope, with a token that has every other one."""
    ada = await person(house)
    every = {
        scope
        for scope in scopes.KNOWN
        if ":" in scope and not scope.startswith("admin:") and scope not in ("read", "write")
    } | {"push", "profile"}
    checked = 0
    for route in routing.routes:
        need = need_of(route.endpoint)
        if need is None or need.who != "member":
            continue
        others = {scope for scope in every if not scopes.covers((scope,), need.scope)}
        token = await house.token(ada, " ".join(sorted(others)))
        async with house.client(token) as client:
            for method in route.methods:
                answer = await client.request(method, re.sub(r"{[a-z:]+}", "1", route.path))
                assert answer.status_code == 403, (method, route.path)
                assert answer.json() == {"error": "This action is outside the authorized scopes"}
                checked += 1
    assert checked > 50


async def test_s116_a_token_of_the_app_itself_is_422_where_a_person_is_needed(house: Instance) -> None:
    token = await house.token(None, ALL_SCOPES)
    async with house.client(token) as client:
        for route in routing.routes:
            need = need_of(route.endpoint)
            if need is None or need.who != "member":
                continue
            for method in route.methods:
                answer = await client.request(method, re.sub(r"{[a-z:]+}", "1", route.path))
                assert answer.status_code == 422, (method, route.path)
                assert answer.json() == {"error": "This method requires an authenticated user"}


async def test_s117_an_apps_secret_is_shown_once_at_registration(house: Instance) -> None:
    async with house.client() as client:
        made = (
            await client.post("/api/v1/apps", data={"client_name": "Client", "redirect_uris": f"{BACK}\n{BACK}/2"})
        ).json()
        assert made["redirect_uris"] == [BACK, f"{BACK}/2"]
        token = await client.post(
            "/oauth/token",
            json={
                "grant_type": "client_credentials",
                "client_id": made["client_id"],
                "client_secret": made["client_secret"],
            },
        )
    ada = await person(house)
    async with house.db() as db:
        registered = await oauth.app_by_client_id(db, made["client_id"])
        assert registered is not None
        await oauth.issue(db, registered, ada.id, scopes=("read",), now=house.site.now())
        listed = await oauth.authorised_apps(db, ada.id)
    async with house.client(token.json()["access_token"]) as client:
        shown = await client.get("/api/v1/apps/verify_credentials")

    assert made["client_secret"] not in shown.text
    assert "client_secret" not in shown.json()
    assert [each.client_id for each in listed] == [made["client_id"]]
    assert made["client_secret"] not in repr(listed)


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


async def test_a_token_that_is_revoked_is_refused_from_the_next_request_on(house: Instance) -> None:
    made, secret = await register(house)
    code = await code_for(house, made, await person(house))
    token = (await exchange(house, made, secret, code)).json()["access_token"]
    mine = {"client_id": made.client_id, "client_secret": secret, "token": token}
    async with house.client(token) as client:
        assert (await client.get("/api/v1/timelines/home")).status_code == 200
        stranger = await client.post("/oauth/revoke", data=mine | {"client_secret": "wrong"})
        assert stranger.status_code == 403
        assert (await client.get("/api/v1/timelines/home")).status_code == 200
        assert (await client.post("/oauth/revoke", json=mine)).status_code == 200
        assert (await client.get("/api/v1/timelines/home")).status_code == 401
        assert (await client.post("/oauth/revoke", json=mine)).status_code == 200


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
    ada = await house.person(f"auth_{next(_numbers)}", role="owner", password=PASSWORD)
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


async def test_s105_who_waits_for_approval_sees_their_own_state_and_nothing_else(house: Instance) -> None:
    waiting = await house.person(f"auth_{next(_numbers)}", approved=False)
    token = await house.token(waiting)
    async with house.client(token) as client:
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 200
        for route in routing.routes:
            need = need_of(route.endpoint)
            if need is None or need.who != "member" or route.path.endswith("/verify_credentials"):
                continue
            for method in route.methods:
                answer = await client.request(method, re.sub(r"{[a-z:]+}", "1", route.path))
                assert answer.status_code == 403, (method, route.path)
        assert (await client.get("/api/v1/accounts/lookup", params={"acct": waiting.handle})).status_code == 404


async def test_s108_the_handle_of_a_deleted_account_is_never_given_again(house: Instance) -> None:
    gone = await person(house)
    async with house.db() as db:
        await db.execute("UPDATE account SET state = 'deleted' WHERE id = $1", gone.id)
    token = await house.token(None, "write")
    async with house.client(token) as client:
        await house.site.reload_settings()
        answer = await client.post(
            "/api/v1/accounts",
            json={"username": gone.handle.upper(), "email": "z@z.example", "password": PASSWORD, "agreement": True},
        )
    assert answer.status_code == 422
    assert answer.json()["details"]["username"][0]["error"] == "ERR_TAKEN"


async def test_a_token_that_never_was_or_is_odd_is_refused(house: Instance) -> None:
    async with house.client() as client:
        for value in (b"Bearer nothing", b"Bearer", b"Bearer " + b"x" * 5_000, b"Bearer \xff\xfe", b"Basic dTpw", b"x"):
            answer = await client.get("/api/v1/timelines/home", headers=[(b"Authorization", value)])
            assert answer.status_code == 401
            assert answer.json() == {"error": "The access token is invalid"}


async def test_the_same_app_authorised_again_has_two_tokens_that_both_work(house: Instance) -> None:
    """Decisions D26: hashed tokens cannot be handed out twice."""
    made, secret = await register(house)
    ada = await person(house)
    grants: list[Grant] = []
    for _ in range(2):
        token = (await exchange(house, made, secret, await code_for(house, made, ada))).json()["access_token"]
        async with house.client(token) as client:
            assert (await client.get("/api/v1/timelines/home")).status_code == 200
        async with house.db() as db:
            grant = await oauth.grant_of(db, token)
            assert grant is not None
            grants.append(grant)
    assert grants[0].id != grants[1].id
