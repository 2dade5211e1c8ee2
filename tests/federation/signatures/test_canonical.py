"""The canonical form of documents, beside the library that is written for it alone."""

import itertools
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from federation.signatures.canonical import canonical

TEXTS = some.text(some.characters(exclude_categories=["Cs"]))
NUMBERS = some.integers(-(2**53) + 1, 2**53 - 1)
VALUES: some.SearchStrategy[Any] = some.recursive(
    some.none() | some.booleans() | NUMBERS | some.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: some.lists(inner) | some.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@given(VALUES)
def test_any_value_has_the_form_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_every_character_is_written_as_rfc_8785_does() -> None:
    characters = itertools.chain(range(0xD800), range(0xE000, 0x11000), range(0x11000, 0x110000, 251))
    text = "".join(map(chr, characters))

    assert canonical({"content": text}) == rfc8785.dumps({"content": text})


def test_names_beyond_ascii_are_sorted_as_utf_16() -> None:
    document = {"\ufb33": 1, "\U0001f600": 2, "a": 3, "\u20ac": 4}

    assert canonical(document) == rfc8785.dumps(document)
    assert canonical(document).index(b"\xf0\x9f\x98\x80") < canonical(document).index(b"\xef\xac\xb3")


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"a": {"b": object()}}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # of both libraries
        canonical(value)
