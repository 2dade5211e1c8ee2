"""Random values that let somebody in: 256 bits, shown once, stored as SHA-256 (decisions D26)."""

import hashlib
import secrets


def new() -> str:
    """A fresh value for a session, bearer token, code or link."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> bytes:
    """What is stored of it."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
