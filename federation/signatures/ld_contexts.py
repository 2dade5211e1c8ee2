"""What ActivityStreams and security/v1 mean by the names in our documents, for LD signatures: never fetched (D14).

All further names are defined in the documents themselves. Source: the context documents of both namespaces.
"""

from typing import Any

from federation.vocabulary.contexts import AS, SECURITY

_AS = "https://www.w3.org/ns/activitystreams#"
_XSD = "http://www.w3.org/2001/XMLSchema#"

_TYPES = (
    "Accept Add Announce Application Article Audio Block Collection CollectionPage Create Delete Dislike Document Event"
    " Flag Follow Group Image Like Link Mention Move Note Offer OrderedCollection OrderedCollectionPage Organization"
    " Page Person Place Question Reject Remove Service Tombstone Undo Update Video"
)
_ADDRESSES = (
    "actor anyOf attachment attributedTo audience cc context endpoints first followers following generator href"
    " icon image inReplyTo instrument items last likes location next object oneOf origin outbox partOf prev preview"
    " replies result sharedInbox shares tag target to url"
)
_MOMENTS = "closed deleted endTime published startTime updated"
_COUNTS = "height totalItems width"
_TEXTS = "content mediaType name preferredUsername rel source summary"


def _activitystreams() -> dict[str, Any]:
    context: dict[str, Any] = {
        "@vocab": "_:",
        "xsd": _XSD,
        "as": _AS,
        "ldp": "http://www.w3.org/ns/ldp#",
        "id": "@id",
        "type": "@type",
        "inbox": {"@id": "ldp:inbox", "@type": "@id"},
        "orderedItems": {"@id": "as:items", "@type": "@id", "@container": "@list"},
        "formerType": {"@id": "as:formerType", "@type": "@id"},
        "contentMap": {"@id": "as:content", "@container": "@language"},
    }
    context |= {name: f"as:{name}" for name in (*_TYPES.split(), *_TEXTS.split())}
    context |= {name: {"@id": f"as:{name}", "@type": "@id"} for name in _ADDRESSES.split()}
    context |= {name: {"@id": f"as:{name}", "@type": "xsd:dateTime"} for name in _MOMENTS.split()}
    context |= {name: {"@id": f"as:{name}", "@type": "xsd:nonNegativeInteger"} for name in _COUNTS.split()}
    return context


_SECURITY: dict[str, Any] = {
    "id": "@id",
    "type": "@type",
    "dc": "http://purl.org/dc/terms/",
    "sec": "https://w3id.org/security#",
    "xsd": _XSD,
    "created": {"@id": "dc:created", "@type": "xsd:dateTime"},
    "creator": {"@id": "dc:creator", "@type": "@id"},
    "owner": {"@id": "sec:owner", "@type": "@id"},
    "publicKey": {"@id": "sec:publicKey", "@type": "@id"},
    "publicKeyPem": "sec:publicKeyPem",
    "signature": "sec:signature",
    "signatureValue": "sec:signatureValue",
}

CONTEXTS: dict[str, dict[str, Any]] = {
    AS: {"@context": _activitystreams()},
    SECURITY: {"@context": _SECURITY},
}
"""By the address that a document names."""
