"""What people type. Rows S086 and S147."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcomm.text import markdown, mentions, titles
from tests.text.samples import HOSTILE, faults
from tests.text.timing import seconds

WORDS = "* _ ` ~ [ ] ( ) < > ! # @ - + | \\ 1. & ; : / x @ada @ada@b.test #tag https://a.test/x ]( ``` |-|".split()
PIECES = st.sampled_from([*WORDS, " ", "\n", "> ", "- "])
MARKDOWN = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join)


@pytest.mark.parametrize("source", HOSTILE)
def test_s086_html_that_is_typed_is_shown_and_does_nothing(source: str) -> None:
    assert faults(markdown.render(source)) == []


NO_LINKS = r"""
[x](javascript:alert(1))  [x](<javascript:alert(1)>)  <javascript:alert(1)>  [x](data:text/html,x)  [x](//a.test)
[x](&#106;avascript:alert(1))  [x](/admin)  <ada@a.test>  javascript://alert(1)
[x](https://bank.com@a.test)  [x](java%0ascript:alert(1))  [x](&#1;javascript:alert(1))  http://  https://#x
"""


@pytest.mark.parametrize("source", NO_LINKS.split())
def test_s086_only_web_addresses_become_links(source: str) -> None:
    assert "<a" not in markdown.render(source)


@settings(max_examples=300, deadline=None)
@given(MARKDOWN)
def test_s086_whatever_is_typed_gives_clean_html(source: str) -> None:
    check_everything(source)


@pytest.mark.slow
@settings(max_examples=100_000, deadline=None)
@given(MARKDOWN)
def test_s086_a_hundred_thousand_texts_give_clean_html(source: str) -> None:
    check_everything(source)


def check_everything(source: str) -> None:
    named = markdown.names(source).mentions
    everyone = {mention.handle: markdown.Mentioned("https://b.test/@x", "x") for mention in named}
    title = titles.split_title(source, fallback="?")

    assert faults(markdown.render(source, mentioned=everyone, tag_url=lambda tag: f"https://b.test/tags/{tag}")) == []
    assert 0 < len(title.text) <= 120
    assert "\n" not in title.text


UNSPACED = r"> [ [a]( ![ * _a **a ` `a`` ~~a < <a: & \ | http:// :// @a.- @a@ #a ( ]( []("
SPACED = ["> ", "- ", "1. ", "*a ", "a|b\n", "a|b\n-|-\n", "http://a.b ", "- a\n", ">\n", "# ", "\n", " "]


@pytest.mark.parametrize("piece", [*UNSPACED.split(), *SPACED])
def test_s086_ten_thousand_characters_take_less_than_100_ms(piece: str) -> None:
    assert seconds(markdown.render, (piece * 10_000)[:10_000], enough=0.1) < 0.1


DEEP = {
    "lists": "".join("  " * depth + "- a\n" for depth in range(98)),
    "quotes": "".join(">" * depth + "a\n" for depth in range(139)),
    "rows": "a|b\n-|-\n" + "x\n" * 4_990,
    "brackets": "[" * 5_000 + "]" * 5_000,
    "emphasis": "*a" * 2_500 + "a*" * 2_500,
}


@pytest.mark.parametrize("shape", DEEP)
def test_s086_deep_nesting_takes_less_than_100_ms(shape: str) -> None:
    assert seconds(markdown.render, DEEP[shape], enough=0.1) < 0.1


@pytest.mark.parametrize(
    "piece", ["Hi\n", "Hi. ", "@a ", "@a\n", "!", "!a", "...", '!"', "z. ", "\n ", "- a\n", "a" * 99 + "\n"]
)
def test_s147_finding_a_title_takes_less_than_250_ms(piece: str) -> None:
    text = (piece * 10_000)[:10_000]

    assert seconds(titles.split_title, text, enough=0.25) < 0.25
    assert seconds(titles.of_html, f"<p>{text * 10}x</p>", enough=0.25) < 0.25


def find_everything(text: str) -> None:
    mentions.find_mentions(text)
    mentions.find_hashtags(text)


ENDLESS = {
    "name": "@" + "a.-" * 33_333,
    "letters": "@" + "a" * 100_000,
    "tag": "#" + "a" * 100_000,
    "host": "@a@" + "b-" * 50_000,
    "dots": "@a@" + "b." * 50_000,
    "many": "@a.-" * 25_000,
    "words": "@a " * 33_333,
    "signs": "@" * 100_000,
    "hashes": "#" * 100_000,
}


@pytest.mark.parametrize("shape", ENDLESS)
def test_s147_a_hundred_thousand_characters_take_less_than_50_ms(shape: str) -> None:
    assert seconds(find_everything, ENDLESS[shape], enough=0.05) < 0.05


@pytest.mark.parametrize("piece", ["@a", "@a@", "@a@b.c ", "@a@b-", "@a.a ", "#a ", "#a·", "@a:1 "])
def test_s147_twice_as_many_names_take_about_twice_as_long(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert seconds(find_everything, text * 2) < 4 * seconds(find_everything, text) + 0.01
