"""Words from elsewhere, freed of what hides or breaks: controls, direction overrides, piled-up marks (S051)."""

import re
import unicodedata

_CONTROLS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1, but not tab, line feed and carriage return
    r"\ud800-\udfff"  # lone surrogates: no database takes them
    r"\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # direction embeddings, overrides, isolates
    r"\ufff9-\ufffb\ufffe\uffff"
)
_HIDDEN = re.compile(f"[{_CONTROLS}]")
# In names also what takes no room: soft hyphens, fillers, zero-width blanks, tags.
_HIDDEN_IN_NAMES = re.compile(
    f"[{_CONTROLS}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028\u2029"
    "\u2060-\u2065\u3164\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# The two joiners make emoji, Persian and Indic words: one may stand between letters beyond ASCII.
_STRAY_JOINERS = re.compile(
    "(?<![^\x00-\x7f\\s\u2800\u200c\u200d])[\u200c\u200d]+"
    "|[\u200c\u200d]+(?![^\x00-\x7f\\s\u2800\u200c\u200d])"
    "|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_BLANKS = re.compile(r"[\s\u2800]+")

MARKS_IN_A_ROW = 4
"""Combining marks a letter may carry; no script we know needs more."""


def _piles() -> re.Pattern[str]:
    points = [*range(0x300, 0x3200), *range(0xA66F, 0xAC00), *range(0xFE20, 0xFE30)]
    marks = "".join(chr(p) for p in points if unicodedata.category(chr(p)) in ("Mn", "Me"))
    return re.compile(f"([{marks}]{{{MARKS_IN_A_ROW}}})[{marks}]+")


_PILES = _piles()


def clean_text(value: str, most: int) -> str:
    """A text or HTML of several lines, cut at `most` characters."""
    if len(value) <= most and value.isascii() and value.isprintable():
        return value
    value = _HIDDEN.sub("", value[: most * 2])
    if not value.isascii():
        value = _PILES.sub(r"\1", value)
    return value[:most]


def clean_name(value: str, most: int) -> str:
    """A name, title or label: one line, nothing invisible, cut at `most` characters. Markup is not touched (T42)."""
    if len(value) <= most and value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    value = _HIDDEN_IN_NAMES.sub("", value[: most * 4])
    if not value.isascii():
        value = _PILES.sub(r"\1", _STRAY_JOINERS.sub("", value))
    return _BLANKS.sub(" ", value).strip()[:most].rstrip(" \u200c\u200d")
