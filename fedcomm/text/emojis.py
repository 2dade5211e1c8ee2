"""Shortcodes such as `:oven:` in texts, small pictures in their place, and what is one emoji."""

import re
import unicodedata
from collections.abc import Mapping
from html import escape

SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,50}", re.ASCII)
"""What may stand between the colons."""
LONGEST_EMOJI = 16
"""Characters of one that is no picture."""
_IN_TEXT = re.compile(r"(?<![\w:]):([A-Za-z0-9_]{2,50}):(?![\w:])")
_TAG = re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>")
_VERBATIM = re.compile(r"<(/?)(?:code|pre)[\s>]", re.IGNORECASE)


def shortcodes(*texts: str) -> list[str]:
    """The shortcodes that stand in texts or HTML, each once; code is left as it is."""
    found: dict[str, None] = {}
    for text in texts:
        if ":" in text:
            for piece, is_text in _pieces(text):
                if is_text:
                    found.update(dict.fromkeys(_IN_TEXT.findall(piece)))
    return list(found)


def pictured(html: str, pictures: Mapping[str, str]) -> str:
    """Clean HTML with pictures, given by their addresses, in place of shortcodes; the shortcode is what is read out."""
    if not pictures or ":" not in html:
        return html

    def picture(found: re.Match[str]) -> str:
        address = pictures.get(found[1])
        if address is None:
            return found[0]
        name = f":{found[1]}:"
        return f'<img class="emoji" src="{escape(address)}" alt="{name}" title="{name}" width="20" height="20">'

    return "".join(_IN_TEXT.sub(picture, piece) if is_text else piece for piece, is_text in _pieces(html))


def _pieces(html: str) -> list[tuple[str, bool]]:
    """The tags of clean HTML, and what stands between them; True = text in which shortcodes count."""
    pieces: list[tuple[str, bool]] = []
    end, verbatim = 0, 0
    for tag in _TAG.finditer(html):
        if tag.start() > end:
            pieces.append((html[end : tag.start()], verbatim == 0))
        pieces.append((tag[0], False))
        if kind := _VERBATIM.match(tag[0]):
            verbatim = max(0, verbatim + (-1 if kind[1] else 1))
        end = tag.end()
    pieces.append((html[end:], verbatim == 0))
    return pieces


def is_emoji(text: str) -> bool:
    """Whether this is one emoji, with what may belong to it: skin, joined parts, a flag, a keycap."""
    if not text or len(text) > LONGEST_EMOJI:
        return False
    first = unicodedata.category(text[0])
    is_keycap = text[0] in "0123456789#*" and text.endswith("\u20e3")
    joined = "\u200d\ufe0f\u20e3"
    rest = all(
        c in joined or unicodedata.category(c) in ("So", "Sk", "Sm", "Mn", "Cf")
        for c in (text[1:] if is_keycap else text)
    )
    if not rest or (first not in ("So", "Sm") and not is_keycap):
        return False
    flags = [c for c in text if "\U0001f1e6" <= c <= "\U0001f1ff"]
    if flags:
        return len(flags) == len(text) == 2
    parts = text.split("\u200d")
    return all(sum(unicodedata.category(c) in ("So", "Sm") for c in part) == (0 if is_keycap else 1) for part in parts)
