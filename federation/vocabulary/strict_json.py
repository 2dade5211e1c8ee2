"""JSON from strangers, read the same way by everyone or not at all.

Two readers that understand one text differently are a way in, so what other readers may take differently is refused:
duplicate keys, NaN and Infinity, numbers that do not fit, text that is not UTF-8. What a database cannot store is
replaced in values (NUL, lone surrogates) and refused in keys. Source: security-cases section 1 and 2, S139, S140.
"""

import json
import re
from itertools import accumulate
from typing import Any, TypeAlias, cast

from federation.errors import Malformed, TooLarge

JsonObject: TypeAlias = dict[str, Any]
"""A decoded JSON object. Its values are JSON; whoever reads one checks its type."""

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1
_LONGEST_INTEGER = 20
_LONGEST_FLOAT = 400

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_AS_STEPS = bytes.maketrans(b"[]{}", b"\x01\xff\x01\xff")  # +1 and -1 when read as signed
# An escape that is, or may be part of, a NUL or a surrogate.
_DOUBTFUL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def load_object(body: bytes, *, most: int = MAX_BYTES) -> JsonObject:
    """One JSON object of at most `most` bytes, depth 64, 64-bit integers.

    NUL and lone surrogates in values become U+FFFD, so that nothing turns into another name by being cleaned.

    Raises TooLarge; Malformed (anything else).
    """
    if len(body) > most:
        raise TooLarge(f"more than {most} bytes")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _refuse_depth(body)
    try:
        text = body.decode()
        document = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Malformed("not a JSON object")
    if _DOUBTFUL_ESCAPE.search(text) is not None:
        return cast("JsonObject", _storable(cast("JsonObject", document)))
    return cast("JsonObject", document)


def _refuse_depth(body: bytes) -> None:
    """Count how deep brackets outside strings nest; linear, however the text is made. Raises Malformed."""
    # Backslashes stand only in strings. Without escaped ones and escaped quotes, every second piece is outside.
    outside = body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    steps = memoryview(b"".join(outside).translate(_AS_STEPS, _NOT_BRACKETS)).cast("b")
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError("an integer outside 64 bit")
    number = int(digits)
    if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise ValueError("an integer outside 64 bit")
    return number


def _float(digits: str) -> float:
    if len(digits) > _LONGEST_FLOAT:
        raise ValueError("a number with too many digits")
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number too large")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True
)


def _storable(value: Any) -> Any:
    match value:
        case str():
            return _UNSTORABLE.sub(_REPLACEMENT, value)
        case list():
            return [_storable(item) for item in cast("list[Any]", value)]
        case dict():
            entries = cast("JsonObject", value)
            if any(_UNSTORABLE.search(key) for key in entries):
                raise Malformed("a key that cannot be stored")
            return {key: _storable(item) for key, item in entries.items()}
        case _:
            return value
