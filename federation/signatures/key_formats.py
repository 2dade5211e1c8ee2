"""RSA and Ed25519 keys: make, read, write, as PEM and as Multikey.

Only two kinds exist here, and the kind decides the algorithm: RSA signs with RSASSA-PKCS1-v1_5 and SHA-256, Ed25519
with itself. What others offer is checked before it is used (S017). Source: FEP-521a, federation.md 1.2, decisions D25.
"""

from functools import lru_cache
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from federation.errors import Malformed

PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey
PublicKey: TypeAlias = RSAPublicKey | Ed25519PublicKey

OUR_RSA_BITS = 2048
LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
_MOST_EXPONENT = 2**32  # a huge exponent makes each check slow
_LONGEST_PEM = 8192
_LOADED_KEYS = 1024

_ED25519_PUBLIC = b"\xed\x01"  # multicodec ed25519-pub
_MULTIKEY_LENGTH = len(_ED25519_PUBLIC) + 32
_LONGEST_MULTIBASE = 128
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES = {character: value for value, character in enumerate(_BASE58)}

_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


def make_rsa_key() -> RSAPrivateKey:
    """A new RSA pair as we use them. Takes some 40 ms of CPU: not on the event loop."""
    return generate_private_key(public_exponent=65537, key_size=OUR_RSA_BITS)


def make_ed25519_key() -> Ed25519PrivateKey:
    """A new Ed25519 pair."""
    return Ed25519PrivateKey.generate()


def private_to_pem(key: PrivateKey) -> str:
    """A private key as it lies in our database: PKCS #8, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache(maxsize=_LOADED_KEYS)
def private_from_pem(pem: str) -> PrivateKey:
    """A private key of ours. It is trusted, not validated: validation takes 36 ms, loading 0.01 ms (D25).

    Raises Malformed (not an RSA or Ed25519 key).
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("not a private key") from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Malformed("a private key of a kind we do not use")
    return key


def public_to_pem(key: PublicKey) -> str:
    """A public key as `publicKeyPem` carries it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def public_from_pem(pem: str) -> PublicKey:
    """Somebody's public key, if it is one that can prove anything.

    Raises Malformed (garbage, other kinds of key, RSA below 2048 or above 8192 bits or with a strange exponent).
    """
    if len(pem) > _LONGEST_PEM:
        raise Malformed("a key longer than any we use")
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):  # UnicodeEncodeError is a ValueError
        raise Malformed("not a public key") from None
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise Malformed("a public key of a kind we do not use")
    if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        raise Malformed("an RSA key too small or too large")
    exponent = key.public_numbers().e
    if not 3 <= exponent < _MOST_EXPONENT or exponent % 2 == 0:
        raise Malformed("an RSA key with a strange exponent")
    return key


def public_to_multikey(key: Ed25519PublicKey) -> str:
    """An Ed25519 public key as `publicKeyMultibase` carries it."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return to_multibase(_ED25519_PUBLIC + raw)


def public_from_multikey(text: str) -> Ed25519PublicKey:
    """The Ed25519 public key in a `publicKeyMultibase`. Raises Malformed (anything else)."""
    raw = from_multibase(text)
    if len(raw) != _MULTIKEY_LENGTH or not raw.startswith(_ED25519_PUBLIC):
        raise Malformed("not an Ed25519 Multikey")
    try:
        return Ed25519PublicKey.from_public_bytes(raw[len(_ED25519_PUBLIC) :])
    except ValueError:
        raise Malformed("not an Ed25519 key") from None


def to_multibase(raw: bytes) -> str:
    """Bytes in multibase with base58btc, which begins with z."""
    number = int.from_bytes(raw)
    characters: list[str] = []
    while number:
        number, rest = divmod(number, 58)
        characters.append(_BASE58[rest])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(characters))


def from_multibase(text: str) -> bytes:
    """The bytes of a multibase text with base58btc. Raises Malformed."""
    if not text.startswith("z") or len(text) > _LONGEST_MULTIBASE:
        raise Malformed("not base58btc in multibase")
    number = 0
    for character in text[1:]:
        value = _BASE58_VALUES.get(character)
        if value is None:
            raise Malformed("not base58btc")
        number = number * 58 + value
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign with the one algorithm the key's kind has. Releases the GIL; call it from any thread."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, _PKCS1, _SHA256)
    return key.sign(message)


def is_signed_by(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the owner of the key signed exactly these bytes."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, _PKCS1, _SHA256)
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
