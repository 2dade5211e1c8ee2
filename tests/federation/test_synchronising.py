"""Two servers compare their followers by a digest (FEP-8fcf)."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.signatures.claims import Scheme
from federation.signatures.digests import sha256 as body_sha256
from federation.signatures.request import read_request
from federation.signatures.signing import SigningKey, sign_request
from federation.signatures.verifying import read_signatures
from federation.synchronising import FIELD, NOBODY, Agreement, digest_of, read_agreement
from tests import keys

ADA = "https://alpha.example/u/ada"
SAID = Agreement(f"{ADA}/followers", f"{ADA}/followers_synchronization", "ab" * 32)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_header_is_read_as_it_was_written() -> None:
    assert read_agreement(str(SAID)) == SAID


def test_order_and_spaces_make_no_difference() -> None:
    turned = f'  digest="{SAID.digest.upper()}",url="{SAID.url}" , collectionId="{SAID.collection}"  '
    assert read_agreement(turned) == SAID


@pytest.mark.parametrize(
    "field",
    [
        "",
        "digest",
        f'digest="{SAID.digest}"',
        f'collectionId="x", url="{SAID.url}", digest="{SAID.digest}"',
        f'collectionId="{SAID.collection}", url="javascript:1", digest="{SAID.digest}"',
        f'collectionId="{SAID.collection}", url="{SAID.url}", digest="abc"',
        f'{SAID}, digest="{SAID.digest}"',
        f"{SAID}, more",
        f'{SAID}, more="{"x" * 5000}"',
    ],
)
def test_a_header_that_is_none_is_refused(field: str) -> None:
    with pytest.raises(Malformed):
        read_agreement(field)


@given(st.text())
def test_no_header_does_more_than_be_refused(field: str) -> None:
    with pytest.raises(Malformed):
        read_agreement(field)


def test_a_digest_is_of_a_set_and_that_of_nobody_is_zero() -> None:
    one, other = f"{ADA}1", f"{ADA}2"
    apart = [int(sha256(uri.encode()).hexdigest(), 16) for uri in (one, other)]
    assert digest_of([one, other, one]) == digest_of([other, one]) == f"{apart[0] ^ apart[1]:064x}"
    assert digest_of([]) == NOBODY


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
def test_what_is_said_is_signed_with_the_request(scheme: Scheme) -> None:
    key = SigningKey(f"{ADA}#main-key", keys.rsa_key(0))
    sent = sign_request(
        key,
        method="POST",
        url="https://beta.example/inbox",
        now=NOON,
        body_sha256=body_sha256(b"{}"),
        scheme=scheme,
        fields={FIELD: str(SAID)},
    )
    sent.setdefault("Host", "beta.example")

    for value, holds in ((str(SAID), True), (str(SAID).replace("ab", "cd"), False)):
        came = [*(sent | {FIELD: value}).items(), ("Content-Length", "2")]
        (claim,) = read_signatures(read_request("POST", "/inbox", "https://beta.example", came, b"{}"), NOON)
        assert FIELD.lower() in claim.covered
        assert claim.is_proven_by(key.private.public_key()) == holds
