"""What a push service carries, so that only the app can read it, in both forms that apps understand.

Source: RFC 8291 and RFC 8188 (`aes128gcm`); draft-ietf-webpush-encryption-04 with draft 03 of the encodings (`aesgcm`),
which most apps of Mastodon expect; RFC 8292 and its first draft (who sends).
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT = 65
AUTH = 16
SALT = 16
RECORD = 4096
LARGEST = 3_993
"""Octets that a message of one record may have (RFC 8291 section 4)."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes to a push service."""

    headers: Mapping[str, str]
    body: bytes


def written(value: bytes) -> str:
    """Bytes as URLs and headers carry them, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def read(text: str) -> bytes | None:
    """Bytes from either alphabet of base64, padded or not; None if it is none."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    if len(plain) > 200 or not plain.isascii():
        return None
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as an uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_point(value: bytes) -> bool:
    """Whether these bytes are a point on the curve, uncompressed."""
    if len(value) != POINT or value[0] != 4:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, value)
    except ValueError:
        return False
    return True


def aes128gcm(
    message: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> Sealed:
    """A message as RFC 8291 has it. `key` and `salt` are made anew for each message; published examples give them."""
    own, salt = key or ec.generate_private_key(CURVE), salt or secrets.token_bytes(SALT)
    shared, ours = _shared(own, p256dh), point_of(own.public_key())
    secret = _derived(auth, shared, b"WebPush: info\0" + p256dh + ours, 32)
    content_key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4) + len(ours).to_bytes(1) + ours
    body = head + AESGCM(content_key).encrypt(nonce, message + b"\2", None)
    return Sealed({"Content-Encoding": "aes128gcm"}, body)


def aesgcm(
    message: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> Sealed:
    """A message as the fourth draft has it: salt and key in headers, padding in front."""
    own, salt = key or ec.generate_private_key(CURVE), salt or secrets.token_bytes(SALT)
    shared, ours = _shared(own, p256dh), point_of(own.public_key())
    secret = _derived(auth, shared, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + len(p256dh).to_bytes(2) + p256dh + len(ours).to_bytes(2) + ours
    content_key = _derived(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
    body = AESGCM(content_key).encrypt(nonce, b"\0\0" + message, None)
    headers = {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={written(salt)}",
        "Crypto-Key": f"dh={written(ours)}",
    }
    return Sealed(headers, body)


def _shared(own: ec.EllipticCurvePrivateKey, p256dh: bytes) -> bytes:
    return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, p256dh))


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)
