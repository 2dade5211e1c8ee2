"""Keys: what we make and write can be read, what cannot prove anything is refused."""

from base64 import encodebytes
from time import process_time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.signatures import key_formats
from tests.keys import ed25519_pem, rsa_key, rsa_pem


def spki(key: PublicKeyTypes) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + content


def rsa_of(modulus: int, exponent: int) -> str:
    """An RSA public key of any numbers, which no library would make."""
    numbers = b"".join(der(2, n.to_bytes(n.bit_length() // 8 + 1)) for n in (modulus, exponent))
    return as_pem(
        der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")) + der(3, b"\0" + der(0x30, numbers)))
    )


def as_pem(content: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{encodebytes(content).decode()}-----END PUBLIC KEY-----\n"


MODULUS = rsa_key(0).public_key().public_numbers().n


def test_a_new_rsa_pair_has_2048_bits_and_survives_pem() -> None:
    key = key_formats.make_rsa_key()

    again = key_formats.private_from_pem(key_formats.private_to_pem(key))
    public = key_formats.public_from_pem(key_formats.public_to_pem(key.public_key()))

    assert key.key_size == 2048
    assert key_formats.is_signed_by(public, key_formats.sign(again, b"text"), b"text")


def test_a_new_ed25519_pair_survives_pem_and_multikey() -> None:
    key = key_formats.make_ed25519_key()

    again = key_formats.private_from_pem(key_formats.private_to_pem(key))
    public = key_formats.public_from_multikey(key_formats.public_to_multikey(key.public_key()))

    signature = key_formats.sign(again, b"text")
    assert key_formats.is_signed_by(public, signature, b"text")
    assert key_formats.is_signed_by(key_formats.public_from_pem(spki(key.public_key())), signature, b"text")
    assert not key_formats.is_signed_by(public, signature, b"other text")


def test_the_multikey_of_fep_8b32_is_read_and_written() -> None:
    text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

    assert key_formats.public_to_multikey(key_formats.public_from_multikey(text)) == text


@given(st.binary(max_size=64))
def test_multibase_gives_back_what_went_in(raw: bytes) -> None:
    assert key_formats.from_multibase(key_formats.to_multibase(raw)) == raw


def test_our_own_keys_are_loaded_once() -> None:
    assert key_formats.private_from_pem(rsa_pem(3)) is key_formats.private_from_pem(rsa_pem(3))


def test_the_pool_has_twelve_different_pairs_of_each_kind() -> None:
    assert len({rsa_pem(n) for n in range(12)}) == len({ed25519_pem(n) for n in range(12)}) == 12
    assert all(rsa_key(n).key_size == 2048 for n in range(12))
    assert rsa_key(12) is rsa_key(0)


def test_a_key_in_the_older_pem_form_is_read() -> None:
    pem = rsa_key(0).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()

    assert key_formats.public_to_pem(key_formats.public_from_pem(pem)) == spki(rsa_key(0).public_key())


def test_rsa_of_4096_bits_is_accepted() -> None:
    assert isinstance(key_formats.public_from_pem(rsa_of(2**4096 - 1, 65537)), rsa.RSAPublicKey)


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(rsa_of(2**511 + 1, 65537), id="RSA 512"),
        pytest.param(rsa_of(2**1023 + 1, 65537), id="RSA 1024"),
        pytest.param(rsa_of(2**2046 + 1, 65537), id="RSA 2047"),
        pytest.param(rsa_of(2**8192 + 1, 65537), id="RSA 8193"),
        pytest.param(rsa_of(2**16383 + 1, 65537), id="RSA 16384"),
        pytest.param(rsa_of(MODULUS, 1), id="e = 1"),
        pytest.param(rsa_of(MODULUS, 2), id="e = 2"),
        pytest.param(rsa_of(MODULUS, 65536), id="e even"),
        pytest.param(rsa_of(MODULUS, 2**32 + 1), id="e above 32 bit"),
        pytest.param(rsa_of(MODULUS, MODULUS - 2), id="e huge"),
        pytest.param(rsa_of(0, 65537), id="n = 0"),
        pytest.param(spki(ec.derive_private_key(7, ec.SECP256R1()).public_key()), id="EC"),
        pytest.param(rsa_pem(0), id="a private key"),
        pytest.param("", id="nothing"),
        pytest.param("garbage", id="garbage"),
        pytest.param(as_pem(b"garbage"), id="garbage in PEM"),
        pytest.param("-----BEGIN PUBLIC KEY-----\n" + "A" * 10**6, id="a megabyte"),
        pytest.param("-----BEGIN PUBLIC KEY-----\n\ud800", id="a lone surrogate"),
    ],
)
def test_s017_a_bad_key_is_refused_at_once(pem: str) -> None:
    began = process_time()
    with pytest.raises(Malformed):
        key_formats.public_from_pem(pem)

    assert process_time() - began < 0.25  # the case list says 50 ms; room for a slow machine


@given(st.binary(max_size=300).map(as_pem) | st.text(max_size=300))
def test_s017_no_garbage_breaks_the_reader(pem: str) -> None:
    with pytest.raises(Malformed):
        key_formats.public_from_pem(pem)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ",
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ0",
        "z" + "1" * 100_000,
        key_formats.to_multibase(b"\xe7\x01" + b"\2" * 32),
        key_formats.to_multibase(b"\xed\x01" + b"\2" * 31),
    ],
)
def test_s017_what_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        key_formats.public_from_multikey(text)


@given(
    st.text(max_size=80)
    | st.text(alphabet="123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz").map("z".__add__)
)
def test_s017_no_garbage_breaks_the_multikey_reader(text: str) -> None:
    with pytest.raises(Malformed):
        key_formats.public_from_multikey(text)


@pytest.mark.parametrize("pem", ["", "garbage", spki(rsa_key(0).public_key())])
def test_what_is_no_private_key_of_ours_is_refused(pem: str) -> None:
    with pytest.raises(Malformed):
        key_formats.private_from_pem(pem)


def test_a_private_key_of_another_kind_is_refused() -> None:
    pem = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    with pytest.raises(Malformed):
        key_formats.private_from_pem(pem.decode())
