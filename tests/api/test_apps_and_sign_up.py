"""Client apps register themselves, and people sign up from them."""

from typing import Any

import pytest

from fedcomm.accounts import logins, lookup, signup
from fedcomm.http.auth import forget_tokens
from tests.api import clients
from tests.api.callers import caller
from tests.running import PASSWORD, Instance, MakeDatabase, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACK = "com.tapbots.Ivory.10217:/request_token"


@pytest.mark.parametrize(
    "options",
    [
        {"data": {"client_name": "Client", "redirect_uris": BACK, "scopes": "read write"}},
        {"json": {"client_name": "Client", "redirect_uris": BACK, "scopes": "read write"}},
        {"json": {"client_name": "Client", "redirect_uris": [BACK], "scopes": "read+write", "website": None}},
        {"params": {"client_name": "Client", "redirect_uris": BACK, "scopes": "read write"}},
        {"data": {"client_name": "Client", "redirect_uris[]": BACK, "scopes": "read write", "website": ""}},
        {"files": {"client_name": (None, "Client"), "redirect_uris": (None, BACK), "scopes": (None, "read write")}},
    ],
    ids=["form", "json", "list", "query", "form list", "parts"],
)
async def test_an_app_registers_in_whatever_form(house: Instance, options: dict[str, Any]) -> None:
    async with clients.client(house) as http:
        made = (await http.request("POST", "/api/v1/apps/", **options)).json()

    assert (made["name"], made["redirect_uri"], made["redirect_uris"]) == ("Client", BACK, [BACK])
    assert (made["scopes"], made["website"]) == (["read", "write"], None)
    assert made["client_id"] != made["client_secret"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"client_name": "Client"},
        {"redirect_uris": BACK},
        {"client_name": "Client", "redirect_uris": "\n"},
        {"client_name": "Client", "redirect_uris": "javascript:alert(1)"},
        {"client_name": "Client", "redirect_uris": BACK, "scopes": "everything"},
        {"client_name": "x" * 61, "redirect_uris": BACK},
        {"client_name": "Client", "redirect_uris": BACK, "website": "javascript:alert(1)"},
    ],
)
async def test_an_app_that_is_none_is_refused(house: Instance, given: dict[str, str]) -> None:
    async with clients.client(house) as http:
        assert (await http.post("/api/v1/apps", json=given)).status_code == 422


async def test_other_grants_than_codes_and_credentials_are_not_given(house: Instance) -> None:
    """Decisions D27: the password grant that old clients still try."""
    async with clients.client(house) as http:
        app = (await http.post("/api/v1/apps", json={"client_name": "Client", "redirect_uris": BACK})).json()
        mine = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
        for kind in ("password", "refresh_token", "implicit", ""):
            answer = await http.post(
                "/oauth/token", data={**mine, "grant_type": kind, "username": "a", "password": "b"}
            )
            assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_an_app_names_itself_in_the_header_too(house: Instance) -> None:
    async with clients.client(house) as http:
        app = (await http.post("/api/v1/apps", json={"client_name": "Client", "redirect_uris": BACK})).json()
        mine = (app["client_id"], app["client_secret"])
        good = await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=mine)
        wrong = await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(mine[0], "wrong"))
        odd = await http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic !!!"}
        )

    assert (good.status_code, good.headers["cache-control"]) == (200, "no-store")
    for answer in (wrong, odd):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_what_the_server_offers_can_be_found_out(house: Instance) -> None:
    async with clients.client(house) as http:
        found = (await http.get("/.well-known/oauth-authorization-server")).json()

    assert found["issuer"] == f"{house.url}/"
    assert found["token_endpoint"] == f"{house.url}/oauth/token"
    assert found["grant_types_supported"] == ["authorization_code", "client_credentials"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert {"read", "write", "follow", "push", "profile"} <= set(found["scopes_supported"])


async def test_who_a_token_belongs_to(house: Instance) -> None:
    async with caller(house, allowed="profile") as ada:
        for method in ("GET", "POST"):
            shown = await ada.ask(method, "/oauth/userinfo")
            assert (shown["sub"], shown["preferred_username"]) == (ada.account.uri, ada.account.handle)
        assert (await ada.get("/api/v1/accounts/verify_credentials"))["id"] == ada.id
        await ada.refused(403, "GET", "/api/v1/preferences")


FORM = {"username": "zoe", "email": "zoe@company.example", "password": PASSWORD, "agreement": True, "locale": "de-AT"}


@pytest.mark.asyncio(loop_scope="function")
async def test_with_open_sign_up_an_account_is_usable_at_once(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as here:
        async with clients.client(here, await here.token(None)) as http:
            token = (await http.post("/api/v1/accounts", json=FORM)).json()
        async with clients.client(here, token["access_token"]) as http:
            assert (await http.get("/api/v1/accounts/verify_credentials")).json()["username"] == "zoe"
            assert (await http.post("/api/v1/statuses", data={"status": "Hello"})).status_code == 200
        async with here.db() as db:
            zoe = await lookup.local(db, "zoe")
            assert zoe is not None
            assert (await logins.of(db, zoe.id)).locale == "de"


@pytest.mark.asyncio(loop_scope="function")
async def test_with_approval_the_token_works_once_an_admin_has_agreed(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="approval") as here:
        async with clients.client(here, await here.token(None)) as http:
            token = (await http.post("/api/v1/accounts", data={**FORM, "reason": "I bake", "agreement": "true"})).json()
        async with clients.client(here, token["access_token"]) as http:
            refused = await http.post("/api/v1/statuses", data={"status": "Hello"})
            assert (refused.status_code, refused.json()["error"]) == (403, "Your login is currently pending approval")
            async with here.db() as db:
                (waiting,) = await signup.waiting(db)
                assert (waiting.handle, waiting.reason) == ("zoe", "I bake")
                await signup.approve(db, waiting.account_id, now=here.site.now())
            forget_tokens(here.site)
            assert (await http.post("/api/v1/statuses", data={"status": "Hello"})).status_code == 200


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("registrations", ["invite", "closed"])
async def test_an_instance_that_takes_nobody_says_so(database_url: MakeDatabase, registrations: str) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS=registrations) as here:
        async with clients.client(here, await here.token(None)) as http:
            refused = await http.post("/api/v1/accounts", json=FORM)
            assert (refused.status_code, refused.json()["error"]) == (403, "This instance does not take sign-ups.")


@pytest.mark.asyncio(loop_scope="function")
async def test_what_is_wrong_with_a_sign_up_is_told_by_field(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as here:
        await here.person("ada")
        async with clients.client(here, await here.token(None)) as http:
            for field, value, code in (
                ("username", "admin", "ERR_INVALID"),
                ("username", "a b", "ERR_INVALID"),
                ("username", "ADA", "ERR_TAKEN"),
                ("email", "ada@company.example", "ERR_TAKEN"),
                ("email", "none", "ERR_INVALID"),
                ("password", "short", "ERR_INVALID"),
                ("agreement", False, "ERR_INVALID"),
                ("reason", "x" * 1_001, "ERR_INVALID"),
            ):
                refused = await http.post("/api/v1/accounts", json={**FORM, field: value})
                assert refused.status_code == 422
                assert {name: found[0]["error"] for name, found in refused.json()["details"].items()} == {field: code}
        async with here.db() as db:
            assert await lookup.local(db, "zoe") is None
