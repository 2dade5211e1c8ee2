"""What lists on forms offer: languages and time zones."""

from functools import lru_cache
from zoneinfo import available_timezones

from fedcomm import i18n
from fedcomm.looks.scripts import language_name
from fedcomm.looks.shown import Choice
from fedcomm.text import languages


@lru_cache(maxsize=64)
def post_languages(locale: str, first: tuple[str, ...]) -> tuple[Choice, ...]:
    """Languages for posts: those of the member and the instance first, then all others by name."""
    known = {language.tag: language.name for language in languages.known(locale)}
    ahead = [tag for tag in dict.fromkeys(first) if tag]
    return tuple(
        Choice(value=tag, label=known.get(tag) or language_name(tag, locale))
        for tag in [*ahead, *(tag for tag in known if tag not in ahead)]
    )


def page_languages() -> tuple[Choice, ...]:
    """The languages our pages exist in, each by its own name."""
    return tuple(
        Choice(value=locale, label=language_name(locale, locale).capitalize()) for locale in i18n.known_locales()
    )


@lru_cache(maxsize=1)
def zones() -> tuple[Choice, ...]:
    """All time zones by name."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    named = sorted(name for name in available_timezones() if name.partition("/")[0] in areas and "/" in name)
    return tuple(Choice(value=name, label=name.replace("_", " ")) for name in ["UTC", *named])
