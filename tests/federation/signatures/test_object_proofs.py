"""Proofs inside documents: ours hold wherever they are passed on, others' hold only for what they were made for."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed, Unreachable
from federation.signatures.key_formats import (
    PrivateKey,
    from_multibase,
    public_from_multikey,
    public_to_multikey,
    sign,
    to_multibase,
)
from federation.signatures.object_proofs import PROOF_TERMS, add_proof, is_proven, read_proofs, restore_context
from tests.federation.signatures.letters import ADA, NOON, Ring, owned
from tests.keys import ed25519_key, rsa_key

METHOD = f"{ADA}#ed25519-key"
PUBLIC = ed25519_key(0).public_key()
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
CREATE: dict[str, Any] = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://alpha.example/a/1",
    "type": "Create",
    "actor": ADA,
    "object": {
        "id": "https://alpha.example/p/1",
        "type": "Note",
        "content": "Grüße \U0001f600 </script>",
        "n": [1, None],
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def proven_create(**changes: Any) -> dict[str, Any]:
    return add_proof(CREATE | changes, ed25519_key(0), METHOD, now=NOON)


def holds(document: dict[str, Any], now: datetime = NOON) -> bool:
    return any(claim.is_proven_by(PUBLIC) for claim in read_proofs(document, now))


def test_the_example_of_fep_8b32_comes_out_to_the_letter() -> None:
    """The test vector of the FEP (CC0), made with its key."""
    secret = from_multibase("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
    key = Ed25519PrivateKey.from_private_bytes(secret[2:])
    alice = "https://server.example/users/alice"
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "id": "https://server.example/activities/1",
        "type": "Create",
        "actor": alice,
        "object": {
            "id": "https://server.example/objects/1",
            "type": "Note",
            "attributedTo": alice,
            "content": "Hello world",
            "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
        },
    }

    proven = add_proof(document, key, f"{alice}#ed25519-key", now=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC))

    assert secret[:2] == b"\x80\x26"
    assert public_to_multikey(key.public_key()) == "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    assert {name: value for name, value in proven.items() if name != "proof"} == document
    assert proven["proof"] == {
        "@context": CONTEXT,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{alice}#ed25519-key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL",
        "created": "2023-02-24T23:36:38Z",
    }
    (claim,) = read_proofs(proven, NOON)
    assert claim.is_proven_by(public_from_multikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"))


def test_a_proof_explains_its_words_without_another_context() -> None:
    proven = proven_create()

    assert proven["@context"] == ["https://www.w3.org/ns/activitystreams", dict(PROOF_TERMS)]
    assert proven["proof"]["@context"] == proven["@context"]


@pytest.mark.parametrize("context", [CONTEXT, ["https://www.w3.org/ns/activitystreams", {"DataIntegrityProof": "x"}]])
def test_words_that_are_explained_already_are_not_explained_again(context: list[Any]) -> None:
    assert proven_create(**{"@context": context})["@context"] == context


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name not in ("proof", "signature")), JSON, max_size=5))
def test_what_we_prove_holds_after_every_journey_through_json(document: dict[str, Any]) -> None:
    document.pop("@context", None)
    proven = add_proof(document, ed25519_key(0), METHOD, now=NOON)

    assert holds(json.loads(json.dumps(proven)))
    assert holds(json.loads(json.dumps(proven, ensure_ascii=False, sort_keys=True, indent=3)))


@given(st.sampled_from(["@context", "id", "type", "actor", "object", "to"]), JSON)
def test_what_was_changed_does_not_hold(name: str, value: Any) -> None:
    proven = proven_create()
    if proven.get(name) != value or name not in proven:
        assert not holds(proven | {name: value})


@pytest.mark.parametrize(
    "name", ["type", "cryptosuite", "proofPurpose", "verificationMethod", "created", "proofValue", "x"]
)
@pytest.mark.parametrize("value", ["", "z", "x", None, 1, [], {}, "2026-11-22T12:00:01Z", "https://alpha.example/k"])
def test_a_proof_that_was_changed_does_not_hold(name: str, value: Any) -> None:
    proven = proven_create()

    assert not holds(proven | {"proof": proven["proof"] | {name: value}})


def test_another_key_proves_nothing() -> None:
    (claim,) = read_proofs(proven_create(), NOON)

    assert claim.is_proven_by(PUBLIC)
    assert not claim.is_proven_by(ed25519_key(1).public_key())
    assert not claim.is_proven_by(rsa_key(0).public_key())


def test_a_proof_moved_to_another_document_does_not_hold() -> None:
    assert not holds(CREATE | {"id": "https://alpha.example/a/2", "proof": proven_create()["proof"]})


def test_a_dropped_context_is_restored_from_the_proof() -> None:
    """As PieFed passes activities on (federation.md 2.8)."""
    proven = proven_create()
    received = {name: value for name, value in proven.items() if name != "@context"}

    assert holds(received)
    assert restore_context(received) == proven
    assert restore_context(proven) == proven
    assert restore_context(CREATE) == CREATE


def test_the_proofs_context_must_be_how_the_documents_begins() -> None:
    proven = proven_create()
    context = proven["@context"]

    assert holds(proven | {"@context": [*context, "https://join-lemmy.org/context.json"]})
    assert not holds(proven | {"@context": ["https://join-lemmy.org/context.json", *context]})
    assert not holds(proven | {"@context": context[0]})


def signed_by_hand(options: dict[str, Any], whole: dict[str, Any], *, key: PrivateKey | None = None) -> dict[str, Any]:
    """A document with a proof of these options, made as the specification says and not by the code under test."""
    text = sha256(rfc8785.dumps(options)).digest() + sha256(rfc8785.dumps(whole)).digest()
    value = to_multibase(sign(key or ed25519_key(0), text))
    return whole | {"proof": options | {"proofValue": value}}


OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": METHOD,
    "proofPurpose": "assertionMethod",
}
WHOLE = CREATE | {"@context": CONTEXT}


def test_a_proof_without_context_is_made_over_the_documents() -> None:
    """As older implementations of the FEP do it."""
    assert holds(signed_by_hand(OPTIONS, WHOLE))


@pytest.mark.parametrize(
    "other",
    [
        {"proofPurpose": "authentication"},
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"verificationMethod": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"},
        {"created": "yesterday"},
        {"expires": 7},
    ],
)
def test_a_proof_made_for_something_else_does_not_hold(other: dict[str, Any]) -> None:
    assert not holds(signed_by_hand(OPTIONS | other, WHOLE))


def test_an_rsa_key_makes_no_proof_of_this_suite() -> None:
    claims = read_proofs(signed_by_hand(OPTIONS, WHOLE, key=rsa_key(0)), NOON)

    assert not any(claim.is_proven_by(rsa_key(0).public_key()) for claim in claims)


def test_an_ld_signature_beside_a_proof_is_left_aside() -> None:
    proven = proven_create()

    assert holds(proven | {"signature": {"type": "RsaSignature2017"}})
    assert "signature" not in add_proof(CREATE | {"signature": {}}, ed25519_key(0), METHOD, now=NOON)


def test_an_expired_proof_does_not_hold() -> None:
    document = signed_by_hand(OPTIONS | {"expires": "2026-11-22T13:00:00Z"}, WHOLE)

    assert holds(document, NOON)
    assert not holds(document, NOON + timedelta(hours=2))


def test_several_proofs_are_read_and_foreign_ones_left_out() -> None:
    proven = proven_create()
    others = [{"type": "RsaSignature2017"}, "x", 7, proven["proof"], None, {"proofValue": "z1"}]

    assert len(read_proofs(proven | {"proof": others}, NOON)) == 1
    assert holds(proven | {"proof": others})
    assert len(read_proofs(proven | {"proof": [proven["proof"]] * 1000}, NOON)) < 10


@given(JSON, JSON)
def test_no_garbage_breaks_the_reader(proof: Any, value: Any) -> None:
    read_proofs({"proof": proof}, NOON)
    read_proofs(CREATE | {"proof": proven_create()["proof"] | {"proofValue": value, "expires": proof}}, NOON)


@pytest.mark.parametrize("number", [2**53, -(2**60), 10**18])
def test_numbers_that_have_no_canonical_form_are_not_proven(number: int) -> None:
    with pytest.raises(Malformed):
        proven_create(duration=number)
    assert read_proofs(proven_create() | {"x": number}, NOON) == ()


def test_fractions_stand_only_where_they_belong() -> None:
    place = {"type": "Place", "latitude": 53.55, "longitude": -9.99}
    assert holds(json.loads(json.dumps(proven_create(location=place, focalPoint=[0.25, -0.5], x=1.0))))

    with pytest.raises(Malformed, match="/object/price"):
        proven_create(object={"price": 9.5})
    with pytest.raises(Malformed):
        proven_create(tag=[{"weight": [0.1]}])


def test_what_a_group_relays_may_hold_any_number() -> None:
    announce = {"type": "Announce", "actor": ADA, "object": {"type": "Video", "fps": 29.97}}

    assert holds(json.loads(json.dumps(add_proof(announce, ed25519_key(0), METHOD, now=NOON))))


async def test_a_document_is_proven_by_its_author_and_nobody_else() -> None:
    ring = Ring(known={METHOD: owned(METHOD, PUBLIC)})

    assert await is_proven(proven_create(), ADA, ring, now=NOON)
    assert not await is_proven(proven_create(), "https://alpha.example/u/ben", ring, now=NOON)
    assert not await is_proven(CREATE, ADA, ring, now=NOON)
    assert not await is_proven(proven_create() | {"to": []}, ADA, ring, now=NOON)


async def test_s012_keys_elsewhere_are_not_asked_for_in_the_name_of_an_author() -> None:
    ring = Ring(elsewhere={METHOD: owned(METHOD, PUBLIC)})

    assert not await is_proven(proven_create(), "https://victim.example/u/vic", ring, now=NOON)
    assert ring.fetched == []
    assert await is_proven(proven_create(), ADA, ring, now=NOON)
    assert ring.fetched == [METHOD]


async def test_a_key_of_another_owner_proves_nothing() -> None:
    for wrong in (owned(METHOD, PUBLIC, owner="https://alpha.example/u/ben"), owned(f"{ADA}#other", PUBLIC)):
        assert not await is_proven(proven_create(), ADA, Ring(elsewhere={METHOD: wrong}), now=NOON)


async def test_a_key_that_cannot_be_fetched_just_now_is_no_answer() -> None:
    ring = Ring()
    ring.is_down = True

    with pytest.raises(Unreachable):
        await is_proven(proven_create(), ADA, ring, now=NOON)
