"""HTML as a row of tokens, read once from left to right.

Made for input that means harm: nothing is looked at twice, whatever the nesting, and what a browser would not show as
text (scripts, styles, drawings, frames) does not come out. It decides nothing about safety; `sanitise.py` does.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from fedcomm.text import cleaning


class Token(NamedTuple):
    """A piece of text, or the beginning or end of an element. `value` is the text or the element's name."""

    kind: Literal["text", "open", "close"]
    value: str
    attributes: Mapping[str, str] = {}


# Between their tags stands no HTML: all up to the end tag is dropped.
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript")
}
_DROPPED: Final = frozenset({"svg", "math", "template", "select", "object", "audio", "video", "canvas", "head"})
_WITH_ATTRIBUTES: Final = frozenset({"a", "span", "p", "ol", "img"})

_TEXT = re.compile(r"(?:[^<]++|<(?![A-Za-z/!?]))++")
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?""",
)
_TO_TAG_END = re.compile(r"[\s/]*+>")
_HUGE_NUMBER = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{7,}+);?")
_REFERENCE = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")


def read(source: str) -> Iterator[Token]:
    """Take HTML apart. Text and values come decoded and storable; names in lower case."""
    source = cleaning.storable(source)
    at, end = 0, len(source)
    while at < end:
        found = _TEXT.match(source, at)
        if found:
            at = found.end()
            yield Token("text", decode(found.group()))
            continue
        found = _NAME.match(source, at)
        if not found:
            at = _after_comment(source, at)
            continue
        name = found.group(1).lower()
        closes = source[at + 1] == "/"
        attributes, at, stands_alone = _read_attributes(source, found.end(), wanted=name in _WITH_ATTRIBUTES)
        if closes:
            yield Token("close", name)
        elif name == "plaintext":
            return
        elif name in _RAW:
            finish = _RAW[name].search(source, at)
            at = _after(source, ">", finish.end()) if finish else end
        elif name in _DROPPED:
            at = at if stands_alone else _after_dropped(source, at, name)
        else:
            yield Token("open", name, attributes)
            if stands_alone and name in ("a", "span"):
                # Written as XML, `<a/>` is an empty anchor; read as HTML it would swallow what follows.
                yield Token("close", name)


def decode(text: str) -> str:
    """Character references as the characters they stand for. Numbers of any length are survived (S078)."""
    if "&" not in text:
        return text
    return cleaning.storable(html.unescape(_HUGE_NUMBER.sub("\ufffd", text)))


def _decode_value(text: str) -> str:
    """In a value only what ends in a semicolon is a reference, so that `?a=1&copy=2` stays an address."""
    if "&" not in text:
        return text
    return cleaning.storable(_REFERENCE.sub(lambda found: html.unescape(found.group()), text))


def _read_attributes(source: str, at: int, *, wanted: bool) -> tuple[dict[str, str], int, bool]:
    """Attributes from `at`, the place after the tag's `>`, and whether the tag ended in `/>`."""
    attributes: dict[str, str] = {}
    while True:
        closing = _TO_TAG_END.match(source, at)
        if closing:
            return attributes, closing.end(), source[closing.end() - 2] == "/"
        found = _ATTRIBUTE.match(source, at)
        if not found:
            return attributes, len(source), False
        at = found.end()
        if wanted:
            quoted, single, bare = found.group(2, 3, 4)
            value = quoted if quoted is not None else single if single is not None else bare or ""
            attributes.setdefault(found.group(1).lower(), _decode_value(value))


def _after_comment(source: str, at: int) -> int:
    if not source.startswith("<!--", at):
        return _after(source, ">", at)
    if source.startswith((">", "->"), at + 4):
        return _after(source, ">", at)
    return _after(source, "-->", at + 4)


def _after(source: str, what: str, at: int) -> int:
    place = source.find(what, at)
    return len(source) if place < 0 else place + len(what)


def _after_dropped(source: str, at: int, name: str) -> int:
    """The place after the end tag that belongs to a dropped element; elements of its name may lie inside."""
    depth = 1
    for found in re.compile(rf"<(/?){name}(?=[\s/>])", re.IGNORECASE).finditer(source, at):
        depth += -1 if found.group(1) else 1
        if depth == 0:
            return _after(source, ">", found.end())
    return len(source)
