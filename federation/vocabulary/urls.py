"""Addresses as names of things: one spelling of the host, everything after it byte for byte (S048, S049, T37)."""

import ipaddress
import re
from functools import lru_cache

import idna

from federation.vocabulary import limits

# Blanks, controls, quotes, angle brackets, backslashes and invisible direction marks never belong to an address.
_REST = r"(?:[/?#][^\x00-\x20\x7f-\xa0\"<>\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]*)?"
_CANONICAL = re.compile(r"https?://([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(:[1-9][0-9]{0,4})?" + _REST)
_ANY = re.compile(r"(https?)://([^/?#@:\[\]]{1,512}|\[[0-9a-fA-F:.]{2,45}\])(?::([0-9]{0,5}))?(" + _REST + ")", re.I)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DEFAULT_PORT = {"http": "80", "https": "443"}


def canonical_url(value: object) -> str | None:
    """The address with scheme and host in their one spelling; None when it is not an http(s) address (S049).

    Host names are lower case, in punycode, without trailing dot and default port; there is no user information. Path,
    query and fragment stay as they were written, because ids are compared byte for byte (T37).
    """
    if not isinstance(value, str) or len(value) > limits.URL:
        return None
    return _spelled(value)


@lru_cache(maxsize=2048)  # every activity names Public, its group and its actor several times
def _spelled(value: str) -> str | None:
    found = _CANONICAL.fullmatch(value)
    if found is not None:
        host, port = found.groups()
        plain = ".." not in host and len(host) <= 253 and "--" not in host and "_" not in host
        if plain and (port is None or _is_other_port(value, port[1:])):
            return value if value.isascii() or len(value.encode()) <= limits.URL else None
    return _respelled(value)


def _is_other_port(url: str, port: str) -> bool:
    return int(port) <= 65_535 and port != ("443" if url.startswith("https") else "80")


def _respelled(value: str) -> str | None:
    found = _ANY.fullmatch(value)
    if found is None:
        return None
    scheme, host, port, rest = found.groups()
    scheme = scheme.lower()
    host = canonical_host(host)
    if host is None:
        return None
    if port:
        number = int(port)
        if not 1 <= number <= 65_535:
            return None
        port = "" if str(number) == _DEFAULT_PORT[scheme] else f":{number}"
    url = f"{scheme}://{host}{port or ''}{rest}"
    return url if url.isascii() or len(url.encode()) <= limits.URL else None


def canonical_host(host: str) -> str | None:
    """A host name in its one spelling: lower case, punycode, no trailing dot; None when it cannot be one (S048)."""
    host = host.removesuffix(".")
    if host.startswith("["):
        return _address(host)
    if not host or len(host) > 253:
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
        host = host.removesuffix(".")
    host = host.lower()
    return host if len(host) <= 253 and _HOST.fullmatch(host) else None


def _address(bracketed: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(bracketed[1:-1]).compressed}]"
    except ValueError:
        return None


def host_of(url: str) -> str:
    """Host, and port when it is not the default one, of an address that `canonical_url` returned: its authority."""
    start = url.index("//") + 2
    end = start
    while end < len(url) and url[end] not in "/?#":
        end += 1
    return url[start:end]
