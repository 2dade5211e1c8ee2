"""Keys as other servers publish them, and whose they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.signatures.key_formats import public_to_multikey, public_to_pem
from federation.signatures.owned_keys import keys_of, owner_in, read_key
from tests.keys import ed25519_key, rsa_key

ADA = "https://alpha.example/u/ada"
MAIN_KEY = f"{ADA}#main-key"
PEM = public_to_pem(rsa_key(0).public_key())
PUBLIC_KEY = {"id": MAIN_KEY, "type": "Key", "owner": ADA, "publicKeyPem": PEM}
MULTIKEY = {
    "id": f"{ADA}#ed25519-key",
    "type": "Multikey",
    "controller": ADA,
    "publicKeyMultibase": public_to_multikey(ed25519_key(0).public_key()),
}
ACTOR: dict[str, Any] = {"id": ADA, "type": "Person", "publicKey": PUBLIC_KEY, "assertionMethod": [MULTIKEY]}


def test_both_keys_of_an_actor_are_found_in_its_own_document() -> None:
    for key_id, public in ((MAIN_KEY, rsa_key(0).public_key()), (f"{ADA}#ed25519-key", ed25519_key(0).public_key())):
        found = read_key(key_id, ACTOR, ACTOR)

        assert owner_in(ACTOR, key_id) == ADA
        assert found is not None
        assert (found.id, found.owner, found.public) == (key_id, ADA, public)
    assert [key.id for key in keys_of(ACTOR)] == [MAIN_KEY, f"{ADA}#ed25519-key"]


def test_a_key_with_a_document_of_its_own_is_confirmed_by_its_owner() -> None:
    """As GoToSocial publishes keys: the actor only names it, or repeats it."""
    key_id = f"{ADA}/main-key"
    key = PUBLIC_KEY | {"id": key_id}

    assert owner_in(key, key_id) == ADA
    for actor in (ACTOR | {"publicKey": key_id}, ACTOR | {"publicKey": key}):
        found = read_key(key_id, key, actor)
        assert found is not None
        assert found.owner == ADA
    assert read_key(key_id, key, ACTOR) is None
    assert read_key(key_id, key, ACTOR | {"publicKey": key | {"publicKeyPem": "OTHER"}}) is None


def test_s013_a_document_under_another_id_holds_no_key() -> None:
    other = "https://alpha.example/u/ben#main-key"

    assert owner_in(ACTOR, other) is None
    assert read_key(other, ACTOR, ACTOR) is None
    assert owner_in(PUBLIC_KEY, other) is None


def test_s013_an_owner_elsewhere_is_not_believed() -> None:
    victim = "https://victim.example/u/vic"
    key = PUBLIC_KEY | {"owner": victim}

    assert read_key(MAIN_KEY, key, ACTOR | {"id": victim, "publicKey": key}) is None
    assert read_key(MAIN_KEY, key, ACTOR) is None


def test_s017_an_unusable_key_is_named_so_and_does_not_hide_the_others() -> None:
    bad = PUBLIC_KEY | {"publicKeyPem": "garbage"}
    actor = ACTOR | {"publicKey": bad}

    with pytest.raises(Malformed):
        read_key(MAIN_KEY, actor, actor)
    assert [key.id for key in keys_of(actor)] == [f"{ADA}#ed25519-key"]


def test_s141_an_actor_with_a_thousand_keys_is_not_read_to_its_end() -> None:
    assert len(keys_of(ACTOR | {"assertionMethod": [MULTIKEY] * 1000})) <= 10


ENTRY = ("id", "owner", "publicKeyPem", "publicKeyMultibase")


@given(
    st.dictionaries(
        st.sampled_from([*ENTRY, "controller", "publicKey", "assertionMethod"]),
        st.recursive(
            st.none() | st.integers() | st.sampled_from([ADA, MAIN_KEY, PEM, "x"]),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ENTRY), inner, max_size=4),
            max_leaves=12,
        ),
    )
)
def test_no_document_breaks_the_reader(document: dict[str, Any]) -> None:
    keys_of(document)
    owner_in(document, MAIN_KEY)
    try:
        read_key(MAIN_KEY, document, document)
    except Malformed:
        return
