"""Apps, their scopes, codes and tokens."""

import base64
import hashlib
from typing import Any

import pytest

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import App, Refused
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from tests.factories import NOON, later, make_account

BACK = "https://client.example/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def register(db: Connection, *uris: str, allowed: str = "read write") -> tuple[App, str]:
    return await oauth.register(
        db, name="Client", redirect_uris=list(uris or (BACK,)), scopes=scopes.parse(allowed), now=NOON
    )


@pytest.mark.parametrize(
    "uri",
    [
        oauth.OUT_OF_BAND,
        BACK,
        "http://localhost:8000/",
        "icecubesapp://",
        "com.tapbots.Ivory.10217:/request_token",
        "https://elk.zone/api/x/oauth/https%3A%2F%2Felk.zone?a=b",
    ],
)
def test_redirect_addresses_of_real_clients_are_taken_as_they_are(uri: str) -> None:
    assert oauth.check_redirect_uri(uri) == uri


HARMFUL = [
    "", "client.example", "/back", "https://", "https://user@client.example/", "https://client.example/#part",
    "javascript:alert(1)", "DATA:text/html,x", "file:///etc/passwd", "https://client.example/a b", "x:\n", "https://[",
    "https://client.example/" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("uri", HARMFUL)
def test_s113_addresses_that_could_harm_are_not_registered(uri: str) -> None:
    with pytest.raises(Invalid, match="Redirect URI"):
        oauth.check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "client_name"),
        ({"name": "x" * 61}, "client_name"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": [BACK] * 21}, "redirect_uris"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "client.example"}, "website"),
    ],
)
async def test_an_app_that_is_none_is_refused(db: Connection, given: dict[str, Any], field: str) -> None:
    fitting: dict[str, Any] = {"name": "Client", "redirect_uris": [BACK], "website": None}
    with pytest.raises(Invalid) as refused:
        await oauth.register(db, **(fitting | given), scopes=("read",), now=NOON)
    assert refused.value.field == field


async def test_an_app_is_known_by_its_secret(db: Connection) -> None:
    app, secret = await register(db)
    assert await oauth.authenticate_app(db, app.client_id, secret) == app
    assert await oauth.app_by_client_id(db, app.client_id) == await oauth.app_by_id(db, app.id) == app
    for client_id, wrong in ((app.client_id, ""), (app.client_id, secret + "x"), ("nobody", secret)):
        with pytest.raises(Refused) as refused:
            await oauth.authenticate_app(db, client_id, wrong)
        assert (refused.value.code, refused.value.status) == ("invalid_client", 401)


@pytest.mark.parametrize(
    ("granted", "wanted", "is_covered"),
    [
        ("read", "read:statuses", True),
        ("read", "read", True),
        ("read:statuses", "read", False),
        ("read:statuses", "read:lists", False),
        ("read", "write:statuses", False),
        ("write", "read", False),
        ("follow", "write:follows", True),
        ("follow", "read:mutes", True),
        ("follow", "write:statuses", False),
        ("read", "profile", True),
        ("read:accounts", "profile", True),
        ("profile", "read:accounts", False),
        ("read:status", "read:statuses", False),
        ("admin:read", "admin:read:accounts", True),
        ("read", "admin:read:accounts", False),
    ],
)
def test_s115_a_scope_covers_itself_and_its_parts(granted: str, wanted: str, is_covered: bool) -> None:
    assert scopes.covers((granted,), wanted) is is_covered


def test_scopes_are_read_with_spaces_or_plus_and_once_each() -> None:
    assert scopes.parse("read write+follow read") == ("read", "write", "follow")
    assert scopes.parse(None) == scopes.parse("") == ("read",)
    for wrong in ("nothing", "read:nothing", "READ", "read,write"):
        with pytest.raises(Invalid, match="scope"):
            scopes.parse(wrong)


async def test_s115_what_was_registered_is_the_ceiling(db: Connection) -> None:
    app, _ = await register(db, allowed="read write:statuses")
    assert oauth.narrowed(app, "read:lists write:statuses") == ("read:lists", "write:statuses")
    assert oauth.narrowed(app, None) == ("read",)
    for wrong in ("write", "read follow", "admin:read", "nonsense"):
        with pytest.raises(Refused) as refused:
            oauth.narrowed(app, wrong)
        assert refused.value.code == "invalid_scope"


async def code(db: Connection, app: App, account_id: int, *, challenge: str | None = None) -> str:
    return await oauth.make_code(
        db,
        app,
        account_id,
        redirect_uri=BACK,
        scopes=("read",),
        challenge=challenge,
        challenge_method="S256" if challenge else None,
        now=NOON,
    )


async def test_a_code_becomes_a_token_once_within_ten_minutes(db: Connection) -> None:
    app, _ = await register(db)
    ada = await make_account(db)
    late = await code(db, app, ada.id)
    good = await code(db, app, ada.id, challenge=CHALLENGE)

    with pytest.raises(Refused):
        await oauth.exchange_code(db, app, code=late, redirect_uri=BACK, verifier=None, now=later(minutes=11))
    grant, value = await oauth.exchange_code(
        db, app, code=good, redirect_uri=BACK, verifier=VERIFIER, now=later(minutes=9)
    )
    assert (grant.account_id, grant.scopes) == (ada.id, ["read"])
    assert await oauth.grant_of(db, value) == grant
    with pytest.raises(Refused) as refused:
        await oauth.exchange_code(db, app, code=good, redirect_uri=BACK, verifier=VERIFIER, now=later(minutes=9))
    assert refused.value.code == "invalid_grant"


@pytest.mark.parametrize("verifier", [None, "", "w" * 43, "v" * 42, "v" * 129, CHALLENGE])
async def test_s114_without_its_verifier_a_challenged_code_is_worth_nothing(
    db: Connection, verifier: str | None
) -> None:
    app, _ = await register(db)
    made = await code(db, app, (await make_account(db)).id, challenge=CHALLENGE)
    with pytest.raises(Refused):
        await oauth.exchange_code(db, app, code=made, redirect_uri=BACK, verifier=verifier, now=NOON)


async def test_a_token_ends_when_it_is_revoked_by_its_own_app(db: Connection) -> None:
    app, _ = await register(db)
    other, _ = await register(db)
    ada = await make_account(db)
    _, value = await oauth.issue(db, app, ada.id, scopes=("read",), now=NOON)

    await oauth.revoke(db, other, value, now=NOON)
    assert await oauth.grant_of(db, value) is not None
    await oauth.revoke(db, app, value, now=NOON)
    assert await oauth.grant_of(db, value) is None


async def test_an_app_that_is_put_out_loses_its_tokens_and_codes_and_others_keep_theirs(db: Connection) -> None:
    app, _ = await register(db)
    other, _ = await register(db)
    ada = await make_account(db)
    _, mine = await oauth.issue(db, app, ada.id, scopes=("read",), now=NOON)
    _, theirs = await oauth.issue(db, other, ada.id, scopes=("read",), now=NOON)
    made = await code(db, app, ada.id)
    assert {each.id for each in await oauth.authorised_apps(db, ada.id)} == {app.id, other.id}

    await oauth.revoke_app(db, ada.id, app.id)
    assert await oauth.grant_of(db, mine) is None
    assert await oauth.grant_of(db, theirs) is not None
    with pytest.raises(Refused):
        await oauth.exchange_code(db, app, code=made, redirect_uri=BACK, verifier=None, now=NOON)
    assert [each.id for each in await oauth.authorised_apps(db, ada.id)] == [other.id]
    await oauth.revoke_all(db, ada.id)
    assert await oauth.authorised_apps(db, ada.id) == []
