"""What a signature claims before its key has confirmed it; the one time window of all schemes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from federation.errors import Unauthentic
from federation.signatures.key_formats import PublicKey, is_signed_by

Scheme: TypeAlias = Literal["cavage", "rfc9421"]
Kind: TypeAlias = Literal["rsa", "ed25519"]

NO_FIELDS: Mapping[str, str] = {}

CLOCK_TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says they sent this. All is checked but the signature itself, for which their key is needed.

    `kind` is the kind of key the sender says it used, None if they leave that to the key. `texts` are the bytes that
    may have been signed, the likelier first. `covered` are the names of the headers in them, in lower case.
    """

    scheme: Scheme
    key_id: str
    kind: Kind | None
    signature: bytes
    texts: tuple[bytes, ...]
    covered: frozenset[str] = frozenset()

    def is_proven_by(self, key: PublicKey) -> bool:
        """Whether this key made the signature. The key's kind decides the algorithm, not the header (S016)."""
        if self.kind is not None and (self.kind == "rsa") != isinstance(key, RSAPublicKey):
            return False
        return any(is_signed_by(key, self.signature, text) for text in self.texts)


def kind_of(algorithm: object, names: Mapping[str, Kind | None]) -> Kind | None:
    """The kind of key a declared algorithm belongs to. Raises Unauthentic (none that we know, S016)."""
    if algorithm is None:
        return None
    if not isinstance(algorithm, str) or algorithm.lower() not in names:
        raise Unauthentic("an unknown signature algorithm")
    return names[algorithm.lower()]


def check_time(moment: datetime, now: datetime) -> None:
    """When something was signed lies at most one hour from now (D46, S008). Raises Unauthentic."""
    if abs(moment - now) > CLOCK_TOLERANCE:
        raise Unauthentic("signed too long ago, or in the future")


def check_created(created: int, now: datetime) -> None:
    """The same for a time in seconds since 1970. Raises Unauthentic."""
    if abs(created - now.timestamp()) > CLOCK_TOLERANCE.total_seconds():
        raise Unauthentic("signed too long ago, or in the future")


def check_expires(expires: int, now: datetime) -> None:
    """What its sender let expire is not used (S008). Raises Unauthentic."""
    if expires < now.timestamp():
        raise Unauthentic("the signature has expired")
