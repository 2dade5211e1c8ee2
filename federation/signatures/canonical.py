"""Documents as bytes that are the same for everybody: the canonical form of RFC 8785.

The library for it is written in Python and takes milliseconds for one post. Documents without fractions whose names are
ASCII, and that is all that occurs, have the same form when orjson sorts them.
"""

from typing import Any, cast

import orjson
import rfc8785

MOST_DEEP = 200
GREATEST = 2**53 - 1
"""What JSON numbers can carry (RFC 8785 appendix D)."""


def canonical(document: Any) -> bytes:
    """The canonical form. Raises ValueError (there is none), RecursionError."""
    if not _is_plain(document, MOST_DEEP):
        return rfc8785.dumps(document)
    try:
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error


def _is_plain(value: Any, deeper: int) -> bool:
    """Whether both write it in the same way: for names beyond ASCII the orders differ, for fractions the digits."""
    kind: type[object] = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -GREATEST <= value <= GREATEST
    if deeper == 0:
        return False
    if kind is list:
        return all(_is_plain(item, deeper - 1) for item in cast("list[Any]", value))
    if kind is dict:
        entries = cast("dict[Any, Any]", value)
        return all(
            type(name) is str and name.isascii() and _is_plain(item, deeper - 1) for name, item in entries.items()
        )
    return False
