"""Signed requests as other servers write them, honest and not, made without the code under test."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from federation.errors import Unreachable
from federation.signatures.key_formats import PublicKey
from federation.signatures.owned_keys import OwnedKey
from tests.keys import rsa_key

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HERE = "https://assoc.example"
ADA = "https://alpha.example/u/ada"
ADAS_KEY = f"{ADA}#main-key"
BODY = (
    b'{"@context":"https://www.w3.org/ns/activitystreams","id":"https://alpha.example/a/1","type":"Create",'
    b'"actor":"https://alpha.example/u/ada","object":{"id":"https://alpha.example/p/1","type":"Note"}}'
)
POST_COVERED = "(request-target) host date digest"
GET_COVERED = "(request-target) host date"


def digest_of(body: bytes) -> str:
    return "SHA-256=" + b64encode(hashlib.sha256(body).digest()).decode()


def imf(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


@dataclass
class Letter:
    """A request in draft-cavage: change what you want, then ask for its headers."""

    key: int = 0
    key_id: str = ADAS_KEY
    method: str = "post"
    target: str = "/inbox"
    covered: str | None = POST_COVERED
    parameters: dict[str, str | int] = field(default_factory=lambda: {"algorithm": "rsa-sha256"})
    fields: dict[str, str] = field(
        default_factory=lambda: {
            "host": "assoc.example",
            "date": imf(NOON),
            "digest": digest_of(BODY),
            "content-type": "application/activity+json",
        }
    )

    def text(self) -> str:
        lines: list[str] = []
        for name in (self.covered or "(created)").split():
            if name == "(request-target)":
                value: str | int = f"{self.method} {self.target}"
            elif name.startswith("("):
                value = self.parameters[name[1:-1]]
            else:
                value = self.fields[name]
            lines.append(f"{name}: {value}")
        return "\n".join(lines)

    def signature(self) -> str:
        return b64encode(rsa_key(self.key).sign(self.text().encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def signature_field(self) -> str:
        parts: dict[str, str | int] = {"keyId": self.key_id, **self.parameters}
        if self.covered is not None:
            parts["headers"] = self.covered
        parts["signature"] = self.signature()
        return ",".join(
            f"{name}={value}" if isinstance(value, int) else f'{name}="{value}"' for name, value in parts.items()
        )

    def headers(self) -> dict[str, str]:
        return {**self.fields, "signature": self.signature_field()}


class Ring:
    """The keys an application knows, those it would fetch, and whom it asked."""

    def __init__(
        self, known: Mapping[str, OwnedKey] | None = None, elsewhere: Mapping[str, OwnedKey] | None = None
    ) -> None:
        self.known = dict(known or {})
        self.elsewhere = dict(elsewhere or {})
        self.fetched: list[str] = []
        self.is_down = False

    async def find(self, key_id: str) -> OwnedKey | None:
        return self.known.get(key_id)

    async def fetch(self, key_id: str) -> OwnedKey | None:
        self.fetched.append(key_id)
        if self.is_down:
            raise Unreachable("nobody answers", retry_after=60)
        return self.elsewhere.get(key_id)


def owned(key_id: str, public: PublicKey, owner: str | None = None) -> OwnedKey:
    return OwnedKey(key_id, owner or key_id.partition("#")[0], public)


def ring_with_ada() -> Ring:
    return Ring(known={ADAS_KEY: owned(ADAS_KEY, rsa_key(0).public_key())})
