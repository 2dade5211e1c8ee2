"""Telling a greeting from something said. The words are in `phrases/`, one file for each language."""

import re

from fedcomm.text import phrases

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_MOST_WORDS = 8
_LONGEST = 200


def is_greeting(line: str) -> bool:
    """Whether a line only greets: "Hi all!", "Moin zusammen,", "Sehr geehrte Damen und Herren,", "Dear Ada,"."""
    if len(line) > _LONGEST:
        return False
    shown = [_AROUND.sub("", word) for word in line.split()[: _MOST_WORDS + 1]]
    words = [word.lower() for word in shown if word]
    if not words or len(words) > _MOST_WORDS:
        return False
    known = phrases.all_languages()
    rest = _after(words, known.greetings)
    if rest is None:
        return False
    while rest:
        following = _after(rest, known.greetings | known.addressees)
        if following is None:
            return _is_name(shown[-len(rest) :], line)
        rest = following
    return "?" not in line


def _after(words: list[str], known: frozenset[tuple[str, ...]]) -> list[str] | None:
    """The words behind the longest known phrase they begin with; None when they begin with none."""
    for length in range(min(len(words), phrases.all_languages().longest), 0, -1):
        if tuple(words[:length]) in known:
            return words[length:]
    return None


def _is_name(words: list[str], line: str) -> bool:
    """Whether what follows a greeting can only be a name: one or two capitalised words, then a comma or a mark."""
    return len(words) <= 2 and all(word[:1].isupper() for word in words) and line.rstrip().endswith((",", "!"))
