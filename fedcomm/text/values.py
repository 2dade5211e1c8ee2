"""Which values of classes, relations and numbers stay in stored HTML. Source: S082, decisions D36."""

import re
from collections.abc import Mapping
from typing import Final

CLASSES: Final = frozenset({"mention", "hashtag", "h-card", "u-url", "ellipsis", "invisible"})
SHORTENING: Final = frozenset({"ellipsis", "invisible"})
"""What clients cut or do not show; it means something inside links only."""
QUOTE: Final = "quote-inline"
"""The line that names a quoted post, hidden by clients that show the quotation. Source: mastodon-clients trap 18."""
OUTSIDE: Final = "nofollow noopener noreferrer"

_RELATIONS: Final = ("tag", "me")
_START = re.compile(r"[0-9]{1,9}")


def classes(name: str, value: str) -> tuple[str, ...]:
    """The classes that a link or span keeps."""
    known = CLASSES - SHORTENING if name == "a" else CLASSES | {QUOTE}
    return tuple(dict.fromkeys(given for given in value.split() if given in known))


def relations(value: str) -> str:
    """The relations that a link keeps: those of hashtags and of one's own pages."""
    given = value.lower().split()
    return " ".join(relation for relation in _RELATIONS if relation in given)


def of_block(name: str, attributes: Mapping[str, str]) -> str:
    """The attributes that a block keeps, written down."""
    if name == "p" and QUOTE in attributes.get("class", "").split():
        return f' class="{QUOTE}"'
    if name == "ol" and _START.fullmatch(attributes.get("start", "")):
        return f' start="{int(attributes["start"])}"'
    return ""
