"""The small readings all others are made of: each takes whatever stood in the JSON and never raises."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import cast

from federation.vocabulary import limits
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.text import clean_name, clean_text
from federation.vocabulary.urls import canonical_url

Document = dict[str, object]
"""A JSON object as `strict_json` gives it."""

PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public"})
"""How others write that anybody may see something."""


def document(value: object) -> Document | None:
    """The value if it is a JSON object."""
    return cast(Document, value) if isinstance(value, dict) else None


def several(value: object, most: int) -> list[object]:
    """One or many, as a list of at most `most` (S141)."""
    if value is None:
        return []
    if isinstance(value, list):
        return cast("list[object]", value)[:most]
    return [value]


def type_of(value: Document) -> str:
    """The `type`, the first of several; empty when there is none."""
    kind = value.get("type")
    if isinstance(kind, list):
        kind = next((k for k in cast("list[object]", kind)[:10] if isinstance(k, str)), None)
    if not isinstance(kind, str):
        return ""
    return kind if len(kind) <= limits.WORD and kind.isascii() and kind.isalnum() else clean_name(kind, limits.WORD)


def reference(value: object) -> str | None:
    """The id of what stands there: an address, an embedded object, a link, or the first of several."""
    if isinstance(value, str):
        return canonical_url(value)
    if isinstance(value, dict):
        thing = cast(Document, value)
        return canonical_url(thing.get("id")) or canonical_url(thing.get("href"))
    if isinstance(value, list):
        return next((found for v in cast("list[object]", value)[:10] if (found := _flat_reference(v))), None)
    return None


def _flat_reference(value: object) -> str | None:
    return None if isinstance(value, list) else reference(value)


def references(value: object, most: int) -> tuple[str, ...]:
    """All ids that stand there, each once, in order."""
    return _distinct(_flat_reference(v) for v in several(value, most))


def addressees(value: object) -> tuple[str, ...]:
    """Who is addressed. Public in any of its spellings becomes the full address (T10, T11)."""
    return _distinct(_addressee(v) for v in several(value, limits.RECIPIENTS))


def _addressee(value: object) -> str | None:
    if isinstance(value, str) and value in PUBLIC_SPELLINGS:
        return PUBLIC
    return _flat_reference(value)


def _distinct(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f for f in found if f is not None))


def group_named(value: object) -> str | None:
    """The first of `audience` that is not Public."""
    return next((a for a in addressees(value) if a != PUBLIC), None)


def words(value: object, most: int) -> str | None:
    """A text or HTML of several lines; None when there is none."""
    return clean_text(value, most) if isinstance(value, str) else None


def label(value: object, most: int) -> str | None:
    """A name of one line; None when there is none or nothing visible in it."""
    return clean_name(value, most) or None if isinstance(value, str) else None


def short(value: object, most: int) -> str | None:
    """A name that means nothing when cut: as `label`, but None when too long."""
    if not isinstance(value, str) or len(value) > most:
        return None
    return clean_name(value, most) or None


def translated(thing: Document, key: str) -> object:
    """The value of a key, else the first of its `...Map`."""
    value = thing.get(key)
    if value is None and (by_language := document(thing.get(f"{key}Map"))):
        return next(iter(by_language.values()))
    return value


def count(value: object) -> int | None:
    """A number of things: whole, not negative, small enough for canonical JSON."""
    if isinstance(value, float) and isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= limits.BIGGEST_NUMBER else None


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time in UTC; one without a zone is taken as UTC."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def link(value: object) -> str | None:
    """Where a `url` leads: an address, a Link, or the first usable of several."""
    for one in several(value, 10):
        thing = document(one)
        found = canonical_url(one if thing is None else thing.get("href") or thing.get("url"))
        if found:
            return found
    return None


def is_signed(thing: Document) -> bool:
    """Whether it carries a FEP-8b32 proof, valid or not."""
    return isinstance(thing.get("proof"), dict | list) and bool(thing["proof"])
