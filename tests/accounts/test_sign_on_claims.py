"""What a provider says is believed only as far as it is proven: signature, issuer, audience, time, attempt (S016)."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from fedcomm.accounts import sign_on_claims
from fedcomm.accounts.sign_on_claims import NotProven, UnknownKey
from fedcomm.accounts.sign_on_provider import Away, Provider
from fedcomm.sign_on_settings import SignOn
from tests.kit import FakeServer, answers
from tests.kit.servers import Exchange, Script

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ISSUER = "https://login.example"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})


def public(*keys: RSAKey | ECKey) -> list[dict[str, Any]]:
    return [dict(key.as_dict(private=False)) for key in keys]


def token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **changes: Any) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "fedcomm",
        "sub": "1",
        "nonce": "n",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    header = {"alg": algorithm} | ({"kid": kid} if kid else {})
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def checked(value: str, keys: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return sign_on_claims.checked(
        value, public(KEY) if keys is None else keys, issuer=ISSUER, client_id="fedcomm", nonce="n", now=NOW
    )


def test_a_proven_token_is_believed() -> None:
    assert checked(token())["sub"] == "1"
    assert checked(token(aud=["fedcomm", "other"], azp="fedcomm"))["sub"] == "1"
    curve = ECKey.generate_key("P-256", {"kid": "ec"})
    assert checked(token(curve, "ES256", "ec"), public(KEY, curve))["sub"] == "1"
    assert checked(token(kid=None))["sub"] == "1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["fedcomm", "other"]},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int((NOW - timedelta(minutes=2)).timestamp())},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": int((NOW + timedelta(minutes=2)).timestamp())},
        {"nbf": int((NOW + timedelta(minutes=2)).timestamp())},
    ],
)
def test_claims_that_do_not_fit_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotProven):
        checked(token(**changes))


def none_at_all() -> str:
    _, payload, _ = token().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}."


def with_the_public_key_as_secret() -> str:
    """The attack of S016: what everybody can read is taken for a shared secret."""
    _, payload, _ = token().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "one"}).encode()).rstrip(b"=").decode()
    mac = hmac.new(KEY.as_pem(private=False), f"{header}.{payload}".encode(), hashlib.sha256).digest()
    return f"{header}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "made",
    [none_at_all, with_the_public_key_as_secret, lambda: token()[:-8] + "AAAAAAAA", lambda: "a.b.c", lambda: ""],
)
def test_s016_the_algorithm_is_ours_to_choose(made: Callable[[], str]) -> None:
    with pytest.raises(NotProven):
        checked(made())


def test_a_key_that_is_not_the_providers_proves_nothing() -> None:
    with pytest.raises(UnknownKey):
        checked(token(OTHER, kid="two"))
    with pytest.raises(NotProven):
        checked(token(OTHER, kid="one"))
    with pytest.raises(UnknownKey):
        checked(token(), [{**public(KEY)[0], "use": "enc"}])


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "a\0b"])
def test_somebody_without_a_usable_subject_is_nobody(subject: object) -> None:
    with pytest.raises(NotProven):
        sign_on_claims.person({"sub": subject}, issuer=ISSUER)


def test_names_and_addresses_are_bounded_and_odd_ones_left_out() -> None:
    """S125: an odd mail address is none."""
    found = sign_on_claims.person(
        {
            "sub": "1",
            "email": "a@b.example\r\nBcc: x",
            "email_verified": True,
            "name": "A" * 500 + "\u202e",
            "preferred_username": "Émile Zola!",
        },
        issuer=ISSUER,
    )

    assert (found.email, found.is_confirmed, len(found.name), found.handle) == ("", False, 60, "mile_zola")


async def answer(exchange: Exchange, value: object) -> None:
    await exchange.reply(200, json.dumps(value).encode(), content_type="application/json")


def always(value: Callable[[], object]) -> Script:
    async def script(exchange: Exchange) -> None:
        await answer(exchange, value())

    return script


def provider(server: FakeServer, keys_again_s: float = 30.0) -> Provider:
    chosen = SignOn(issuer=server.base, client_id="fedcomm", client_secret="s", name="Portal")
    return Provider(chosen, tls=ssl.create_default_context(), seconds=5, keys_again_s=keys_again_s)


def itself(server: FakeServer, **changes: object) -> dict[str, object]:
    return {
        "issuer": server.base,
        "authorization_endpoint": server.url("/authorize"),
        "token_endpoint": server.url("/token"),
        "jwks_uri": server.url("/keys"),
        **changes,
    }


DISCOVERY = "/.well-known/openid-configuration"


async def who(asked: Provider) -> str:
    return (await asked.claims("code", nonce="n", verifier="v", back="http://here/back", now=NOW)).subject


async def test_keys_are_kept_and_asked_for_again_when_they_were_changed() -> None:
    """But not again and again: whoever makes up tokens cannot make us ask."""
    async with FakeServer(name="127.0.0.1") as server:
        known, signing = [KEY], [(KEY, "one")]

        def given() -> object:
            key, kid = signing[-1]
            return {"id_token": token(key, kid=kid, iss=server.base)}

        server.on(DISCOVERY, always(lambda: itself(server)))
        server.on("/keys", always(lambda: {"keys": public(*known)}))
        server.on("/token", always(given))
        slow, quick = provider(server), provider(server, keys_again_s=0.0)
        subjects = [await who(slow), await who(slow), await who(quick)]
        asked = [seen.path for seen in server.seen].count("/keys")
        known.append(OTHER)
        signing.append((OTHER, "two"))
        subjects.append(await who(quick))
        with pytest.raises(UnknownKey):
            await who(slow)
        await slow.close()
        await quick.close()

    assert subjects == ["1"] * 4
    assert asked == 2


async def test_the_proof_of_the_attempt_and_the_secret_go_with_the_code() -> None:
    """S114: PKCE; a provider that takes no Basic gets the secret in the form."""
    async with FakeServer(name="127.0.0.1") as server:
        server.on("/keys", always(lambda: {"keys": public(KEY)}))
        server.on("/token", always(lambda: {"id_token": token(iss=server.base)}))
        sent: list[tuple[str, bytes]] = []
        for ways in (["client_secret_basic"], ["client_secret_post"]):
            server.on(DISCOVERY, always(lambda ways=ways: itself(server, token_endpoint_auth_methods_supported=ways)))
            asked = provider(server)
            url = await asked.address(state="s", nonce="n", verifier="v", back="http://here/back")
            await who(asked)
            await asked.close()
            (last,) = [seen for seen in server.seen if seen.path == "/token"][-1:]
            sent.append((last.headers.get("authorization", ""), last.body))

    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v").digest()).rstrip(b"=").decode()
    assert "code_challenge_method=S256" in url
    assert f"code_challenge={challenge}" in url
    assert sent[0][0] == "Basic " + base64.b64encode(b"fedcomm:s").decode()
    assert b"code_verifier=v" in sent[0][1]
    assert b"client_secret" not in sent[0][1]
    assert sent[1][0] == ""
    assert b"client_secret=s" in sent[1][1]


@pytest.mark.parametrize("wrong", ["issuer", "endpoint", "redirect", "large", "no json", "error"])
async def test_a_provider_that_answers_oddly_is_of_no_use(wrong: str) -> None:
    async with FakeServer(name="127.0.0.1") as server:
        said = itself(server)
        if wrong == "issuer":
            said["issuer"] = "https://other.example"
        if wrong == "endpoint":
            said["authorization_endpoint"] = "javascript:alert(1)"
        script = {
            "redirect": answers.redirect("/elsewhere"),
            "large": answers.without_end(),
            "no json": answers.text("<html>", content_type="text/html"),
            "error": answers.status(500),
        }.get(wrong, always(lambda: said))
        server.on(DISCOVERY, script)
        asked = provider(server)
        with pytest.raises(Away):
            await asked.address(state="s", nonce="n", verifier="v", back="http://here/back")
        await asked.close()
        paths = {seen.path for seen in server.seen}

    assert paths == {DISCOVERY}


async def test_what_the_provider_says_of_somebody_else_does_not_count() -> None:
    async with FakeServer(name="127.0.0.1") as server:
        more: dict[str, object] = {"sub": "1", "email": "ada@shop.example", "email_verified": True}
        server.on(DISCOVERY, always(lambda: itself(server, userinfo_endpoint=server.url("/userinfo"))))
        server.on("/keys", always(lambda: {"keys": public(KEY)}))
        server.on("/token", always(lambda: {"id_token": token(iss=server.base), "access_token": "a"}))
        server.on("/userinfo", always(lambda: more))
        asked = provider(server)
        arguments = {"nonce": "n", "verifier": "v", "back": "http://here/back"}
        own = await asked.claims("code", now=NOW, **arguments)
        more["sub"] = "2"
        others = await asked.claims("code", now=NOW, **arguments)
        await asked.close()

    assert (own.email, own.is_confirmed) == ("ada@shop.example", True)
    assert (others.subject, others.email) == ("1", "")
