"""A request as it came in: what a signature on it is computed over."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from federation.authority import same_origin
from federation.errors import Malformed, Unauthentic
from federation.signatures.digests import content_digest_matches, digest_matches
from federation.vocabulary.urls import canonical_url, host_of

HeaderFields: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

# Headers that mean something else when they come twice; a proxy and we might pick different ones.
_ONCE = ("host", "date", "digest", "content-type", "content-length")
BODILESS = ("GET", "HEAD")
"""Methods whose requests have no body; those of all others must sign theirs (D46)."""

_TARGET = re.compile(r"/[^\x00-\x20\x7f#]*")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it reached us.

    `target` is path and query exactly as they stood in the request line, `here` our own scheme, host and port without a
    final slash, `fields` the headers by lower-case name, several of one name in their order.
    """

    method: str
    target: str
    here: str
    fields: Mapping[str, tuple[str, ...]]
    body: bytes

    def field(self, name: str) -> str | None:
        """The value of a header as signatures see it: several joined by a comma. None if it did not come."""
        values = self.fields.get(name)
        if values is None:
            return None
        return values[0] if len(values) == 1 else ", ".join(values)


def read_request(method: str, target: str, here: str, headers: HeaderFields, body: bytes = b"") -> Request:
    """Gather what signatures need. Headers that may stand once only are refused when they come twice.

    Raises Unauthentic.
    """
    if not _TARGET.fullmatch(target):
        raise Unauthentic("a request target that is not a path")
    fields: dict[str, tuple[str, ...]] = {}
    pairs = cast("Mapping[str, str]", headers).items() if isinstance(headers, Mapping) else headers
    for name, value in pairs:
        if "\n" in value or "\r" in value:
            raise Unauthentic("a line break within a header")
        key = name.lower()
        fields[key] = (*fields.get(key, ()), value.strip(" \t"))
    for name in _ONCE:
        if len(fields.get(name, ())) > 1:
            raise Unauthentic(f"more than one {name} header")
    return Request(method.upper(), target, here, fields, body)


def split_url(url: str) -> tuple[str, str, str]:
    """Scheme, host with port, and request target of an address we are about to ask. Raises Malformed.

    It must be as it will stand in the request: percent-encoded, or what is signed and what is sent would differ.
    """
    canonical = canonical_url(url)
    if canonical is None or not canonical.isascii():
        raise Malformed("not an http(s) address that can be signed")
    host = host_of(canonical)
    scheme, _, rest = canonical.partition("://")
    target = rest[len(host) :].partition("#")[0]
    return scheme, host, target if target.startswith("/") else "/" + target


def is_for_us(request: Request) -> bool:
    """Whether the request names us as its host, in whatever spelling (S007, S048)."""
    host = request.field("host")
    scheme = request.here.partition("://")[0]
    try:
        return host is not None and "/" not in host and same_origin(f"{scheme}://{host}/", request.here)
    except Malformed:
        return False


def check_digest(request: Request, name: str) -> None:
    """A digest that was signed must be of the bytes that came (S003, S005). Raises Unauthentic."""
    field = request.field(name)
    matches = digest_matches if name == "digest" else content_digest_matches
    if field is None or not matches(field, request.body):
        raise Unauthentic(f"{name} missing or not of this body")
