"""What a thread is called. Source: decisions D34."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fedcomm.text import limits
from fedcomm.text.titles import Title, of_html, source_text, split_title, typed

GROUPS = {"bakers", "market@north.example"}


def test_the_first_line_is_the_title_when_text_follows() -> None:
    assert split_title("@bakers Which oven?\nOurs broke.", groups=GROUPS) == Title("Which oven?", False, "Ours broke.")
    assert split_title("Which oven?\n\nOurs broke.\nBadly.") == Title("Which oven?", False, "Ours broke.\nBadly.")


def test_one_line_alone_is_a_generated_title_and_stays_the_body() -> None:
    assert split_title("@bakers Which oven?", groups=GROUPS) == Title("Which oven?", True, "Which oven?")
    assert split_title("Which oven?\n\n@bakers", groups=GROUPS) == Title("Which oven?", True, "Which oven?")
    assert split_title("Which oven? Ours broke.").text == "Which oven?"


def test_a_group_named_at_the_end_of_the_title_is_not_part_of_it() -> None:
    assert split_title("Which oven? @bakers\nOurs broke.", groups=GROUPS) == Title("Which oven?", False, "Ours broke.")


def test_people_named_in_the_title_line_stay_in_the_body() -> None:
    title = split_title("@bakers @ada Which oven?\nOurs broke.", groups=GROUPS)

    assert title == Title("Which oven?", False, "@ada\nOurs broke.")


def test_mentions_inside_a_title_stay() -> None:
    assert split_title("Does @ada know ovens?\nWe do not.").text == "Does @ada know ovens?"


@pytest.mark.parametrize(
    "greeting", ["Hi all!", "Hello everyone,", "Moin zusammen", "Sehr geehrte Damen und Herren,", "Dear Ada,", "Hi 👋"]
)
def test_a_line_that_only_greets_is_skipped(greeting: str) -> None:
    assert split_title(f"{greeting}\nWhich oven?\nOurs broke.") == Title(
        "Which oven?", False, f"{greeting}\n\nOurs broke."
    )
    assert split_title(f"{greeting}\n\nWhich oven?").text == "Which oven?"


def test_a_greeting_in_the_line_of_the_question_is_skipped_too() -> None:
    assert split_title("Hallo zusammen! Wer hat z. B. einen Ofen? Unserer ist kaputt.") == Title(
        "Wer hat z. B. einen Ofen?", True, "Hallo zusammen! Wer hat z. B. einen Ofen? Unserer ist kaputt."
    )


@pytest.mark.parametrize(
    "line", ["Hello kitty mugs for sale", "Dear customers are leaving us", "Moin?", "Guten Tag Rabatt"]
)
def test_a_line_that_begins_like_a_greeting_and_says_more_is_a_title(line: str) -> None:
    assert split_title(f"{line}\nText.").text == line


def test_a_long_first_line_gives_its_first_sentence_and_the_body_is_unchanged() -> None:
    text = f"Our oven broke. {'We bake a lot of bread here ' * 6}\nWhat now?"

    assert split_title(text) == Title("Our oven broke.", True, text)


def test_a_long_sentence_is_cut_at_a_word() -> None:
    title = split_title("bread " * 60)

    assert title.is_generated
    assert len(title.text) <= limits.TITLE_FROM_TEXT
    assert title.text.endswith("bread…")


def test_a_line_of_120_characters_is_a_title_and_one_of_121_is_not() -> None:
    assert split_title(f"{'x' * 120}\ny") == Title("x" * 120, False, "y")
    assert split_title(f"{'x' * 121}\ny") == Title("x" * 119 + "…", True, f"{'x' * 121}\ny")


@pytest.mark.parametrize(
    "text", ["- ovens\n- mixers", "> ovens\n\nmixers", "1. ovens\n2. mixers", "```\novens\n```\nmixers"]
)
def test_lists_quotations_and_code_are_no_titles_but_give_words_for_one(text: str) -> None:
    assert split_title(text) == Title("ovens", True, text)


def test_signs_of_markdown_are_not_part_of_a_title() -> None:
    assert split_title("# Which **oven**?\nOurs broke.").text == "Which oven?"
    assert split_title("[Oven](https://a.test/x) for sale\nCheap.").text == "Oven for sale"


def test_a_title_is_text_and_never_html() -> None:
    assert split_title("<b>Oven</b> & more\nText").text == "<b>Oven</b> & more"
    assert split_title("Ov\u202een\x00\nText").text == "Oven"


def test_a_text_without_words_takes_what_is_at_hand() -> None:
    assert split_title("", fallback="Picture") == Title("Picture", True, "")
    assert split_title("@bakers", groups=GROUPS, fallback="Picture") == Title("Picture", True, "")
    assert split_title("Hi all!") == Title("Hi all!", True, "Hi all!")
    assert split_title("🥖🥖🥖", fallback="Picture").text == "🥖🥖🥖"


def test_the_source_of_a_titled_thread_comes_apart_as_it_was() -> None:
    long = "An oven that we would like to sell " * 4
    for title, body in (
        ("Which oven?", "Ours broke.\n\nBadly."),
        (typed(long), "Text"),
        ("*Oven* - 2", ""),
        ("Hi all", "x"),
    ):
        written = source_text(title, is_generated=False, body=body)
        assert split_title(written, keep=title) == Title(title, False, body)


def test_the_source_of_a_generated_title_is_the_body() -> None:
    assert source_text("Our oven broke.", is_generated=True, body="Our oven broke. Help!") == "Our oven broke. Help!"


def test_an_edit_may_give_a_new_title() -> None:
    assert split_title("New oven?\n\nText", keep="Old oven?") == Title("New oven?", False, "Text")


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_titled_keeps_its_title_and_body_when_edited(words: str, text: str) -> None:
    title = typed(words)
    once = split_title(source_text(title, is_generated=False, body=text), keep=title)
    assume(title)

    assert (once.text, once.is_generated) == (title, False)
    assert split_title(source_text(title, is_generated=False, body=once.body), keep=title) == once


MASTODON = (
    '<p><span class="h-card"><a href="https://a.test/@bakers" class="u-url mention">@<span>bakers</span></a></span> '
    "Who rents stands near Porto? We need two.</p>"
)


def test_a_post_from_elsewhere_gets_a_title_of_ours_and_keeps_its_text() -> None:
    assert of_html(MASTODON) == Title("Who rents stands near Porto?", True, MASTODON)
    assert of_html("<p>Stands near Porto</p><p>Who rents them?</p>").text == "Stands near Porto"
    assert of_html("<p>Hello all!<br>Stands near Porto<br>Who rents?</p>").text == "Stands near Porto"
    assert of_html("", fallback="Picture") == Title("Picture", True, "")
