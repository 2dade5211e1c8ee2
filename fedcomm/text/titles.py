"""What a thread is called (decisions D34): the title that was typed, else what the text says first."""

import re
from collections.abc import Container
from typing import NamedTuple

from fedcomm.text import cleaning, greetings, limits, markdown, mentions, sanitise, sentences

# Lines that begin a list, a quotation, code or a table are never titles.
_BEGINS_BLOCK = re.compile(r"\s*(?:>|[-+*]\s|\d{1,9}[.)]\s|```|~~~|\||(?:[-*_]\s*){3,}$)")
_MOST_GREETINGS = 10
_READ = 4_000
"""Characters of a long text in which a title is looked for."""
_BULLET = re.compile(r"^(?:- )+")


class Title(NamedTuple):
    """A thread's title and the text that stands below it. A generated title is part of that text."""

    text: str
    is_generated: bool
    body: str


def typed(text: str) -> str:
    """A title from a field of its own: one line of at most 150 characters."""
    return cleaning.one_line(text, limits.TITLE)


def split_title(
    text: str, *, groups: Container[str] = (), keep: str | None = None, fallback: str = "", ports: bool = False
) -> Title:
    """Title and body of what was typed into an app or a mail.

    The title is the first line when it has at most 120 characters and text follows; lines that only greet stay in the
    body. Else it is the first sentence, and the body is the whole text. `groups`: handles (`Mention.handle`) of groups,
    which are taken out of the shown text where they stand at its edges. `keep`: the thread's present typed title, which
    an edit may bring back as first line whatever its length. `fallback`: for a text without words, a picture alone.
    """
    text = cleaning.storable(text).strip()
    text = mentions.without_edges(text, lambda mention: mention.handle in groups, ports=ports)
    lines = text.split("\n")
    if keep is not None and cleaning.one_line(lines[0], limits.TITLE) == keep:
        return Title(keep, False, "\n".join(lines[1:]).strip())
    for number, line in enumerate(lines[:_MOST_GREETINGS]):
        if _BEGINS_BLOCK.match(line):
            break
        said = _said(line, ports=ports)
        if not said or greetings.is_greeting(said):
            continue
        rest = "\n".join(lines[number + 1 :]).strip()
        follows = mentions.without_edges(rest, lambda _: True, ports=ports)
        if len(said) <= limits.TITLE_FROM_TEXT and follows:
            before = "\n".join(lines[:number]).strip()
            named = [each.text for each in mentions.edges(line, ports=ports) if each.handle not in groups]
            return Title(said, False, _body(before, " ".join(named), rest))
        break
    return Title(_generated(_plain(text)[:_READ], fallback, ports=ports), True, text)


def of_html(stored: str, *, fallback: str = "", ports: bool = False) -> Title:
    """Our own title for a post from elsewhere that brought none; its text stays as it is (`federation.md` 2.4)."""
    plain = sanitise.to_plain(stored)[:_READ]
    lines = plain.split("\n")
    for number, line in enumerate(lines[:_MOST_GREETINGS]):
        said = mentions.without_edges(line, lambda _: True, ports=ports)
        if said and not greetings.is_greeting(said):
            if len(said) <= limits.TITLE_FROM_TEXT and "".join(lines[number + 1 :]).strip():
                return Title(cleaning.one_line(_BULLET.sub("", said), limits.TITLE_FROM_TEXT), True, stored)
            break
    return Title(_generated(plain, fallback, ports=ports), True, stored)


def source_text(title: str, *, is_generated: bool, body: str) -> str:
    """What an app edits: title, blank line, body. `split_title(..., keep=title)` takes it apart again."""
    return body if is_generated else f"{title}\n\n{body}".strip()


def _generated(plain: str, fallback: str, *, ports: bool) -> str:
    greeting = ""
    begin = 0
    for end in sentences.ends(plain):
        sentence = _BULLET.sub("", plain[begin:end].strip())
        begin = end
        said = mentions.without_edges(sentence, lambda _: True, ports=ports)
        said = cleaning.one_line(sentences.cut_at_word(said, limits.TITLE_FROM_TEXT), limits.TITLE_FROM_TEXT)
        if not any(c.isalnum() for c in said):
            continue
        if not greetings.is_greeting(said):
            return said
        greeting = greeting or said
    return greeting or cleaning.one_line(sentences.cut_at_word(plain, limits.TITLE_FROM_TEXT), limits.TITLE) or fallback


def _said(line: str, *, ports: bool) -> str:
    """What a line says as a title: without mentions at its edges and without the signs of Markdown."""
    bare = mentions.without_edges(line, lambda _: True, ports=ports)
    return cleaning.one_line(_plain(bare), 10 * limits.TITLE) if bare else ""


def _plain(text: str) -> str:
    return sanitise.to_plain(markdown.render(text))


def _body(before: str, named: str, rest: str) -> str:
    return "\n\n".join(part for part in (before, f"{named}\n{rest}" if named else rest) if part)
