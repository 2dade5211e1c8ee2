"""What a token is good for, and how client apps come by one: security cases, section 8."""

import re

import pytest

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import Grant
from fedcomm.api import routing
from fedcomm.http.auth import need_of
from tests.running import ALL_SCOPES, PASSWORD, Instance
from tests.security.apps import BACK, CHALLENGE, NUMBERS, VERIFIER, code_for, exchange, person, register
from tests.security.browser import browser, hidden_fields

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
        if need is None or need.who != "member" or not need.scope:
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
    token = await house.token(None, f"{ALL_SCOPES} admin:read admin:write")
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


async def test_s105_who_waits_for_approval_sees_their_own_state_and_nothing_else(house: Instance) -> None:
    waiting = await house.person(f"auth_{next(NUMBERS)}", approved=False)
    token = await house.token(waiting)
    async with house.client(token) as client:
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 200
        for route in routing.routes:
            need = need_of(route.endpoint)
            is_about_them = route.path.endswith("/verify_credentials") or "/emails/" in route.path
            if need is None or need.who != "member" or is_about_them:
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
