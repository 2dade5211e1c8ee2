"""Key pairs for tests, drawn from a committed pool, because making an RSA key takes 40 ms (D25)."""

import json
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.signatures.key_formats import private_from_pem

_POOL = Path(__file__).parent / "federation" / "keys" / "pool.json"


@cache
def _pool() -> dict[str, list[str]]:
    return json.loads(_POOL.read_text(encoding="utf-8"))


def rsa_pem(n: int) -> str:
    """The n-th RSA-2048 private key as PEM; after the twelfth the first comes again."""
    keys = _pool()["rsa"]
    return keys[n % len(keys)]


def ed25519_pem(n: int) -> str:
    """The n-th Ed25519 private key as PEM; after the twelfth the first comes again."""
    keys = _pool()["ed25519"]
    return keys[n % len(keys)]


def rsa_key(n: int) -> RSAPrivateKey:
    """The n-th RSA-2048 pair."""
    key = private_from_pem(rsa_pem(n))
    assert isinstance(key, RSAPrivateKey)
    return key


def ed25519_key(n: int) -> Ed25519PrivateKey:
    """The n-th Ed25519 pair."""
    key = private_from_pem(ed25519_pem(n))
    assert isinstance(key, Ed25519PrivateKey)
    return key
