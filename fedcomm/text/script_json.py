"""JSON that may stand inside a script element."""

import orjson

_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "'": "\\u0027"}
)


def json_for_script(value: object) -> str:
    """The value as JSON in which no sign can end the script element or an attribute around it (S084)."""
    return orjson.dumps(value).decode().translate(_ESCAPES)
