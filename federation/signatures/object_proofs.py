"""Proofs inside documents, which survive being passed on: FEP-8b32 with `eddsa-jcs-2022`.

The older LD signatures (`signature`) give no authority here and are not checked (D47, S024); ours: `ld_signatures`.
Source: FEP-8b32, W3C vc-di-eddsa, RFC 8785, federation.md 1.2 and 2.8.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.authority import live_together
from federation.errors import Malformed, Unauthentic
from federation.signatures.canonical import canonical
from federation.signatures.key_formats import PublicKey, from_multibase, is_signed_by, to_multibase
from federation.signatures.key_formats import sign as sign_bytes
from federation.signatures.owned_keys import Keys
from federation.vocabulary.strict_json import JsonObject

TYPE = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MOST_PROOFS = 4
_LONGEST_TIME = 64

_SECURITY = "https://w3id.org/security#"
PROOF_TERMS: Mapping[str, Any] = {
    "DataIntegrityProof": f"{_SECURITY}DataIntegrityProof",
    # No graph container: Mastodon refuses documents in which one turns up when it compacts them.
    "proof": {"@id": f"{_SECURITY}proof", "@type": "@id"},
    "cryptosuite": f"{_SECURITY}cryptosuite",
    "proofPurpose": {"@id": f"{_SECURITY}proofPurpose", "@type": "@vocab"},
    "proofValue": f"{_SECURITY}proofValue",
    "verificationMethod": {"@id": f"{_SECURITY}verificationMethod", "@type": "@id"},
    "assertionMethod": {"@id": f"{_SECURITY}assertionMethod", "@type": "@id"},
}
"""What the words of a proof mean, written into documents instead of naming a further context (D52)."""

# Numbers with a fraction are written differently by careless canonicalisers; only these fields have a use for them.
_FRACTIONS = frozenset({"focalPoint", "latitude", "longitude", "altitude", "accuracy", "radius"})


@dataclass(frozen=True, slots=True)
class ProofClaim:
    """A proof whose form and dates are good; the key named by `verification_method` has still to confirm it."""

    verification_method: str
    signature: bytes
    text: bytes

    def is_proven_by(self, key: PublicKey) -> bool:
        """Whether this key made the proof. Only Ed25519 can, whatever the document says."""
        return isinstance(key, Ed25519PublicKey) and is_signed_by(key, self.signature, self.text)


def add_proof(
    document: Mapping[str, Any], key: Ed25519PrivateKey, verification_method: str, *, now: datetime
) -> JsonObject:
    """The document with a proof of its own actor; an LD signature, if one is wanted, is made after this.

    Its `@context` stands in the proof too, so that the proof survives a peer that drops it on the way (PieFed).

    Raises Malformed (numbers that not everybody writes alike).
    """
    context = _with_proof_terms(document.get("@context"))
    whole: JsonObject = {"@context": context, **{name: v for name, v in document.items() if name not in _UNPROVEN}}
    for path in _fractions(whole):
        raise Malformed(f"a fraction at {path}")
    proof: JsonObject = {
        "type": TYPE,
        "cryptosuite": SUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "@context": context,
    }
    signature = sign_bytes(key, _hashed(proof, whole))
    return {**whole, "proof": {**proof, "proofValue": to_multibase(signature)}}


def read_proofs(document: Mapping[str, Any], now: datetime, *, author: str | None = None) -> tuple[ProofClaim, ...]:
    """The proofs of this suite that stand on the document itself; broken, expired and foreign ones are left out.

    With `author`, only proofs whose key lives with them: others are not worth the work of a canonical form.
    A proof that does not hold means "ask the origin", never "refuse" (federation.md 1.2), so none is an empty tuple.
    """
    value = document.get("proof")
    entries = cast("list[Any]", value) if isinstance(value, list) else [value]
    claims: list[ProofClaim] = []
    for entry in entries[:MOST_PROOFS]:
        if isinstance(entry, dict):
            try:
                claims.append(_read_proof(document, cast("JsonObject", entry), now, author))
            except (Unauthentic, Malformed):
                continue
    return tuple(claims)


async def is_proven(document: Mapping[str, Any], author: str, keys: Keys, *, now: datetime) -> bool:
    """Whether a proof on this document holds and is of this author. Keys that live elsewhere are not asked for.

    Raises Unreachable (a key could not be fetched just now).
    """
    for claim in read_proofs(document, now, author=author):
        for ask in (keys.find, keys.fetch):
            key = await ask(claim.verification_method)
            is_theirs = key is not None and (key.id, key.owner) == (claim.verification_method, author)
            if key is not None and is_theirs and claim.is_proven_by(key.public):
                return True
    return False


def restore_context(document: Mapping[str, Any]) -> JsonObject:
    """The document with the `@context` that a peer dropped on the way, taken from its proof; else as it is."""
    proof = document.get("proof")
    if "@context" not in document and isinstance(proof, dict) and "@context" in proof:
        return {"@context": cast("JsonObject", proof)["@context"], **document}
    return dict(document)


_UNPROVEN = ("@context", "proof", "signature")


def _read_proof(document: Mapping[str, Any], proof: JsonObject, now: datetime, author: str | None) -> ProofClaim:
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    stated = (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose"))
    if stated != (TYPE, SUITE, PURPOSE) or not isinstance(method, str) or not isinstance(value, str):
        raise Unauthentic("not a proof of this suite")
    if not live_together(method, method if author is None else author):
        raise Unauthentic("a key that is no http(s) address, or lives elsewhere")
    expires = proof.get("expires")
    if expires is not None and _moment(expires) < now:
        raise Unauthentic("the proof has expired")
    if proof.get("created") is not None:
        _moment(proof["created"])
    whole: JsonObject = {name: v for name, v in document.items() if name not in ("proof", "signature")}
    if "@context" in proof:
        whole["@context"] = _proven_context(document, proof["@context"])
    options: JsonObject = {name: v for name, v in proof.items() if name != "proofValue"}
    return ProofClaim(method, from_multibase(value), _hashed(options, whole))


def _proven_context(document: Mapping[str, Any], context: Any) -> Any:
    """The proof's context, which must be how the document's begins, or stands in for one that was dropped."""
    if "@context" in document:
        proven, stated = _as_list(context), _as_list(document["@context"])
        if stated[: len(proven)] != proven:
            raise Unauthentic("the proof was made in another context")
    return context


def _as_list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _hashed(options: JsonObject, document: JsonObject) -> bytes:
    """What is signed: the digest of the proof's options, then of the document, both canonical. Raises Malformed."""
    try:
        parts = [canonical(options), canonical(document)]
    except (ValueError, RecursionError) as error:
        raise Malformed("a document that has no canonical form") from error
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def _with_proof_terms(context: Any) -> list[Any]:
    contexts = [] if context is None else _as_list(context)
    defined = any(TYPE in cast("JsonObject", entry) for entry in contexts if isinstance(entry, dict))
    named = any(isinstance(entry, str) and "/security/data-integrity/" in entry for entry in contexts)
    return [*contexts] if defined or named else [*contexts, dict(PROOF_TERMS)]


def _fractions(value: Any, path: str = "") -> Iterator[str]:
    """Where a document of ours has fractions it should not have; what it relays is not ours to choose."""
    if isinstance(value, float) and not value.is_integer():
        yield path
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _fractions(item, path)
    elif isinstance(value, dict):
        entries = cast("JsonObject", value)
        relays = entries.get("type") == "Announce"
        for name, item in entries.items():
            if name not in _FRACTIONS and not (relays and name == "object"):
                yield from _fractions(item, f"{path}/{name}")


def _moment(text: Any) -> datetime:
    if not isinstance(text, str) or len(text) > _LONGEST_TIME:
        raise Unauthentic("not a time")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unauthentic("not a time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
