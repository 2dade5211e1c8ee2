"""Who may speak for what: the rules of origin.

An origin is scheme, host and port in their one spelling. What a server says about its own origin counts, what it says
about another's does not. Source: FEP-fe34, federation.md 1.2, decisions D20, D47, security-cases section 4.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from federation.errors import Malformed
from federation.vocabulary.urls import canonical_url, host_of

DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something lives: `host` lower case, in punycode, without final dot; an IPv6 address in brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The key of a peer: host, and port when it is not the scheme's own (D20)."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@lru_cache(maxsize=2048)
def origin(uri: str) -> Origin:
    """The origin of an http(s) address, the same for every way to spell it (S048).

    Raises Malformed (not such an address: another scheme, user information, no host, too long).
    """
    url = canonical_url(uri)
    if url is None:
        raise Malformed("not an http(s) address")
    scheme = url.partition("://")[0]
    host, colon, port = host_of(url).rpartition(":")
    if not colon or port.endswith("]"):
        return Origin(scheme, host_of(url), DEFAULT_PORTS[scheme])
    return Origin(scheme, host, int(port))


def authority(uri: str) -> str:
    """The peer an address belongs to: its host, with port when that is not the scheme's own (D20). Raises Malformed."""
    return origin(uri).authority


def same_origin(one: str, other: str) -> bool:
    """Whether both lie at the same scheme, host and port. Raises Malformed."""
    return origin(one) == origin(other)


def live_together(*uris: object) -> bool:
    """Whether all are http(s) addresses of one origin. Never raises: for what strangers wrote."""
    try:
        origins = {origin(uri) for uri in uris if isinstance(uri, str)}
    except Malformed:
        return False
    return len(origins) == 1 and all(isinstance(uri, str) for uri in uris)


def key_belongs_to(key: Mapping[str, Any], actor: Mapping[str, Any]) -> bool:
    """Whether a key and an actor claim each other, at the same origin (S013).

    The key names the actor as `owner` (or `controller`, when it is a Multikey); the actor has the key in `publicKey` or
    `assertionMethod`, by id or in full, and in full means the same key.
    """
    key_id, owner = key.get("id"), key.get("owner", key.get("controller"))
    if not isinstance(key_id, str) or owner != actor.get("id") or not live_together(key_id, owner):
        return False
    claimed = _many(actor, "publicKey") + _many(actor, "assertionMethod")
    return any(_is_same_key(entry, key) for entry in claimed)


def _many(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _is_same_key(claimed: object, key: Mapping[str, Any]) -> bool:
    if isinstance(claimed, str):
        return claimed == key["id"]
    if not isinstance(claimed, dict):
        return False
    entry = cast("dict[str, Any]", claimed)
    material = ("publicKeyPem", "publicKeyMultibase")
    return entry.get("id") == key["id"] and all(entry.get(name) == key.get(name) for name in material)


def may_create(signer: str, object_id: str, authors: Collection[str]) -> bool:
    """Whether an actor may publish this object: it lives with them, and they alone are its authors (S026-S028)."""
    return bool(authors) and all(author == signer for author in authors) and live_together(signer, object_id)


def may_update(signer: str, object_id: str, authors: Collection[str]) -> bool:
    """Whether an actor may change this object: they are an author of it, or it is they themselves (S033, S034).

    `authors` as we know them already, not as the update says. Moderators are the application's matter.
    """
    return (signer in authors or signer == object_id) and live_together(signer, object_id)


def may_delete(signer: str, object_id: str, authors: Collection[str]) -> bool:
    """Whether an actor may withdraw this object; the same rule as for changing it (S035)."""
    return may_update(signer, object_id, authors)


def may_undo(signer: str, doer: str) -> bool:
    """Whether an actor may take back an activity: only who did it (S038)."""
    return signer == doer


def counts_as_fetched(object_id: str, author: str, *, final_url: str) -> bool:
    """Whether an object counts as fetched: it and its author live where the answer came from (S029, S061)."""
    return live_together(object_id, author, final_url)
