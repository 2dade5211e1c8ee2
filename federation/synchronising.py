"""Whether two servers agree who follows whom: a digest beside what is sent to followers. Source: FEP-8fcf; R044."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from federation.errors import Malformed
from federation.vocabulary.urls import canonical_url

FIELD = "Collection-Synchronization"
NOBODY = "0" * 64
_LONGEST = 5000
_PARAMETER = re.compile(r'\s*([A-Za-z]+)\s*=\s*"([^"\\]*)"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a sender believes: those of the receiver's server in this collection, listed at `url`, have this digest."""

    collection: str
    url: str
    digest: str

    def __str__(self) -> str:
        return f'collectionId="{self.collection}", url="{self.url}", digest="{self.digest}"'


def read_agreement(field: str) -> Agreement:
    """The header as it came. Raises Malformed."""
    found: dict[str, str] = {}
    position = 0
    while position < len(field):
        matched = _PARAMETER.match(field, position) if len(field) <= _LONGEST else None
        if matched is None or matched[1] in found:
            raise Malformed(f"a {FIELD} that is none")
        found[matched[1]] = matched[2]
        position = matched.end()
    collection, url = canonical_url(found.get("collectionId")), canonical_url(found.get("url"))
    digest = found.get("digest", "").lower()
    if collection is None or url is None or not _DIGEST.fullmatch(digest):
        raise Malformed(f"a {FIELD} without its parts")
    return Agreement(collection, url, digest)


def digest_of(uris: Iterable[str]) -> str:
    """The digest of a set of followers: the SHA-256 of each id, all put together by exclusive or, in hexadecimal."""
    whole = 0
    for uri in set(uris):
        whole ^= int.from_bytes(sha256(uri.encode()).digest())
    return f"{whole:064x}"
