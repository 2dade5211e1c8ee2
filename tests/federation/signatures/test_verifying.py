"""From claims to a proven sender: whose key it is decides, and nobody is asked without need."""

import hmac
from base64 import b64encode

import pytest

from federation.errors import Unauthentic, Unreachable
from federation.signatures.digests import content_digest_field, sha256
from federation.signatures.key_formats import public_to_pem
from federation.signatures.request import read_request
from federation.signatures.signing import SigningKey, sign_request
from federation.signatures.verifying import Proven, prove, read_signatures
from tests.federation.signatures.letters import (
    ADA,
    ADAS_KEY,
    BODY,
    GET_COVERED,
    HERE,
    NOON,
    Letter,
    Ring,
    owned,
    ring_with_ada,
)
from tests.keys import ed25519_key, rsa_key

BENS_KEY = "https://beta.example/u/ben#main-key"


async def proven(headers: dict[str, str] | list[tuple[str, str]], ring: Ring) -> Proven:
    return await prove(read_signatures(read_request("POST", "/inbox", HERE, headers, BODY), NOON), ring)


def modern(key: SigningKey) -> dict[str, str]:
    """The headers of the same request in RFC 9421."""
    headers = sign_request(
        key, method="POST", url=f"{HERE}/inbox", now=NOON, body_sha256=sha256(BODY), scheme="rfc9421"
    )
    return {name.lower(): value for name, value in headers.items()}


async def test_a_known_key_proves_its_owner_and_nobody_is_asked() -> None:
    ring = ring_with_ada()

    assert await proven(Letter().headers(), ring) == Proven(ADA, ADAS_KEY)
    assert ring.fetched == []


async def test_an_unknown_key_is_fetched_once() -> None:
    ring = Ring(elsewhere={ADAS_KEY: owned(ADAS_KEY, rsa_key(0).public_key())})

    assert await proven(Letter().headers(), ring) == Proven(ADA, ADAS_KEY)
    assert ring.fetched == [ADAS_KEY]


async def test_s001_an_unsigned_post_is_refused() -> None:
    with pytest.raises(Unauthentic, match="not signed"):
        await proven(Letter().fields, Ring())


async def test_s013_a_key_of_another_id_or_of_a_foreign_owner_is_refused() -> None:
    public = rsa_key(0).public_key()
    for wrong in (owned(BENS_KEY, public), owned(ADAS_KEY, public, owner="https://victim.example/u/vic")):
        with pytest.raises(Unauthentic, match="somebody else"):
            await proven(Letter().headers(), Ring(elsewhere={ADAS_KEY: wrong}))


async def test_s013_s017_a_key_that_cannot_be_had_or_used_is_refused() -> None:
    ring = Ring()

    with pytest.raises(Unauthentic):
        await proven(Letter().headers(), ring)
    assert ring.fetched == [ADAS_KEY]


async def test_s019_a_rotated_key_is_fetched_anew_once() -> None:
    ring = ring_with_ada()
    ring.elsewhere[ADAS_KEY] = owned(ADAS_KEY, rsa_key(1).public_key())

    assert await proven(Letter(key=1).headers(), ring) == Proven(ADA, ADAS_KEY)
    assert ring.fetched == [ADAS_KEY]


async def test_s019_a_forged_signature_costs_one_refetch_and_is_refused() -> None:
    ring = ring_with_ada()
    ring.elsewhere = dict(ring.known)

    with pytest.raises(Unauthentic):
        await proven(Letter(key=1).headers(), ring)
    assert ring.fetched == [ADAS_KEY]


async def test_s020_a_key_that_cannot_be_fetched_just_now_is_not_a_refusal() -> None:
    ring = Ring()
    ring.is_down = True

    with pytest.raises(Unreachable) as caught:
        await proven(Letter().headers(), ring)
    assert caught.value.retry_after == 60


@pytest.mark.parametrize("joined", [True, False])
async def test_s015_two_schemes_must_agree_on_the_owner(joined: bool) -> None:
    """Both schemes use the header `Signature`, in one line or in two."""
    ring = ring_with_ada()
    ring.known[BENS_KEY] = owned(BENS_KEY, rsa_key(1).public_key())

    def both(key: SigningKey) -> list[tuple[str, str]]:
        second = modern(key)
        first = Letter().headers() | {"content-digest": content_digest_field(sha256(BODY))}
        old = first.pop("signature")
        lines = [f"{old}, {second['signature']}"] if joined else [old, second["signature"]]
        return [
            *first.items(),
            *(("signature", line) for line in lines),
            ("signature-input", second["signature-input"]),
        ]

    assert await proven(both(SigningKey(ADAS_KEY, rsa_key(0))), ring) == Proven(ADA, ADAS_KEY)
    with pytest.raises(Unauthentic, match="different owners"):
        await proven(both(SigningKey(BENS_KEY, rsa_key(1))), ring)
    with pytest.raises(Unauthentic, match="not of this key"):
        await proven(both(SigningKey(ADAS_KEY, rsa_key(1))), ring)


async def test_s015_two_keys_of_one_owner_agree() -> None:
    second_key = f"{ADA}#ed25519-key"
    ring = ring_with_ada()
    ring.known[second_key] = owned(second_key, ed25519_key(0).public_key())
    headers = Letter().headers()
    second = modern(SigningKey(second_key, ed25519_key(0)))
    headers |= second | {"signature": f"{headers['signature']}, {second['signature']}", "date": headers["date"]}

    assert (await proven(headers, ring)).signer == ADA


async def test_s015_a_bad_second_signature_spoils_a_good_first_one() -> None:
    headers = Letter().headers()

    with pytest.raises(Unauthentic):
        await proven(headers | {"signature-input": "garbage"}, ring_with_ada())
    with pytest.raises(Unauthentic):
        await proven(headers | {"signature": headers["signature"] + ", sig1=:AAAA:"}, ring_with_ada())


async def test_s016_the_public_key_is_no_shared_secret() -> None:
    """The classic: an HMAC made with the text of the public key."""
    letter = Letter(parameters={"algorithm": "hs2019"})
    pem = public_to_pem(rsa_key(0).public_key()).encode()
    forged = b64encode(hmac.digest(pem, letter.text().encode(), "sha256")).decode()
    headers = letter.headers()
    headers["signature"] = headers["signature"].replace(letter.signature(), forged)

    with pytest.raises(Unauthentic):
        await proven(headers, ring_with_ada())


async def test_s023_a_get_with_a_broken_signature_says_who_is_not_proven_and_nothing_else() -> None:
    """The application then serves it as to anybody."""
    letter = Letter(key=1, method="get", target="/p/1", covered=GET_COVERED)

    with pytest.raises(Unauthentic):
        await prove(read_signatures(read_request("GET", "/p/1", HERE, letter.headers()), NOON), ring_with_ada())

    honest = Letter(method="get", target="/p/1", covered=GET_COVERED)
    request = read_request("GET", "/p/1", HERE, honest.headers())
    assert (await prove(read_signatures(request, NOON), ring_with_ada())).signer == ADA
