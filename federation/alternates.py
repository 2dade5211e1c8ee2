"""Finding a link in a page or host-meta without an HTML or XML parser.

What arrives is hostile and all that is wanted are attributes of one kind of tag, so tags are looked for and read one by
one, in time that grows with the length and no faster; entities other than the five of XML stay as they are, and nothing
is ever loaded. Source: S070, S071, S147; CVE-2025-68475.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape

LONGEST_TAG = 4096

# One name, then perhaps a value; no part can begin where another could have gone on, so nothing is tried twice.
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>=]+)))?")
_MARKED = re.compile(r"<!(?:DOCTYPE\s[^>]{0,500}\[|ENTITY)", re.I)


def tags(text: str, name: str) -> Iterator[Mapping[str, str]]:
    """The attributes, names in lower case, of each `<name ...>` in a text; a tag over 4,096 characters is left out."""
    opening = f"<{name.lower()}"
    lowered = text.lower() if text.isascii() else _lower_ascii(text)
    at = lowered.find(opening)
    while at >= 0:
        start = at + len(opening)
        end = lowered.find(">", start, start + LONGEST_TAG)
        if end > 0 and lowered[start : start + 1] in (" ", "\t", "\n", "\r", "\f"):
            yield _attributes(text[start:end])
        at = lowered.find(opening, start)


def _lower_ascii(text: str) -> str:
    return text.translate({code: code + 32 for code in range(ord("A"), ord("Z") + 1)})


def _attributes(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        name, double, single, bare = match.groups()
        value = next((value for value in (double, single, bare) if value is not None), "")
        found.setdefault(name.lower(), unescape(value))
    return found


def find_alternate(page: str) -> str | None:
    """Where a page says that its ActivityPub document lies, by a `link` of rel alternate and an ActivityPub type."""
    for link in tags(page, "link"):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        if "alternate" in link.get("rel", "").lower().split() and kind in (
            "application/activity+json",
            "application/ld+json",
        ):
            return link.get("href")
    return None


def find_lrdd_template(host_meta: str) -> str | None:
    """The WebFinger template of a host-meta in XML; None too when it declares entities. Source: RFC 6415, S071."""
    if _MARKED.search(host_meta):
        return None
    for link in tags(host_meta, "link"):
        if link.get("rel") == "lrdd" and "{uri}" in link.get("template", ""):
            return link["template"]
    return None
