"""HTML from anywhere -> the few elements we store and show (decisions D36). Every edge goes through it.

`shaping.py` writes small, well-formed HTML from whatever came; nh3, which knows nothing of our rules but the lists
below, has the last word on it. No function here raises, whatever it is given (S078), each is linear in its input, and
cleaning what is clean changes nothing (S077).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import nh3

from fedcomm.text import cleaning, limits, sentences, tokens
from fedcomm.text.shaping import BLOCKS, HEADINGS, INLINES, TABLES, Shaper
from fedcomm.text.tokens import Token
from fedcomm.text.values import CLASSES, QUOTE

MOST_SOURCE: Final = 1_000_000
"""Characters of HTML that are read at all; a message of another server may have 1 MiB."""

_POST: Final = INLINES | BLOCKS | TABLES
_BIO: Final = INLINES | {"p", "ul", "ol", "li", "blockquote"}
_FIELD: Final = frozenset({"a", "span"})

_GATE: Final = nh3.Cleaner(
    tags=_POST | {"br"},
    clean_content_tags={"script", "style", "svg", "math", "title", "template", "iframe", "noscript", "textarea"},
    attributes={"a": {"href", "rel"}, "ol": {"start"}},
    allowed_classes={"a": CLASSES, "span": CLASSES | {QUOTE}, "p": {QUOTE}},
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel=None,
)


def clean_post(source: str, *, home: str = "") -> str:
    """The HTML of a post as we store it. `home` is our own origin: links to it are not outside links."""
    return _cleaned(source, _POST, limits.BODY_FROM_OUTSIDE, home)


def clean_bio(source: str, *, home: str = "") -> str:
    """The HTML of a profile's text or a group's purpose: no headings, tables or code blocks."""
    return _cleaned(source, _BIO, limits.BODY_FROM_OUTSIDE, home)


def clean_field(source: str, *, home: str = "") -> str:
    """The HTML of a profile field's value: text and links."""
    return _cleaned(source, _FIELD, 2_000, home)


def _cleaned(source: str, allowed: frozenset[str], most_text: int, home: str) -> str:
    source = source[:MOST_SOURCE]
    return _shaped(tokens.read(source), allowed, most_text, home, reopening=len(source))


def _shaped(
    row: Iterable[Token], allowed: frozenset[str], most_text: int, home: str, reopening: int = MOST_SOURCE
) -> str:
    shaper = Shaper(allowed=allowed, home=home, most_text=most_text, reopening=reopening)
    return _GATE.clean(shaper.shape(row))


_CLIENT: Final = frozenset("p br a span strong b em i u del code pre blockquote ul ol li".split())
_NOT_FOR_CLIENTS: Final = re.compile(r"<(?:h[2-6r]|t[abhdr]|su[bp]|s>)")
_RAISED: Final = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
_LOWERED: Final = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def for_client(stored: str) -> str:
    """Stored HTML in the smaller set that Mastodon's clients know: headings as bold paragraphs, tables as lines.

    Source: Mastodon API documentation, entities/Status, `content`.
    """
    if not _NOT_FOR_CLIENTS.search(stored):
        return stored
    return _shaped(_simplified(tokens.read(stored)), _CLIENT, limits.BODY_FROM_OUTSIDE, "")


def _simplified(row: Iterable[Token]) -> Iterator[Token]:
    digits: dict[int, int] | None = None
    table: list[str] | None = None
    for token in row:
        kind, name, _ = token
        if kind == "text":
            yield Token("text", name.translate(digits)) if digits else token
        elif name in HEADINGS:
            around = ("p", "strong") if kind == "open" else ("strong", "p")
            yield from (Token(kind, wrapper) for wrapper in around)
        elif name in ("sub", "sup"):
            digits = (_RAISED if name == "sup" else _LOWERED) if kind == "open" else None
        elif name == "table":
            table = [] if kind == "open" else None
            yield Token(kind, "p")
        elif table is not None and (name in TABLES or name in BLOCKS):
            yield from _table_line(table, name) if kind == "open" else ()
        else:
            yield Token(kind, "del") if name == "s" else token


def _table_line(seen: list[str], name: str) -> Iterator[Token]:
    """What stands in a line of text in place of a row or cell; `seen` are the parts of the table so far."""
    if name == "tr":
        if "td" in seen:
            yield Token("open", "br")
        seen.append(name)
    elif name in ("td", "th"):
        if seen[-1:] == ["td"]:
            yield Token("text", " | ")
        seen.append("td")
    elif seen[-1:] != ["td"]:
        yield Token("text", " ")


_PARAGRAPHS: Final = frozenset({"p", "pre", "blockquote", "ul", "ol", "table", "hr", "h1", *HEADINGS})
_LINES: Final = frozenset({"br", "tr", "div", "section", "article", "figure", "figcaption", "dt", "dd"})
_BLANKS: Final = re.compile(r"[ \t\n\f]+")
_MANY_LINES: Final = re.compile(r"\n{3,}")


def to_plain(source: str) -> str:
    """HTML as plain text: for titles, notifications, search and what is counted. Addresses that are shown shortened
    come whole."""
    written: list[str] = []
    preformatted = 0
    for kind, value, _ in tokens.read(source[:MOST_SOURCE]):
        if kind == "text":
            written.append(value if preformatted else _BLANKS.sub(" ", value))
            continue
        if value == "pre":
            preformatted = max(preformatted + (1 if kind == "open" else -1), 0)
        if value in _PARAGRAPHS:
            written.append("\n\n")
        elif value in _LINES and (kind == "open" or value != "br"):
            written.append("\n")
        elif value == "li" and kind == "open":
            written.append("\n- ")
        elif value in ("td", "th") and kind == "close":
            written.append(" ")
    lines = (line.strip(" \t") for line in cleaning.in_html("".join(written)).split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def excerpt(stored: str, limit: int = limits.SUMMARY) -> str:
    """Stored HTML whole when its text has at most `limit` characters, else its beginning up to the end of a sentence;
    in the smaller set of elements. Source: D16."""
    row = list(tokens.read(for_client(stored)))
    place, is_word = sentences.cut("".join(map(_as_counted, row)), limit)
    ellipsis = [Token("text", "…")] if is_word else []
    return _shaped([*_until(row, place), *ellipsis], _CLIENT, limits.BODY_FROM_OUTSIDE, "")


def _as_counted(token: Token) -> str:
    if token.kind == "text":
        return token.value
    return "\n" if (token.value in BLOCKS and token.kind == "close") or token.value == "br" else ""


def _until(row: Iterable[Token], place: int) -> Iterator[Token]:
    for token in row:
        counted = _as_counted(token)
        if len(counted) >= place and token.kind == "text":
            yield Token("text", token.value[:place].rstrip())
            return
        if place <= 0:
            return
        place -= len(counted)
        yield token
