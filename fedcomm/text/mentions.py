"""Whom and what a text names: `@bakers`, `@ada@north.example`, `#ovens`.

Everything is found in one walk from left to right, with patterns that never go back (S147). Which names exist is not
known here.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from fedcomm.text import links

LONGEST_NAME = 128
LONGEST_TAG = 100

_NAME = re.compile(r"(?<![\w@/=])@([A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)")
_HOST = re.compile(r"(?:[^\W_]|-)++(?:\.(?:[^\W_]|-)++)*+")
_PORT = re.compile(r":[0-9]{1,5}(?![0-9])")
_TAG = re.compile(r"[\w·・\u200c]++")
_AFTER_NAME = re.compile(r"[ \t]*[,:;]?[ \t]*(?:\n[ \t]*)*")


class Mention(NamedTuple):
    """`@name` or `@name@host` in a text, from `start` to `end`. `host` is lower-case ASCII, None when not said."""

    start: int
    end: int
    name: str
    host: str | None

    @property
    def text(self) -> str:
        """The mention as it can be written again."""
        return f"@{self.name}@{self.host}" if self.host else f"@{self.name}"

    @property
    def handle(self) -> str:
        """Name and host as they are looked up: lower case, without the first @."""
        return f"{self.name}@{self.host}".lower() if self.host else self.name.lower()


class Hashtag(NamedTuple):
    """`#tag` in a text, from `start` to `end`; `tag` as it was typed."""

    start: int
    end: int
    tag: str

    @property
    def name(self) -> str:
        """The tag as it is compared: normalised and in lower case."""
        return normalised_tag(self.tag)


def normalised_tag(tag: str) -> str:
    """One form for all ways to write a tag. Source: Mastodon API documentation, entities/Tag, `name`."""
    return unicodedata.normalize("NFKC", tag.removeprefix("#")).casefold()


def mention_at(text: str, at: int, *, ports: bool = False) -> Mention | None:
    """The mention that begins with the @ at a place. With `ports`, hosts may carry one (development, D20)."""
    found = _NAME.match(text, at)
    if not found or found.end() - at > LONGEST_NAME:
        return None
    if not text.startswith("@", found.end()):
        return Mention(at, found.end(), found.group(1), None)
    host, end = _host_at(text, found.end(), ports=ports)
    if text.startswith("@", end):
        return None
    return Mention(at, end, found.group(1), host)


def _host_at(text: str, at: int, *, ports: bool) -> tuple[str | None, int]:
    """The host behind a name and where it ends. A host without a dot counts only with a port or as localhost."""
    found = _HOST.match(text, at + 1)
    if not found:
        return None, at
    port = _PORT.match(text, found.end()) if ports else None
    end = port.end() if port else found.end()
    host = links.ascii_host(text[at + 1 : end])
    if host is None or ("." not in host and not ports):
        return None, at
    return host, end


def find_mentions(text: str, *, ports: bool = False) -> list[Mention]:
    """All mentions of a plain text in their order. In Markdown ask `markdown.names`, which knows code and links."""
    found: list[Mention] = []
    at = text.find("@")
    while at >= 0:
        mention = mention_at(text, at, ports=ports)
        if mention:
            found.append(mention)
        at = text.find("@", mention.end if mention else at + 1)
    return found


def hashtag_at(text: str, at: int) -> Hashtag | None:
    """The hashtag that begins with the # at a place. It needs a letter and ends before another #."""
    if at > 0 and (_is_word(text[at - 1]) or text[at - 1] in "#/&"):
        return None
    found = _TAG.match(text, at + 1)
    if not found:
        return None
    tag = found.group().rstrip("·・\u200c")
    if not 0 < len(tag) <= LONGEST_TAG or not any(c.isalpha() for c in tag):
        return None
    return Hashtag(at, at + 1 + len(tag), tag)


def find_hashtags(text: str) -> list[Hashtag]:
    """All hashtags of a plain text in their order."""
    found: list[Hashtag] = []
    at = text.find("#")
    while at >= 0:
        hashtag = hashtag_at(text, at)
        if hashtag:
            found.append(hashtag)
        at = text.find("#", hashtag.end if hashtag else at + 1)
    return found


def without_edges(text: str, drop: Callable[[Mention], bool], *, ports: bool = False) -> str:
    """The text without the mentions at its beginning and end that `drop` names, such as those of groups.

    Mentions of others stay where they are; one that stands in the middle of a sentence is part of it.
    """
    found = find_mentions(text, ports=ports)
    kept: list[str] = []
    at = 0
    for start, end, mention in sorted({*_leading(text, found), *_trailing(text, found)}):
        if drop(mention):
            kept.append(text[at : max(start, at)])
            at = max(end, at)
    kept.append(text[at:])
    return _joined(kept).strip()


def edges(text: str, *, ports: bool = False) -> list[Mention]:
    """The mentions at the beginning and at the end of a text."""
    found = find_mentions(text, ports=ports)
    at_edges = {mention for _, _, mention in (*_leading(text, found), *_trailing(text, found))}
    return [mention for mention in found if mention in at_edges]


def _leading(text: str, found: list[Mention]) -> Iterator[tuple[int, int, Mention]]:
    """The mentions before the first other word, each with the sign and space behind it."""
    at = len(text) - len(text.lstrip())
    for mention in found:
        if mention.start != at:
            return
        gap = _AFTER_NAME.match(text, mention.end)
        at = gap.end() if gap else mention.end
        yield mention.start, at, mention


def _trailing(text: str, found: list[Mention]) -> Iterator[tuple[int, int, Mention]]:
    """The mentions behind the last other word, each with the space before it."""
    at = len(text.rstrip())
    for mention in reversed(found):
        if mention.end != at:
            return
        at = mention.start
        while at > 0 and text[at - 1].isspace():
            at -= 1
        yield at, mention.end, mention


def _joined(pieces: list[str]) -> str:
    """The pieces one after the other, with a space where two words would grow together."""
    written: list[str] = []
    for piece in filter(None, pieces):
        if written and not written[-1][-1].isspace() and not piece[0].isspace():
            written.append(" ")
        written.append(piece)
    return "".join(written)


def _is_word(c: str) -> bool:
    return c.isalnum() or c == "_"
