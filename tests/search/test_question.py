"""What is typed into a search field, and how it is understood."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fedcomm import ids
from fedcomm.errors import Invalid
from fedcomm.search.question import MOST_TERMS, Question, Term, taken_apart


def test_words_phrases_refusals_and_beginnings_are_told_apart() -> None:
    assert taken_apart('oven "deck oven" -gas -"old dough" bak* "open').terms == [
        Term("oven"),
        Term("deck oven", is_phrase=True),
        Term("gas", is_negated=True),
        Term("old dough", is_negated=True, is_phrase=True),
        Term("bak", is_beginning=True),
        Term("open", is_phrase=True),
    ]


def test_operators_are_understood_in_any_case_and_in_quotes() -> None:
    asked = taken_apart(
        'From:@ada@b.example -from:me IN:library has:image -has:"poll" is:reply -is:sensitive language:DE -language:en'
    )

    assert asked == Question(
        by=["ada@b.example"],
        not_by=["me"],
        place="library",
        has={"image"},
        lacks={"poll"},
        is_reply=True,
        is_sensitive=False,
        languages=["de"],
        not_languages=["en"],
    )
    assert taken_apart("in:@bakers in:group") == Question(groups=["bakers"], place="groups")


def test_days_are_days_of_the_reader() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    asked = taken_apart("during:2026-07-01", zone=berlin)

    assert asked.above == ids.lowest(datetime(2026, 6, 30, 22, tzinfo=UTC)) - 1
    assert asked.below == ids.lowest(datetime(2026, 7, 1, 22, tzinfo=UTC))
    assert taken_apart("before:2026-07-01").below == ids.lowest(datetime(2026, 7, 1, tzinfo=UTC))
    assert taken_apart("after:2026-07-01").above == ids.lowest(datetime(2026, 7, 2, tzinfo=UTC)) - 1


@pytest.mark.parametrize("words", ["foo:bar", "12:30", "from:", "https://a.example/x?y", "a:b:c"])
def test_what_only_looks_like_an_operator_is_words(words: str) -> None:
    assert taken_apart(words).terms == [Term(words)]


@pytest.mark.parametrize(
    "wrong",
    [
        "before:yesterday", "-before:2026-01-01", "during:2026-02-30", "after:9999-12-31", "has:money", "is:late",
        "language:123", "-in:library",
    ],
)  # fmt: skip
def test_an_operator_with_a_wrong_value_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        taken_apart(wrong)
    assert refused.value.field == "q"
    assert ":" in refused.value.message


def test_no_question_is_longer_than_can_be_answered() -> None:
    assert len(taken_apart("x " * 900).terms) == MOST_TERMS
    assert len(taken_apart("x" * 1_999).terms[0].text) == 200
    assert not taken_apart('"" * in:all').asks
