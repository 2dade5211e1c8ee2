"""How a language is written and what it is called, for the `lang` and `dir` of posts."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=1024)
def _known(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def direction(tag: str) -> str:
    """`rtl` or `ltr`; `auto` for a language we do not know."""
    found = _known(tag)
    return found.text_direction if found else "auto"


def language_name(tag: str, locale: str) -> str:
    """A language's name in the reader's language; the tag itself when unknown."""
    found = _known(tag)
    return (found.get_display_name(locale) if found else None) or tag
