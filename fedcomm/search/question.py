"""What somebody typed into a search field, taken apart: words, "phrases", and operators such as `from:` and `before:`.

    oven "deck oven" -gas from:@ada in:@bakers has:image before:2026-11-01 language:de is:reply bak*

The operators are those that Mastodon's people know, with groups beside them. What looks like none is words.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.errors import Invalid
from fedcomm.text import languages

Place = Literal["all", "library", "public", "groups"]
Kind = Literal["media", "image", "video", "audio", "poll", "link"]

MOST_TERMS = 20
LONGEST_TERM = 200
SHORTEST_BEGINNING = 2
_PARTS = re.compile(r'(-?)(?:([a-z]+):)?("[^"]*"?|\S+)', re.IGNORECASE)
_PLACES: dict[str, Place] = {
    "all": "all",
    "library": "library",
    "public": "public",
    "group": "groups",
    "groups": "groups",
}
_KINDS: dict[str, Kind] = {
    "media": "media",
    "image": "image",
    "images": "image",
    "video": "video",
    "videos": "video",
    "audio": "audio",
    "poll": "poll",
    "link": "link",
    "embed": "link",
}


class Term(msgspec.Struct, frozen=True):
    """A word or a phrase that must be there, or must not. `is_beginning`: any word that begins so."""

    text: str
    is_negated: bool = False
    is_phrase: bool = False
    is_beginning: bool = False


class Question(msgspec.Struct, kw_only=True):
    """Which posts are looked for. Handles are as typed, `me` among them; `below` and `above` are bounds of ids."""

    terms: list[Term] = []
    by: list[str] = []
    not_by: list[str] = []
    place: Place = "all"
    groups: list[str] = []
    has: set[Kind] = set()
    lacks: set[Kind] = set()
    is_reply: bool | None = None
    is_sensitive: bool | None = None
    languages: list[str] = []
    not_languages: list[str] = []
    below: int = 2**63 - 1
    above: int = 0

    @property
    def asks(self) -> bool:
        """Whether anything was said that chooses among posts; a place alone does not."""
        return self != Question(place=self.place)


def taken_apart(typed: str, *, zone: tzinfo = UTC) -> Question:
    """What was typed, understood; days are the reader's. Raises Invalid (an operator with a wrong value)."""
    question = Question()
    for minus, name, value in _PARTS.findall(typed):
        bare = value.strip('"').strip()
        operator = _OPERATORS.get(name.lower())
        if operator is not None and bare:
            operator(question, bare, bool(minus), zone)
        else:
            _add_words(question, f"{name}:{value}" if name else value, is_negated=bool(minus))
    return question


def _add_words(question: Question, value: str, *, is_negated: bool) -> None:
    is_phrase = value.startswith('"')
    is_beginning = not is_phrase and value.endswith("*") and len(value) > SHORTEST_BEGINNING
    text = value.strip('"*').strip()[:LONGEST_TERM]
    if text and len(question.terms) < MOST_TERMS:
        question.terms.append(Term(text, is_negated, is_phrase, is_beginning))


def _from(question: Question, value: str, is_negated: bool, _zone: tzinfo) -> None:
    (question.not_by if is_negated else question.by).append(value.removeprefix("@"))


def _in(question: Question, value: str, is_negated: bool, _zone: tzinfo) -> None:
    if is_negated:
        raise Invalid("in: cannot be turned round.", field="q")
    place = _PLACES.get(value.lower())
    if place is None:
        question.groups.append(value.removeprefix("@"))
    else:
        question.place = place


def _has(question: Question, value: str, is_negated: bool, _zone: tzinfo) -> None:
    kind = _KINDS.get(value.lower())
    if kind is None:
        raise Invalid("has: takes media, image, video, audio, poll or link.", field="q")
    (question.lacks if is_negated else question.has).add(kind)


def _is(question: Question, value: str, is_negated: bool, _zone: tzinfo) -> None:
    match value.lower():
        case "reply":
            question.is_reply = not is_negated
        case "sensitive":
            question.is_sensitive = not is_negated
        case _:
            raise Invalid("is: takes reply or sensitive.", field="q")


def _language(question: Question, value: str, is_negated: bool, _zone: tzinfo) -> None:
    tag = languages.checked(value)
    if tag is None:
        raise Invalid("language: takes a language such as de or en.", field="q")
    (question.not_languages if is_negated else question.languages).append(tag.lower())


def _before(question: Question, value: str, is_negated: bool, zone: tzinfo) -> None:
    start, _ = _day(value, is_negated, zone)
    question.below = min(question.below, start)


def _after(question: Question, value: str, is_negated: bool, zone: tzinfo) -> None:
    _, end = _day(value, is_negated, zone)
    question.above = max(question.above, end - 1)


def _during(question: Question, value: str, is_negated: bool, zone: tzinfo) -> None:
    start, end = _day(value, is_negated, zone)
    question.above, question.below = max(question.above, start - 1), min(question.below, end)


def _day(value: str, is_negated: bool, zone: tzinfo) -> tuple[int, int]:
    """The first id of a day and that of the next one. Raises Invalid."""
    try:
        if is_negated:
            raise ValueError
        day = date.fromisoformat(value)
        start = datetime.combine(day, time(), zone)
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        bounds = tuple(max(0, ids.lowest(moment.astimezone(UTC))) for moment in (start, end))
    except (ValueError, OverflowError):
        raise Invalid("before:, after: and during: take a day such as 2026-11-21.", field="q") from None
    return min(bounds[0], 2**63 - 1), min(bounds[1], 2**63 - 1)


_OPERATORS: dict[str, Callable[[Question, str, bool, tzinfo], None]] = {
    "from": _from,
    "in": _in,
    "has": _has,
    "is": _is,
    "language": _language,
    "before": _before,
    "after": _after,
    "during": _during,
}
