"""Texts in the reader's language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedcomm import i18n, translations

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Reply"
msgstr "Antworten"

msgid "%(n)s reply"
msgid_plural "%(n)s replies"
msgstr[0] "%(n)s Antwort"
msgstr[1] "%(n)s Antworten"

#, fuzzy
msgid "Group"
msgstr "Gruppe?"

msgid "Empty"
msgstr ""
"""

FRIENDS = re.compile(r"\b(du|dich|dir|dein\w*|euch|euer\w*|kannst|hast|bist|musst)\b", re.IGNORECASE)


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "locales" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "fedcomm.po").write_text(PO, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALES", tmp_path / "locales")
    i18n.forget()
    yield tmp_path
    monkeypatch.undo()
    i18n.forget()


def test_a_text_comes_in_the_readers_language(german: Path) -> None:
    texts = i18n.translator("de")

    assert texts.gettext("Reply") == "Antworten"
    assert texts.ngettext("%(n)s reply", "%(n)s replies", 1) == "%(n)s Antwort"
    assert texts.ngettext("%(n)s reply", "%(n)s replies", 2) == "%(n)s Antworten"
    assert i18n.translator("de-AT").gettext("Reply") == "Antworten"


def test_what_is_not_translated_comes_in_english(german: Path) -> None:
    assert i18n.translator("de").gettext("Group") == "Group"
    assert i18n.translator("de").gettext("Empty") == "Empty"
    assert i18n.translator("en").gettext("Reply") == "Reply"
    assert i18n.translator("fr").ngettext("a", "b", 2) == "b"


def test_the_accounts_language_goes_before_the_browsers_and_the_instances(german: Path) -> None:
    assert i18n.known_locales() == ("en", "de")
    assert i18n.choose(account_locale="de", accept_language="en") == "de"
    assert i18n.choose(accept_language="fr-CH, fr;q=0.9, de;q=0.8, en;q=0.7") == "de"
    assert i18n.choose(accept_language="en;q=0.1,de-AT;q=0.9") == "de"
    assert i18n.choose(accept_language="fr", site="de") == "de"
    assert i18n.choose(accept_language="de;q=0, *") == "en"
    assert i18n.choose() == "en"


@pytest.mark.parametrize("header", ["", ",,,;;q=", "de;q=9", "de;q=\x00", "-" * 5_000, "a," * 50_000, "de" * 50_000])
def test_no_header_breaks_the_choice(german: Path, header: str) -> None:
    assert i18n.choose(accept_language=header, site="en") in ("en", "de")


def test_texts_used_in_code_and_templates_are_found(german: Path) -> None:
    code = german / "shop"
    (code / "templates").mkdir(parents=True)
    (code / "a.py").write_text('def f(_, texts):\n    return _("Reply"), texts.ngettext("one", "many", 2), _(f)\n')
    (code / "templates" / "b.html").write_text(
        '{{ _(\'It\\\'s\') }}\n{{ ngettext("%(n)s reply",\n  "%(n)s replies", 3) }}'
    )

    assert translations.used(code) == [
        translations.Text("Reply", None, "shop/a.py:2"),
        translations.Text("one", "many", "shop/a.py:2"),
        translations.Text("It's", None, "shop/templates/b.html:1"),
        translations.Text("%(n)s reply", "%(n)s replies", "shop/templates/b.html:2"),
    ]
    assert [text.singular for text in translations.untranslated("de", code)] == ["one", "It's"]


def test_every_text_we_show_is_there_in_german() -> None:
    assert translations.used()
    assert "de" in i18n.known_locales()
    assert [(text.place, text.singular) for text in translations.untranslated("de")] == []


def test_each_translation_keeps_the_places_for_values() -> None:
    assert translations.broken("de") == []


def test_german_speaks_to_nobody_as_to_a_friend() -> None:
    said = (translations.ROOT / "locales" / "de" / "LC_MESSAGES" / "fedcomm.po").read_text(encoding="utf-8")
    lines = [line for line in said.splitlines() if line.startswith("msgstr")]

    assert [line for line in lines if FRIENDS.search(line)] == []
