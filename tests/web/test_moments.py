"""Times and numbers in the reader's zone and language (D65)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fedcomm import i18n
from fedcomm.looks import moments
from fedcomm.looks.rendering import environment, render
from tests.web.people import NOON, VISITOR, page_for

SHOWN = [
    (timedelta(seconds=10), "just now", "gerade eben"),
    (timedelta(minutes=42), "42 minutes ago", "vor 42 Minuten"),
    (timedelta(days=2), "2 days ago", "vor 2 Tagen"),
    (timedelta(minutes=-20), "in 20 minutes", "in 20 Minuten"),
    (timedelta(days=20), "23 Oct", "23. Okt."),
    (timedelta(days=400), "8 Oct 2025", "8. Okt. 2025"),
]


@pytest.mark.parametrize(("age", "english", "german"), SHOWN)
def test_a_time_says_how_long_ago_or_the_day(age: timedelta, english: str, german: str) -> None:
    assert f">{english}</time>" in _in_context("time", "en", NOON - age)
    assert f">{german}</time>" in _in_context("time", "de", NOON - age)


def test_the_full_moment_stands_in_the_readers_zone_with_its_name() -> None:
    text = _in_context("moment", "en", NOON)

    assert text == (
        '<time datetime="2026-11-12T12:00:00+00:00" title="12 November 2026, 13:00 CET">'
        "12 November 2026, 13:00 CET</time>"
    )


def test_numbers_have_the_separators_of_the_language() -> None:
    assert [moments.number(1_234_567, locale) for locale in ("en", "de")] == ["1,234,567", "1.234.567"]


def test_a_zone_is_called_by_its_city() -> None:
    assert [moments.zone_name(ZoneInfo("Europe/Vienna"), locale) for locale in ("en", "de")] == ["Vienna", "Wien"]
    assert moments.zone_name(ZoneInfo("UTC"), "en") == "UTC"


def test_a_page_shows_times_through_these_filters() -> None:
    page = render("message.html", "de", page=page_for(VISITOR), title="t", text="x", link_url=None, link_text="")

    assert "Zeitzone: Berlin" in page


def _in_context(name: str, locale: str, moment: datetime) -> str:
    def translate(text: str) -> str:
        return i18n.translator(locale).gettext(text)

    source = "{{ moment|" + name + " }}"
    return environment().render_str(source, "x.html", page=page_for(VISITOR), locale=locale, moment=moment, _=translate)
