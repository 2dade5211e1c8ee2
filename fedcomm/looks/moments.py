"""Times and numbers as people read them: in the reader's zone and language. Source: decisions D65."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal, Protocol, cast

from babel import dates, numbers, units
from minijinja import escape, pass_state, safe

from fedcomm.looks.shown import Page

JUST_NOW = timedelta(seconds=45)
RECENT = timedelta(days=6)

# Babel's plain "en" is American; "12 Nov 2026, 14:05" is understood everywhere.
_FORMATS = {"en": "en_GB"}


class _State(Protocol):
    """What a filter is told of the page that is being rendered."""

    def lookup(self, name: str) -> Any: ...


@pass_state
def shown_time(state: _State, moment: datetime) -> str:
    """`<time>`: how long ago when recent, else the date; the full moment with its zone as the title."""
    page, locale = _reader(state)
    age = page.now - moment
    if abs(age) < JUST_NOW:
        _ = cast(Callable[[str], str], state.lookup("_"))
        text = _("just now")
    else:
        text = _ago(age, locale) if abs(age) < RECENT else _day(moment, page, locale)
    return _element(moment, text, page.zone, locale)


@pass_state
def shown_date(state: _State, moment: datetime) -> str:
    """`<time>`: the day only."""
    page, locale = _reader(state)
    text = dates.format_date(moment.astimezone(page.zone), "long", locale=_babel(locale))
    return _element(moment, text, page.zone, locale)


@pass_state
def shown_day(state: _State, day: date) -> str:
    """A day without a time, which is the same in every zone."""
    _, locale = _reader(state)
    return dates.format_date(day, "long", locale=_babel(locale))


@pass_state
def shown_moment(state: _State, moment: datetime) -> str:
    """`<time>`: day, time and zone, for where it matters."""
    page, locale = _reader(state)
    return _element(moment, _full(moment, page.zone, locale), page.zone, locale)


@pass_state
def shown_number(state: _State, value: int) -> str:
    """A number with the separators of the reader's language."""
    return number(value, cast(str, state.lookup("locale")))


@pass_state
def shown_ratio(state: _State, value: float) -> str:
    """A contrast with one digit, never rounded up."""
    return numbers.format_decimal(int(value * 10) / 10, format="0.0", locale=_babel(cast(str, state.lookup("locale"))))


def number(value: int, locale: str) -> str:
    """A number with the separators of `locale`."""
    return str(value) if -1000 < value < 1000 else numbers.format_decimal(value, locale=_babel(locale))


@lru_cache(maxsize=256)
def lasting(seconds: int, locale: str) -> str:
    """How long something lasts, in words: "3 days"."""
    # Not rounded up to weeks or months, which others count otherwise.
    unit: Literal["day", "hour", "minute"] = "day" if seconds >= 86_400 else "hour" if seconds >= 3_600 else "minute"
    in_units = seconds // {"day": 86_400, "hour": 3_600, "minute": 60}[unit]
    return units.format_unit(in_units, unit, locale=_babel(locale))


def percent(share: float, locale: str) -> str:
    """A share of a whole: "42%"."""
    return numbers.format_percent(round(share, 2), locale=_babel(locale))


def size(count: int, locale: str) -> str:
    """How much is stored, in the unit that needs few digits: "3.4 GB"."""
    units_up = ("B", "kB", "MB", "GB", "TB")
    value, step = float(count), 0
    while value >= 999.5 and step < len(units_up) - 1:
        value, step = value / 1000, step + 1
    shown = numbers.format_decimal(round(value, 1 if value < 100 and step else 0), locale=_babel(locale))
    return f"{shown}\N{NO-BREAK SPACE}{units_up[step]}"


def plain_day(day: date, locale: str) -> str:
    """A day that belongs to no zone."""
    return dates.format_date(day, "medium", locale=_babel(locale))


@lru_cache(maxsize=256)
def zone_name(zone: tzinfo, locale: str) -> str:
    """What a zone is called, as the foot of each page says it: "Berlin", or "UTC"."""
    key = str(getattr(zone, "key", zone))
    return dates.get_timezone_location(zone, locale=_babel(locale), return_city=True) if "/" in key else key


def _babel(locale: str) -> str:
    return _FORMATS.get(locale, locale)


def _reader(state: _State) -> tuple[Page, str]:
    return cast(Page, state.lookup("page")), cast(str, state.lookup("locale"))


def _element(moment: datetime, text: str, zone: tzinfo, locale: str) -> str:
    full = escape(_full(moment, zone, locale))
    return safe(f'<time datetime="{moment.isoformat(timespec="seconds")}" title="{full}">{escape(text)}</time>')


@lru_cache(maxsize=2_048)
def _full(moment: datetime, zone: tzinfo, locale: str) -> str:
    """Whole; the same posts are shown to many, and Babel takes 0.1 ms."""
    here = moment.astimezone(zone)
    day = dates.format_date(here, "long", locale=_babel(locale))
    clock = dates.format_time(here, "short", locale=_babel(locale))
    return f"{day}, {clock} {here.tzname()}"


def _ago(age: timedelta, locale: str) -> str:
    """Told in the largest unit of which it is nearly one (0.85), as Babel would; so there are few that are told."""
    seconds = abs(age.total_seconds())
    unit = next((each for each in (86_400, 3_600, 60) if seconds / each >= 0.85), 1)
    return _in_units(round(seconds / unit) * unit, age < timedelta(), locale)


@lru_cache(maxsize=512)
def _in_units(seconds: int, is_ahead: bool, locale: str) -> str:
    age = timedelta(seconds=seconds if is_ahead else -seconds)
    return dates.format_timedelta(age, threshold=1, add_direction=True, locale=_babel(locale))


def _day(moment: datetime, page: Page, locale: str) -> str:
    here, today = moment.astimezone(page.zone), page.now.astimezone(page.zone)
    return _short_day(here.date(), here.year == today.year, locale)


@lru_cache(maxsize=1_024)
def _short_day(day: date, is_of_this_year: bool, locale: str) -> str:
    return dates.format_skeleton("MMMd" if is_of_this_year else "yMMMd", day, locale=_babel(locale))
