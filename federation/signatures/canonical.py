"""Documents in the one form that is hashed and signed. Source: RFC 8785 (JCS)."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
import rfc8785

_GREATEST = 2**53 - 1


def canonical(document: Mapping[str, Any]) -> bytes:
    """The canonical form of a document. Raises ValueError, RecursionError (it has none).

    Most documents have neither fractions nor names outside ASCII. Sorted by orjson these come out the same byte for
    byte, in a tenth of the time, which was a tenth of what a post costs.
    """
    if _is_plain(document):
        try:
            return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # half a surrogate pair, which the slower way words better
            pass
    return rfc8785.dumps(cast("dict[str, Any]", document))


def _is_plain(value: Any) -> bool:
    """Whether both ways write it the same."""
    if isinstance(value, str | bool) or value is None:
        return True
    if isinstance(value, dict):
        entries = cast("dict[Any, Any]", value)
        return all(isinstance(name, str) and name.isascii() and _is_plain(each) for name, each in entries.items())
    if isinstance(value, list):
        return all(_is_plain(each) for each in cast("list[Any]", value))
    return isinstance(value, int) and -_GREATEST <= value <= _GREATEST
