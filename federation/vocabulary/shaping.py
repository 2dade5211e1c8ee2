"""Which shape a post of ours takes on the wire, so that every peer shows its title and text once.

Source: D16, D34, D35; FEP-b2b8; T7, T8 of federation.md.
"""

import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

from federation.vocabulary.objects import Post

EXCERPT = 1_000
"""Characters of text up to which `summary` is the whole text (D16)."""

_BLOCKS = frozenset(
    ("p", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "ul", "ol", "hr", "div")
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]")


def shape(post: Post, *, title: str | None = None, title_is_generated: bool = False, warning: str = "") -> Post:
    """The post as it is published: `type`, `name`, `summary`, `preview` and, for a poll, `content` are set.

    A typed title makes an Article, whose summary is the text or how it begins: that is all Mastodon shows. A generated
    title does not travel. A content warning is the whole summary, of a Note (D35). Replies have no title (T8).
    """
    if warning:
        name = title if not title_is_generated and post.in_reply_to is None else None
        kind = "Question" if post.poll else "Note"
        return replace(post, type=kind, name=name, summary=warning, preview=None, sensitive=True)
    if post.poll is not None:
        return _question(post, title if not title_is_generated else None)
    if title is None or title_is_generated or post.in_reply_to is not None:
        return replace(post, type="Note", name=None, summary=None, preview=None)
    beginning = excerpt(post.content)
    return replace(post, type="Article", name=title, summary=beginning or None, preview=beginning or None)


def _question(post: Post, title: str | None) -> Post:
    """A poll. Its title stands in the text too, since Mastodon ignores the name of a Question (T7)."""
    content = f"<p>{escape(title, quote=False)}</p>{post.content}" if title else post.content
    return replace(post, type="Question", name=title, content=content, summary=None, preview=None)


def excerpt(html: str, most: int = EXCERPT) -> str:
    """The HTML itself when its text is at most `most` characters, else its beginning up to the end of a sentence.

    Where no sentence ends in time it is cut at a word, with an ellipsis.
    """
    if len(html) <= most:
        return html
    blocks = _text_blocks(html)
    if sum(len(block) for block in blocks) <= most:
        return html
    kept: list[str] = []
    room = most
    for block in blocks:
        if len(block) > room:
            break
        kept.append(block)
        room -= len(block)
    begun = blocks[len(kept)]
    ends = [found.end() for found in _SENTENCE_END.finditer(begun, 0, room) if found.end() < room]
    if ends:
        kept.append(begun[: ends[-1]])
    elif not kept:
        cut = begun[: most - 1]
        kept.append((cut[: cut.rfind(" ")] if " " in cut else cut).rstrip() + "…")
    return "".join(f"<p>{escape(block, quote=False)}</p>" for block in kept)


class _Blocks(HTMLParser):
    """Collects the text of each paragraph, list item and so on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_block()
        elif tag == "br":
            self._parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        self._parts.append(data)

    def end_block(self) -> None:
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if text:
            self.found.append(text)


def _text_blocks(html: str) -> list[str]:
    parser = _Blocks()
    parser.feed(html)
    parser.close()
    parser.end_block()
    return parser.found
