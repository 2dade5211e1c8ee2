"""The canonical form of documents: what the quick way writes is what the library for RFC 8785 writes."""

import json

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as some

from federation.signatures.canonical import canonical

_WORDS = some.text(some.characters(exclude_categories=("Cs",)))
_VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**53) + 1, 2**53 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | _WORDS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(some.dictionaries(_WORDS, _VALUES, max_size=5))
@example({"b": 1, "a": [True, None], "B": '\x00\x1f\x7f\b\t\n\f\r"\\/€\u2028😀', "": {}})
@example({"\ue000": 1, "😀": 2})  # sorted by UTF-16, not by code points
@example({"n": 1.0, "m": 1e21})
def test_every_document_is_written_as_the_library_writes_it(document: dict[str, object]) -> None:
    assert canonical(document) == rfc8785.dumps(json.loads(json.dumps(document)))


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), "\ud800"])
def test_what_has_no_canonical_form_has_none_here_either(value: object) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"name": [value]})
