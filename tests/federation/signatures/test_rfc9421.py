"""RFC 9421: the library `http-message-signatures` judges what we send, and sends what we read."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha512
from typing import Any

import pytest
from http_message_signatures import algorithms as library_algorithms
from http_message_signatures.resolvers import HTTPSignatureKeyResolver
from http_message_signatures.signatures import HTTPMessageSigner, HTTPMessageVerifier
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unauthentic
from federation.signatures.claims import Claim
from federation.signatures.digests import content_digest_field, content_digest_matches, digest_field, sha256
from federation.signatures.key_formats import PrivateKey
from federation.signatures.request import read_request
from federation.signatures.rfc9421 import read_wish
from federation.signatures.signing import SigningKey, sign_request, wish_of
from federation.signatures.verifying import read_signatures
from tests.federation.signatures.letters import ADAS_KEY, BODY, HERE, NOON
from tests.keys import ed25519_key, rsa_key

KEYS: Mapping[str, PrivateKey] = {"rsa": rsa_key(0), "ed25519": ed25519_key(0)}
_LIBRARY: Any = library_algorithms
ALGORITHMS: Mapping[str, Any] = {"rsa": _LIBRARY.RSA_V1_5_SHA256, "ed25519": _LIBRARY.ED25519}
POST_COVERED = ("@method", "@target-uri", "content-digest")
GET_COVERED = ("@method", "@target-uri")


class OneKey(HTTPSignatureKeyResolver):
    """The library's way to ask for a key: there is one."""

    def __init__(self, kind: str) -> None:
        self.key = KEYS[kind]

    def resolve_private_key(self, key_id: str) -> PrivateKey:
        return self.key

    def resolve_public_key(self, key_id: str) -> object:
        return self.key.public_key()


@dataclass
class Message:
    """A request as the library wants it."""

    method: str
    url: str
    headers: dict[str, str]


def by_library(
    kind: str = "rsa",
    *,
    method: str = "POST",
    url: str = f"{HERE}/inbox",
    covered: tuple[str, ...] = POST_COVERED,
    headers: Mapping[str, str] | None = None,
    body: bytes = BODY,
    created: datetime = NOON,
    expires: datetime | None = None,
    key_id: str = ADAS_KEY,
    include_alg: bool = True,
) -> dict[str, str]:
    """The headers of a request that the library signed."""
    fields = {"Content-Digest": content_digest_field(sha256(body)), "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    message = Message(method, url, fields | dict(headers or {}))
    signer: Any = HTTPMessageSigner(signature_algorithm=ALGORITHMS[kind], key_resolver=OneKey(kind))
    signer.sign(
        message,
        key_id=key_id,
        created=created,
        expires=expires,
        label="sig1",
        covered_component_ids=covered,
        include_alg=include_alg,
        use_existing_digest=True,
    )
    return message.headers


def read(
    headers: Mapping[str, str], *, method: str = "POST", target: str = "/inbox", here: str = HERE, body: bytes = BODY
) -> Claim:
    """The one claim of a request, read as if it had just come."""
    (claim,) = read_signatures(read_request(method, target, here, headers, body), NOON)
    return claim


def is_proven(claim: Claim, kind: str = "rsa") -> bool:
    return claim.is_proven_by(KEYS[kind].public_key())


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_library_accepts_what_we_sign(kind: str, method: str) -> None:
    now = datetime.now(UTC)  # the library knows no other time
    url = "https://beta.example/inbox?page=2"
    digest = sha256(BODY) if method == "POST" else None
    key = SigningKey(ADAS_KEY, KEYS[kind])
    headers = sign_request(key, method=method, url=url, now=now, body_sha256=digest, scheme="rfc9421")

    verifier: Any = HTTPMessageVerifier(signature_algorithm=ALGORITHMS[kind], key_resolver=OneKey(kind))
    covered = POST_COVERED if method == "POST" else GET_COVERED
    (result,) = verifier.verify(
        Message(method, url, headers), require_components=covered, body=BODY if method == "POST" else None
    )

    assert result.parameters["keyid"] == ADAS_KEY
    assert result.label == "sig1"


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("include_alg", [True, False])
def test_we_accept_what_the_library_signs(kind: str, include_alg: bool) -> None:
    claim = read(by_library(kind, include_alg=include_alg))

    assert (claim.scheme, claim.key_id) == ("rfc9421", ADAS_KEY)
    assert is_proven(claim, kind)
    assert not is_proven(claim, "ed25519" if kind == "rsa" else "rsa")


def test_we_accept_all_that_fedify_covers() -> None:
    covered = ("@method", "@target-uri", "@authority", "host", "date", "content-digest")

    assert is_proven(read(by_library(covered=covered, headers={"Host": "assoc.example"})))


def test_every_derived_component_of_a_request_is_understood() -> None:
    covered = ("@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query")
    headers = by_library(method="GET", url="http://localhost:7001/u/ada?a=b&c", covered=covered)

    claim = read(headers, method="GET", target="/u/ada?a=b&c", here="http://localhost:7001")
    assert is_proven(claim)


@given(
    path=st.from_regex(r"/[a-zA-Z0-9/._~-]{0,20}(\?[a-zA-Z0-9=&/?]{0,10})?", fullmatch=True),
    body=st.binary(max_size=50),
    late=st.integers(-3600, 3600),
    kind=st.sampled_from(["rsa", "ed25519"]),
)
def test_what_we_sign_we_accept(path: str, body: bytes, late: int, kind: str) -> None:
    key = SigningKey(ADAS_KEY, KEYS[kind])
    url = f"https://Beta.example:443{path}#x"
    headers = sign_request(key, method="POST", url=url, now=NOON, body_sha256=sha256(body), scheme="rfc9421")
    request = read_request("POST", path, "https://beta.example", headers, body)

    (claim,) = read_signatures(request, NOON + timedelta(seconds=late))

    assert is_proven(claim, kind)


def ours() -> dict[str, str]:
    key = SigningKey(ADAS_KEY, KEYS["rsa"])
    headers = sign_request(
        key, method="POST", url=f"{HERE}/inbox", now=NOON, body_sha256=sha256(BODY), scheme="rfc9421"
    )
    return {"method": "POST", "target": "/inbox", "body": BODY.decode(), **headers}


def accepts(parts: Mapping[str, str]) -> bool:
    fields = {name: parts[name] for name in ("Content-Digest", "Signature-Input", "Signature")}
    try:
        claim = read(fields, method=parts["method"], target=parts["target"], body=parts["body"].encode())
    except Unauthentic:
        return False
    return claim.key_id == ADAS_KEY and is_proven(claim)


@given(st.data(), st.sampled_from(["method", "target", "Content-Digest", "Signature-Input", "body"]))
def test_verifying_accepts_only_what_was_signed(data: st.DataObject, name: str) -> None:
    parts = ours()
    assert accepts(parts)
    old = parts[name]
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    parts[name] = old[:start] + data.draw(st.text(st.characters(codec="ascii"), max_size=3)) + old[end:]

    # Blanks around a header are not part of it, and methods are always in capitals.
    if parts[name].strip(" \t").upper() != old.upper():
        assert not accepts(parts)


def test_s002_a_post_without_digest_is_refused() -> None:
    with pytest.raises(Unauthentic, match="does not cover"):
        read(by_library(covered=GET_COVERED))
    headers = by_library()
    del headers["Content-Digest"]
    with pytest.raises(Unauthentic, match="content-digest"):
        read(headers)


def test_s003_an_older_digest_that_was_signed_must_be_of_the_body_too() -> None:
    covered = (*POST_COVERED, "digest")
    assert is_proven(read(by_library(covered=covered, headers={"Digest": digest_field(sha256(BODY))})))
    with pytest.raises(Unauthentic, match="digest"):
        read(by_library(covered=covered, headers={"Digest": digest_field(sha256(b"other"))}))


def test_s003_a_body_that_was_changed_is_refused() -> None:
    with pytest.raises(Unauthentic, match="content-digest"):
        read(by_library(), body=BODY + b" ")


@pytest.mark.parametrize(
    "covered", [("@target-uri", "content-digest"), ("@method", "content-digest"), ("@method",), ()]
)
def test_s006_what_must_be_covered_is(covered: tuple[str, ...]) -> None:
    with pytest.raises(Unauthentic, match="does not cover"):
        read(by_library(covered=covered))


def test_s006_a_signature_on_one_inbox_is_none_on_another() -> None:
    assert not is_proven(read(by_library(url=f"{HERE}/u/ben/inbox"), target="/u/cleo/inbox"))
    assert not is_proven(read(by_library(method="PUT")))


@pytest.mark.parametrize("url", ["https://other.example/inbox", "http://assoc.example/inbox", f"{HERE}:8443/inbox"])
def test_s007_a_signature_for_another_server_is_none_here(url: str) -> None:
    assert not is_proven(read(by_library(url=url)))


@pytest.mark.parametrize("late", [timedelta(hours=2), timedelta(hours=-2), timedelta(seconds=3601)])
def test_s008_a_stale_or_future_signature_is_refused(late: timedelta) -> None:
    with pytest.raises(Unauthentic, match="too long ago"):
        read(by_library(created=NOON - late, expires=NOON + timedelta(days=1)))


def test_s008_a_stale_date_that_was_signed_is_refused() -> None:
    covered = (*POST_COVERED, "date")
    assert is_proven(read(by_library(covered=covered)))
    with pytest.raises(Unauthentic, match="too long ago"):
        read(by_library(covered=covered, headers={"Date": "Sun, 22 Nov 2026 09:00:00 GMT"}))


def test_s008_what_has_expired_is_refused() -> None:
    with pytest.raises(Unauthentic, match="expired"):
        read(by_library(expires=NOON - timedelta(seconds=1)))


def test_s008_a_signature_without_time_is_refused() -> None:
    headers = by_library()
    timeless = headers["Signature-Input"].replace(f";created={int(NOON.timestamp())}", "")
    assert timeless != headers["Signature-Input"]
    for field in (timeless, timeless + ";created", timeless + ';created="1795348800"'):
        with pytest.raises(Unauthentic, match="no time"):
            read(headers | {"Signature-Input": field})


def test_s014_what_stands_twice_is_refused() -> None:
    headers = by_library()
    field = headers["Signature-Input"]
    for twice in (f'{field};keyid="https://evil.test/k"', f"{field}, {field}", f"{field};created=1"):
        with pytest.raises(Unauthentic):
            read(headers | {"Signature-Input": twice})
    with pytest.raises(Unauthentic):
        read(headers | {"Signature": f"{headers['Signature']}, {headers['Signature']}"})


def test_only_one_signature_is_accepted() -> None:
    headers = by_library()
    more = {
        name: f"{headers[name]}, {headers[name].replace('sig1=', 'sig2=')}" for name in ("Signature", "Signature-Input")
    }
    for wrong in (more, {"Signature-Input": more["Signature-Input"]}, {"Signature": more["Signature"]}):
        with pytest.raises(Unauthentic, match="exactly one"):
            read(headers | wrong)
    with pytest.raises(Unauthentic, match="exactly one"):
        read(headers | {"Signature": headers["Signature"].replace("sig1", "sig2")})


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none"])
def test_s016_an_algorithm_we_do_not_use_is_refused_before_any_key_is_asked_for(algorithm: str) -> None:
    headers = by_library()
    changed = headers["Signature-Input"].replace("rsa-v1_5-sha256", algorithm)
    with pytest.raises(Unauthentic, match="algorithm"):
        read(headers | {"Signature-Input": changed})


@pytest.mark.parametrize("name", ['"@status"', '"@unknown"', '"@query-param";name="a"', '"x-missing"', '"date";sf'])
def test_components_that_a_request_does_not_have_are_refused(name: str) -> None:
    headers = by_library()
    changed = headers["Signature-Input"].replace('"@target-uri"', f'"@target-uri" {name}')
    with pytest.raises(Unauthentic):
        read(headers | {"Signature-Input": changed})


def test_half_a_signature_is_refused() -> None:
    headers = by_library()
    for name in ("Signature", "Signature-Input"):
        with pytest.raises(Unauthentic):
            read({key: value for key, value in headers.items() if key != name})


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        (content_digest_field(sha256(b"x")), True),
        ("sha-512=:pKvOGAUa6Rn5ByEYUiiAfZ5ZFTq5diDS1XiFpvVdA5LoJ4qnLvm+5l3oc8FlOTlN+WS11VlmcOqMDNs9q6yMUg==:", False),
        (content_digest_field(sha256(b"y")), False),
        (content_digest_field(sha256(b"x")) + ", md5=:AAAA:", True),
        (content_digest_field(sha256(b"x")) + ", sha-512=:AAAA:", False),
        ("md5=:AAAA:", False),
    ],
)
def test_each_digest_we_know_must_be_of_the_body(field: str, matches: bool) -> None:
    assert content_digest_matches(field, b"x") is matches


def test_a_sha_512_digest_alone_is_enough() -> None:
    assert content_digest_matches(f"sha-512=:{b64encode(sha512(b'x').digest()).decode()}:", b"x")


def test_a_wish_is_obeyed() -> None:
    key = SigningKey(ADAS_KEY, KEYS["rsa"])
    asked = 'pic=("@method" "@authority" "@path" "date");created;keyid;nonce="a\\"b";tag="app"'
    wish = wish_of(asked, key, has_body=True)
    assert wish is not None

    headers = sign_request(
        key, method="POST", url=f"{HERE}/inbox", now=NOON, body_sha256=sha256(BODY), scheme="rfc9421", wish=wish
    )

    expected = '("@method" "@authority" "@path" "date" "@target-uri" "content-digest");created=1795348800;'
    assert headers["Signature-Input"].startswith(f"pic={expected}")
    assert headers["Signature-Input"].endswith(';nonce="a\\"b";tag="app"')
    assert is_proven(read(headers))


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ('sig1=("@method")', "sig1"),
        ('sig1=();alg="rsa-v1_5-sha256"', "sig1"),
        ('sig1=("@method");alg="ed25519", sig2=("@target-uri")', "sig2"),
        ('sig1=("x-unknown"), sig2=("@target-uri" "content-digest")', "sig2"),
        ('sig1=("@method");expires', None),
        ('sig1=("@status")', None),
        ('sig1=("@method";req)', None),
        ("garbage", None),
        ("", None),
    ],
)
def test_a_wish_we_cannot_fulfil_is_none(field: str, label: str | None) -> None:
    wish = read_wish(field, key=KEYS["rsa"], has_body=True)

    assert (wish.label if wish else None) == label


def test_a_digest_is_not_promised_without_a_body() -> None:
    assert read_wish('sig1=("content-digest")', key=KEYS["rsa"], has_body=False) is None
