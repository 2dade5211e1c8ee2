"""Where sentences end, and cutting texts there. Works on plain text of any language."""

import re
from collections.abc import Iterator

from fedcomm.text import phrases

_END = re.compile(r"""(?<![.!?…])[.!?…]++["'”’»«“)\]]*+(?=\s|$)|[。！？]++[」』）”]*+|\n""")
_LAST_WORD = re.compile(r"[\w.]*\Z")
_LONGEST_ABBREVIATION = 12


def ends(text: str) -> Iterator[int]:
    """The places right after each sentence. The end of a line ends a sentence, the full stop of "z. B." does not."""
    for found in _END.finditer(text):
        if found.group() == "." and _belongs_to_word(text, found.start()):
            continue
        yield found.start() if found.group() == "\n" else found.end()
    yield len(text)


def _belongs_to_word(text: str, at: int) -> bool:
    """Whether the full stop at a place belongs to an abbreviation, an initial or an ordinal number."""
    word = _LAST_WORD.search(text[max(at - _LONGEST_ABBREVIATION, 0) : at])
    said = word.group().lower() if word else ""
    if said.isdecimal():
        return len(said) <= 2
    return len(said) == 1 or said in phrases.all_languages().abbreviations


def first(text: str, limit: int) -> str:
    """The first sentence that says something, cut at a word when it is longer than the limit."""
    begin = 0
    for end in ends(text):
        sentence = text[begin:end].strip()
        if any(c.isalnum() for c in sentence):
            return cut_at_word(sentence, limit)
        begin = end
    return cut_at_word(text.strip(), limit)


def cut(text: str, limit: int) -> tuple[int, bool]:
    """Where to cut so that at most `limit` characters stay, and whether an ellipsis must say that it was cut.

    After the last sentence that fits; if not even the first does, after a word, with room for the ellipsis.
    """
    if len(text) <= limit:
        return len(text), False
    fitting = 0
    for end in ends(text):
        if end > limit:
            break
        if text[:end].strip():
            fitting = end
    return (fitting, False) if fitting else (_word_end(text, limit - 1), True)


def cut_at_word(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis in place of what was cut off."""
    if len(text) <= limit:
        return text
    return text[: _word_end(text, limit - 1)].rstrip(" \t\n,;:–—-.") + "…"


def _word_end(text: str, limit: int) -> int:
    """The end of the last whole word within the limit; a single long word is cut where it must be."""
    for place in range(limit, limit // 2, -1):
        if text[place].isspace():
            return place
    return limit
