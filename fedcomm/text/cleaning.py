"""Plain text from outside, made fit to store and to show: names, titles, warnings, alternative texts.

Nothing here raises. The result is never longer than the limit, holds neither NUL nor lone surrogates (PostgreSQL and
asyncpg refuse them, `security-cases.md` section 2) and cleaning it again changes nothing.
"""

import re
import unicodedata

MOST_MARKS = 4
"""Combining marks kept after one letter; Vietnamese and pointed Hebrew need three or four (S051)."""

_CONTROLS = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (0x09, 0x0A)}
_SURROGATES = re.compile("[\ud800-\udfff]")
# What overrides the order of letters, or opens an embedding or isolate that a name need not close.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_OVERRIDES = dict.fromkeys([0x202D, 0x202E])
# Invisible or blank: soft hyphen, zero widths (the joiners are treated apart), fillers, tags, byte order mark.
_INVISIBLE = dict.fromkeys(
    (
        *(0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200E, 0x200F),
        *(*range(0x2060, 0x2066), *range(0x206A, 0x2070), 0x2800, 0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC)),
    )
)
_JOINERS = re.compile("[\u200c\u200d]+")
_BLANKS = re.compile(r"\s+")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")


def storable(text: str) -> str:
    """Any text, with line ends as newlines and without what a database or a page chokes on."""
    text = _LINE_END.sub("\n", text).translate(_CONTROLS)
    return _SURROGATES.sub("", text)


def one_line(text: str, limit: int) -> str:
    """A name, title, tag or option: one line, no tricks with direction or invisible signs, cut at `limit` (S051)."""
    text = _visible(storable(text))
    text = _cut(_BLANKS.sub(" ", text).strip(), limit).strip()
    return text if any(_is_seen(c) for c in text) else ""


def paragraphs(text: str, limit: int) -> str:
    """A longer plain text, such as a report's comment or an alternative text: lines are kept, cut at `limit`."""
    text = _capped_marks(unicodedata.normalize("NFC", storable(text).translate(_OVERRIDES)))
    text = _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n")))
    return _cut(text.strip(), limit).strip()


def in_html(text: str) -> str:
    """Text between tags: what must not be stored and what turns the order of letters around is gone."""
    return storable(text).translate(_OVERRIDES)


def _visible(text: str) -> str:
    text = text.translate(_DIRECTION).translate(_INVISIBLE)
    text = _JOINERS.sub(_one_joiner, text)
    return _capped_marks(unicodedata.normalize("NFC", text))


def _one_joiner(found: re.Match[str]) -> str:
    """Joiners matter between letters of some scripts and inside emoji; never twice, at an edge or beside ASCII."""
    before = found.string[: found.start()][-1:]
    after = found.string[found.end() :][:1]
    needless = not before or not after or before.isspace() or after.isspace() or before.isascii() or after.isascii()
    return "" if needless else found.group()[0]


def _capped_marks(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def _is_seen(c: str) -> bool:
    return unicodedata.category(c)[0] not in "ZCM"


def _cut(text: str, limit: int) -> str:
    """The first `limit` characters, without leaving half of a joined sign or a letter without its marks."""
    if len(text) <= limit:
        return text
    end = limit
    while end > 0 and (text[end] in "\u200d\ufe0f" or unicodedata.combining(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end]
