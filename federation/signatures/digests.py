"""Digests of bodies: `Digest` (RFC 3230, as draft-cavage uses it) and `Content-Digest` (RFC 9530)."""

import hashlib
import re
from base64 import b64encode

from federation.signatures.header_fields import read_members

_DIGEST_ITEM = re.compile(r"([A-Za-z0-9-]{1,32})=([A-Za-z0-9+/=_-]{1,256})")


def sha256(body: bytes) -> bytes:
    """The digest both forms carry; worked out once for each activity, however many hosts it goes to."""
    return hashlib.sha256(body).digest()


def digest_field(sha256_digest: bytes) -> str:
    """The value of a `Digest` header. The name stays in capitals: some servers compare the text (NodeBB)."""
    return "SHA-256=" + b64encode(sha256_digest).decode()


def content_digest_field(sha256_digest: bytes) -> str:
    """The value of a `Content-Digest` header."""
    return f"sha-256=:{b64encode(sha256_digest).decode()}:"


def digest_matches(field: str, body: bytes) -> bool:
    """Whether a `Digest` header holds a SHA-256 digest, and each one it holds is of exactly these bytes."""
    expected = b64encode(sha256(body)).decode()
    found = False
    for item in field.split(","):
        part = _DIGEST_ITEM.fullmatch(item.strip())
        if part is None:
            return False
        if part[1].lower() == "sha-256":
            if part[2] != expected:
                return False
            found = True
    return found


def content_digest_matches(field: str, body: bytes) -> bool:
    """Whether a `Content-Digest` header holds a SHA-256 or SHA-512 digest, and those it holds are of these bytes.

    Raises Unauthentic (not a header of that form).
    """
    members = read_members(field)
    known = [(hashlib.new(name.replace("-", "")), members[name]) for name in ("sha-256", "sha-512") if name in members]
    for algorithm, value in known:
        algorithm.update(body)
        if value != algorithm.digest():
            return False
    return bool(known)
