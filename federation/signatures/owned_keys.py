"""Keys together with the actor they speak for, as documents of other servers state them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from federation.authority import key_belongs_to
from federation.errors import Malformed
from federation.signatures.key_formats import PublicKey, public_from_multikey, public_from_pem

MOST_KEYS = 10
"""Keys of one actor document that are looked at."""


@dataclass(frozen=True, slots=True)
class OwnedKey:
    """A public key, the URI it is known by, and the URI of the actor it speaks for; both of one origin."""

    id: str
    owner: str
    public: PublicKey


class Keys(Protocol):
    """How the library asks the application for somebody's key."""

    async def find(self, key_id: str) -> OwnedKey | None:
        """The key as we know it already, without asking anybody. None: not known."""
        ...

    async def fetch(self, key_id: str) -> OwnedKey | None:
        """The key as its owner's server states it now, unless it was asked within the last 5 minutes.

        None: there is no such key, it is unusable, it does not belong to who it says, or it was asked too recently.
        Raises Unreachable (their server does not answer, or we must not ask it more often).
        """
        ...


def owner_in(document: Mapping[str, Any], key_id: str) -> str | None:
    """Whose key this is, by a document found under the key's URI: the key itself, or an actor that has it.

    That document is only one half of the proof; `read_key` needs the owner's own document too.
    """
    entry = _entry_in(document, key_id)
    owner = None if entry is None else entry.get("owner", entry.get("controller"))
    return owner if isinstance(owner, str) else None


def read_key(key_id: str, document: Mapping[str, Any], actor: Mapping[str, Any]) -> OwnedKey | None:
    """The key with this URI, if key and actor claim each other; both documents may be the same one (S013).

    Raises Malformed (a key that cannot be used, S017).
    """
    entry = _entry_in(document, key_id)
    if entry is None or not key_belongs_to(entry, actor):
        return None
    return OwnedKey(key_id, str(actor["id"]), _material(entry))


def keys_of(actor: Mapping[str, Any]) -> tuple[OwnedKey, ...]:
    """All usable keys that stand in an actor document in full and belong to that actor."""
    found: list[OwnedKey] = []
    for entry in _entries(actor)[:MOST_KEYS]:
        if key_belongs_to(entry, actor):
            try:
                found.append(OwnedKey(str(entry["id"]), str(actor["id"]), _material(entry)))
            except Malformed:
                continue  # one key of another kind does not spoil the others
    return tuple(found)


def _entry_in(document: Mapping[str, Any], key_id: str) -> Mapping[str, Any] | None:
    if document.get("id") == key_id and ("publicKeyPem" in document or "publicKeyMultibase" in document):
        return document
    entries = (entry for entry in _entries(document)[:MOST_KEYS] if entry.get("id") == key_id)
    return next(entries, None)


def _entries(actor: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = []
    for name in ("publicKey", "assertionMethod"):
        value = actor.get(name)
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        entries += [cast("Mapping[str, Any]", item) for item in items if isinstance(item, dict)]
    return entries


def _material(entry: Mapping[str, Any]) -> PublicKey:
    match entry:
        case {"publicKeyPem": str(pem)}:
            return public_from_pem(pem)
        case {"publicKeyMultibase": str(text)}:
            return public_from_multikey(text)
        case _:
            raise Malformed("a key without material")
