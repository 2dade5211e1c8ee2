"""Languages of texts."""

import re

import pytest

from fedcomm.text import cleaning, languages, phrases
from fedcomm.text.greetings import is_greeting


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("de", "de"),
        ("DE_at", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("de-CH-1996", "de-CH-1996"),
        ("en-x-private", "en-x-private"),
        ("gsw", "gsw"),
    ],
)
def test_a_language_tag_gets_its_usual_spelling(given: str, kept: str) -> None:
    assert languages.checked(given) == kept


@pytest.mark.parametrize(
    "given", ["", None, "d", "deutsch isch", "de-", "-de", "de--AT", "en\x00", "x" * 40, "'; --", "ÄÖ"]
)
def test_what_is_no_language_tag_is_none(given: str | None) -> None:
    assert languages.checked(given) is None


def test_a_post_takes_the_chosen_language_then_the_authors_then_the_instances() -> None:
    assert languages.pick("fr", "de", "en") == "fr"
    assert languages.pick(None, "de", "en") == "de"
    assert languages.pick("nonsense!", "", "de") == "de"
    assert languages.pick(None) == "en"


def test_languages_are_offered_with_names_in_the_readers_language() -> None:
    german = {language.tag: language.name for language in languages.known("de")}

    assert german["en"] == "Englisch"
    assert german["gsw"] == "Schweizerdeutsch"
    assert len(german) > 170
    assert {language.tag: language.name for language in languages.known("en")}["de"] == "German"
    assert all(languages.checked(tag) == tag for tag in german)


GREETINGS = """
Hi / Hello all! / hey folks / Dear colleagues and members, / Good morning everyone / Hallo zusammen / Moin moin
Hi Ada, / Liebe Kolleginnen und Kollegen, / Guten Tag in die Runde / Grüß Gott miteinander! / Hallo Ihr Lieben 👋
"""


@pytest.mark.parametrize("line", re.split("/|\n", GREETINGS.strip()))
def test_greetings_in_both_languages_are_known(line: str) -> None:
    assert is_greeting(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "👋",
        "Which oven?",
        "Hello from our new shop in Porto",
        "Hi, which oven?",
        "Team meeting",
        "Alle Öfen kaputt",
        "Moin?",
    ],
)
def test_what_says_something_is_no_greeting(line: str) -> None:
    assert not is_greeting(line)


def test_phrases_are_written_as_they_are_compared() -> None:
    known = phrases.all_languages()

    for phrase in known.greetings | known.addressees:
        assert " ".join(phrase) == " ".join(phrase).lower()
    assert {path.stem for path in phrases.FOLDER.glob("*.toml")} == {"de", "en"}


def test_paragraphs_keep_lines_but_not_endless_empty_ones() -> None:
    assert cleaning.paragraphs("a \r\nb\n\n\n\n\nc\u202e\x00 ", 100) == "a\nb\n\nc"
    assert cleaning.paragraphs("abcdef", 3) == "abc"
    assert cleaning.one_line("Cafe\u0301 " * 3, 6) == "Café C"


def test_cutting_leaves_no_half_sign() -> None:
    assert cleaning.one_line("ab👩‍👩‍👧", 4) == "ab"
    assert cleaning.one_line("ne\u0323\u0301", 3) in ("n", "nẹ\u0301")
