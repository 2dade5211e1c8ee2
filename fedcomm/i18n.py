"""Texts in the reader's language. English stands in the code, translations in `locales/de/LC_MESSAGES/fedcomm.po`.

The `.po` files are read through Babel and compiled in memory at first use (D65): no build step and no `.mo` file.
"""

import gettext
import io
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "fedcomm"
SOURCE_LOCALE = "en"

_RANGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")
_MOST_RANGES = 20


def known_locales() -> tuple[str, ...]:
    """The languages our texts exist in, English first."""
    return _known_locales()


@cache
def _known_locales() -> tuple[str, ...]:
    translated = sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return (SOURCE_LOCALE, *(name for name in translated if name != SOURCE_LOCALE))


@cache
def translator(locale: str) -> gettext.NullTranslations:
    """Texts in one language: `.gettext`, `.ngettext`, `.pgettext`. What has no translation comes back in English."""
    known = closest(locale)
    path = LOCALES / (known or SOURCE_LOCALE) / "LC_MESSAGES" / f"{DOMAIN}.po"
    return _compiled(path) if known and path.is_file() else gettext.NullTranslations()


@cache
def _compiled(path: Path) -> gettext.NullTranslations:
    # Babel takes a tenth of a second to import; who never shows a text need not pay for it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parent.parent.name, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def forget() -> None:
    """Read the files again when next asked; for tests and for who writes translations."""
    for cached in (_known_locales, translator, _compiled):
        cached.cache_clear()


def closest(language: str | None) -> str | None:
    """The locale of ours that serves a language tag: `de-AT` is served by `de`. None when none does."""
    tag = (language or "").replace("_", "-").lower()
    while tag:
        if tag in known_locales():
            return tag
        tag = tag.rpartition("-")[0]
    return None


def choose(*, account_locale: str | None = None, accept_language: str | None = None, site: str = SOURCE_LOCALE) -> str:
    """The locale to answer in: the account's, else what the browser asks for, else the instance's, else English."""
    asked = [account_locale, *_wanted(accept_language or ""), site]
    return next((found for found in map(closest, asked) if found), SOURCE_LOCALE)


def _wanted(header: str) -> Iterable[str]:
    """The languages of an Accept-Language header, the most wanted first. Source: RFC 9110 section 12.5.4."""
    found: list[tuple[float, str]] = []
    for part in header[:1000].split(",")[:_MOST_RANGES]:
        match = _RANGE.fullmatch(part.strip())
        if match and match.group(1) != "*":
            found.append((float(match.group(2) or 1), match.group(1)))
    return [tag for weight, tag in sorted(found, key=lambda entry: -entry[0]) if weight > 0]
