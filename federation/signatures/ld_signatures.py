"""LD signatures, without which Mastodon before 4.7 neither forwards nor believes what somebody passes on (D14, D52).

Made only, never checked: one that comes from elsewhere gives no authority (D47, S024). Signed is the graph that a
document says, in canonical form (URDNA2015), so it survives being written anew. Source: RsaSignature2017 as Mastodon
checks it; federation.md 1.2.
"""

import hashlib
import importlib
import threading
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import Malformed
from federation.signatures.key_formats import sign
from federation.signatures.ld_contexts import CONTEXTS
from federation.vocabulary.strict_json import JsonObject

TYPE = "RsaSignature2017"

_ONE_AT_A_TIME = threading.Lock()
"""The library remembers contexts for all threads together, and does not guard what it remembers."""


def add_ld_signature(document: Mapping[str, Any], key: RSAPrivateKey, creator: str, *, now: datetime) -> JsonObject:
    """The document with the signature of its actor over all of it, its proof too. `creator` is the key's address.

    Raises Malformed (it names a context that is not here).
    """
    whole: JsonObject = {name: value for name, value in document.items() if name != "signature"}
    created = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = (options_digest(creator, created) + document_digest(whole)).encode()
    value = b64encode(sign(key, signed)).decode()
    return {**whole, "signature": {"type": TYPE, "creator": creator, "created": created, "signatureValue": value}}


def options_digest(creator: str, created: str) -> str:
    """SHA-256 of the graph that the signature's own options say: who made it and when, sorted as quads are."""
    moment = f'"{created}"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
    quads = (
        f"_:c14n0 <http://purl.org/dc/terms/created> {moment} .\n"
        f"_:c14n0 <http://purl.org/dc/terms/creator> <{creator}> .\n"
    )
    return hashlib.sha256(quads.encode()).hexdigest()


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of what a document says, in canonical form. Raises Malformed."""
    # Loaded at the first need: it is large, and an instance that says nothing in public never needs it.
    jsonld: Any = importlib.import_module("pyld.jsonld")
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _context}
    try:
        with _ONE_AT_A_TIME:
            quads: str = jsonld.normalize(dict(document), options)
    except jsonld.JsonLdError as error:
        raise Malformed("a document that cannot be read as a graph") from error
    return hashlib.sha256(quads.encode()).hexdigest()


def _context(url: str, options: object) -> dict[str, Any]:
    """A context document by its address: of those that are here, nothing is ever fetched."""
    if url not in CONTEXTS:
        raise Malformed(f"a context that is not here: {url}")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": CONTEXTS[url],
    }
