"""Shortcodes in texts, and pictures in their place: never in tags, addresses or code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcomm.text.emojis import pictured, shortcodes
from fedcomm.text.sanitise import clean_post

OVEN = {"oven": "/media/emojis/1/1.png"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (":oven:", ["oven"]),
        ("a :oven:, :stove_2: and :oven:", ["oven", "stove_2"]),
        ("12:oven:30 x:oven: :oven:x ::oven:: :o: : oven :", []),
        ("<p>:oven:</p><code>:stove:</code><pre>:kiln:</pre>", ["oven"]),
        ('<a href="https://x.example/:oven:">:stove:</a>', ["stove"]),
        ('<a href="https://x.example/?a>b:oven:">x</a>', []),
    ],
)
def test_shortcodes_stand_by_themselves_and_not_in_code_or_addresses(text: str, found: list[str]) -> None:
    assert shortcodes(text) == found


def test_a_picture_stands_for_its_shortcode_and_nothing_else_changes() -> None:
    html = '<p>My :oven: and <a href="https://x.example/:oven:">:stove:</a> <code>:oven:</code></p>'

    shown = pictured(html, OVEN)
    assert shown.count("<img") == 1
    assert 'alt=":oven:"' in shown
    assert shown.replace(shown[shown.index("<img") : shown.index(">", shown.index("<img")) + 1], ":oven:") == html
    assert pictured(html, {}) == html


@given(st.text(alphabet="<>\":ab= /oven'&", max_size=60))
def test_s084_no_text_makes_a_picture_of_anything_but_a_known_shortcode(text: str) -> None:
    html = clean_post(text)
    shown = pictured(html, {"oven": '/x"><script>'})

    assert "<script" not in shown
    assert shown.count("<img") <= html.count(":oven:")
