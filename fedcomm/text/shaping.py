"""From a row of HTML tokens to the small, well-formed HTML that we store (decisions D36).

Written for input that means harm. Elements are opened late and closed properly, paragraphs hold no blocks, links no
links, tables only rows: a browser that parses the result again sees the same tree, and no nesting makes it slow or long
(a parser that rebuilds open formatting after each block, as HTML asks, turns 100 KB into 180 MB). What is not ours to
show loses its tags and leaves a line break where a block was.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from fedcomm.text import links, values
from fedcomm.text.tokens import Token

DEEPEST_BLOCKS = 32
DEEPEST_INLINES = 8

INLINES: Final = frozenset({"a", "span", "strong", "b", "em", "i", "u", "del", "s", "sub", "sup", "code"})
HEADINGS: Final = frozenset({"h2", "h3", "h4", "h5", "h6"})
BLOCKS: Final = frozenset({"p", "pre", "blockquote", "ul", "ol", "li", "hr", *HEADINGS})
TABLES: Final = frozenset({"table", "thead", "tbody", "tr", "th", "td"})

_HOLD_INLINES_ONLY: Final = frozenset({"p", "pre", *HEADINGS})
_LISTS: Final = frozenset({"ul", "ol"})
_CELLS: Final = frozenset({"td", "th"})
_SECTIONS: Final = frozenset({"thead", "tbody"})
_BREAKING: Final = frozenset(
    "address article aside caption center dd details dialog dir div dl dt fieldset figcaption figure footer form header"
    " hgroup legend main menu nav option section summary tfoot".split()
)
_SAME: Final = {"h1": "h2", "strike": "del", "tfoot": "tbody", "ins": "u", "kbd": "code", "samp": "code", "tt": "code"}
_BLANK: Final = " \t\n\f"
_EMOJI = re.compile(r":[A-Za-z0-9_]{2,64}:")


@dataclass(slots=True)
class _Inline:
    """An inline element that began and has not ended; it is written only once there is text for it."""

    name: str
    classes: tuple[str, ...] = ()
    address: links.Address | None = None
    rel: str = ""
    written_at: int = -1
    opened_before: bool = False


@dataclass(slots=True)
class _Link:
    """What was written inside the open link: its text, which parts are hidden, and where spans hide or cut."""

    address: links.Address
    text: list[str] = field(default_factory=list[str])
    shown: list[str] = field(default_factory=list[str])
    shortening: list[int] = field(default_factory=list[int])


class Shaper:
    """Takes tokens one after the other and writes HTML of the elements `allowed`."""

    def __init__(self, *, allowed: frozenset[str], home: str = "", most_text: int, reopening: int) -> None:
        """`home`: our origin, whose links are not outside links. `reopening`: how many characters may be spent on
        tags that are written again because a block ended inside them."""
        self.allowed = allowed
        self.home = home.rstrip("/")
        self.room = most_text
        self.reopening = reopening
        self.out: list[str] = []
        self.blocks: list[str] = []
        self.starts: list[int] = []
        self.inlines: list[_Inline] = []
        self.written = 0
        self.link: _Link | None = None
        self.ignored: dict[str, int] = {}
        self.fresh = True
        self.gap = False

    def shape(self, tokens: Iterable[Token]) -> str:
        """The HTML of all tokens."""
        for kind, value, attributes in tokens:
            if self.room <= 0:
                break
            if kind == "text":
                self.text(value)
                continue
            name = _SAME.get(value, value)
            if kind == "open":
                self.open(name, attributes)
            else:
                self.close(name)
        self._unwrite(0)
        while self.blocks:
            self._pop()
        return "".join(self.out)

    # Text

    def text(self, text: str) -> None:
        """Write text, and before it whatever must stand around it."""
        preformatted = "pre" in self.blocks
        if not preformatted:
            if self.fresh:
                text = text.lstrip(_BLANK)
            if not text or (not text.strip(_BLANK) and (self.gap or not self._takes_text())):
                return
        self._make_place()
        if self.gap and not self.fresh:
            self._write_break("\n" if preformatted else "<br>")
            text = text if preformatted else text.lstrip(_BLANK)
        self.gap = False
        if self.out and self.out[-1] == "<pre>":
            text = text.lstrip("\n")
        if not text:
            return
        text = text[: self.room]
        self.room -= len(text)
        self._write_inlines()
        self._note(text)
        self.out.append(html.escape(text, quote=False))
        self.fresh = False

    def _takes_text(self) -> bool:
        return not self.blocks or self.blocks[-1] not in _LISTS | TABLES - _CELLS

    def _note(self, text: str) -> None:
        if self.link:
            self.link.text.append(text)
            if not any("invisible" in inline.classes for inline in self.inlines[: self.written]):
                self.link.shown.append(text)

    def _break(self) -> None:
        if not self._takes_text() or self.room <= 0:
            return
        preformatted = "pre" in self.blocks
        waiting = self.inlines[self.written :]
        begins_quote = any(values.QUOTE in inline.classes for inline in waiting)
        if begins_quote and not preformatted and not any(inline.opened_before for inline in waiting):
            # The breaks before a quoted post's name are hidden together with it.
            self._write_inlines()
        self._write_break("\n" if preformatted else "<br>")
        self.room -= 1

    def _write_break(self, sign: str) -> None:
        if self.link:
            self._note(" ")
        if self.out[-1:] == ["<pre>"]:
            return
        self.out.append(sign)
        self.fresh = sign == "<br>"

    # Elements

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "br":
            self._break()
        elif name == "img":
            if _EMOJI.fullmatch(attributes.get("alt", "")):
                self.text(attributes["alt"])
        elif name in INLINES and name in self.allowed:
            self._open_inline(name, attributes)
        elif name in TABLES and name in self.allowed:
            self._open_table_part(name)
        elif name in BLOCKS and name in self.allowed:
            self._open_block(name, attributes)
        elif name in _BREAKING or name in BLOCKS or name in TABLES:
            self.gap = True

    def close(self, name: str) -> None:
        """An element ends. An end without a beginning changes nothing."""
        if name in INLINES:
            self._close_inline(name)
        elif self.ignored.get(name):
            self.ignored[name] -= 1
            self.gap = True
        elif name in TABLES and self.ignored.get("table"):
            self.gap = True
        elif (name in BLOCKS or name in TABLES) and name in self.allowed:
            self._close_block(name)
        elif name in _BREAKING or name in BLOCKS or name in TABLES:
            self.gap = True

    # Inline elements

    def _open_inline(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "a":
            self._close_inline("a")
            address = links.allowed(attributes.get("href", ""))
            if address is None:
                return
        else:
            address = None
        if len(self.inlines) >= DEEPEST_INLINES:
            return
        classes = values.classes(name, attributes.get("class", "")) if name in ("a", "span") else ()
        self.inlines.append(_Inline(name, classes, address, values.relations(attributes.get("rel", ""))))

    def _close_inline(self, name: str) -> None:
        for place in range(len(self.inlines) - 1, -1, -1):
            if self.inlines[place].name == name:
                self._unwrite(place)
                del self.inlines[place]
                return

    def _write_inlines(self) -> None:
        """Write the begun inline elements that are not written yet, for text that comes now."""
        while self.written < len(self.inlines):
            inline = self.inlines[self.written]
            tag = self._tag(inline)
            if inline.opened_before:
                self.reopening -= len(tag)
                if self.reopening < 0:
                    del self.inlines[self.written]
                    continue
            inline.opened_before = True
            inline.written_at = len(self.out)
            if inline.address:
                self.link = _Link(inline.address)
            elif self.link and values.SHORTENING & set(inline.classes):
                self.link.shortening.append(inline.written_at)
            self.out.append(tag)
            self.written += 1

    def _tag(self, inline: _Inline) -> str:
        if inline.address:
            rel = inline.rel
            if not (self.home and inline.address.url.startswith(self.home + "/")):
                rel = f"{values.OUTSIDE} {rel}".strip()
            parts = {"href": inline.address.url, "class": " ".join(inline.classes), "rel": rel}
        else:
            if not self.link:
                # Outside a link nothing is hidden or cut.
                inline.classes = tuple(c for c in inline.classes if c not in values.SHORTENING)
            parts = {"class": " ".join(inline.classes)}
        written = (f' {name}="{html.escape(value)}"' for name, value in parts.items() if value)
        return f"<{inline.name}{''.join(written)}>"

    def _unwrite(self, until: int) -> None:
        """Close the written inline elements from the innermost up to number `until`. They may be written again."""
        while self.written > until:
            self.written -= 1
            inline = self.inlines[self.written]
            if self.link and inline.address:
                self._finish_link(self.link, inline)
            else:
                self.out.append(f"</{inline.name}>")

    def _finish_link(self, link: _Link, inline: _Inline) -> None:
        """End a link; where its text hides or belies its host, nothing is hidden any more and the host is added."""
        self.link = None
        text, shown = "".join(link.text), "".join(link.shown)
        honest = not link.shortening or links.says_whole_address(text, shown, link.address)
        missing = links.missing_host(shown if honest else text, link.address)
        if missing or not honest:
            for place in link.shortening:
                self.out[place] = "<span>"
        if missing:
            missing = f"({missing})" if self.fresh else f" ({missing})"
            self.room -= len(missing)
            if self.room < 0:
                self.out[inline.written_at] = ""
                return
            self.out.append(html.escape(missing, quote=False))
            self.fresh = False
        self.out.append("</a>")

    # Blocks

    def _open_block(self, name: str, attributes: Mapping[str, str]) -> None:
        if "pre" in self.blocks:
            self._ignore(name)
            return
        self._unwrite(0)
        if name == "li":
            self._end_item()
        else:
            self._end_paragraph()
            self._make_place()
        if len(self.blocks) >= DEEPEST_BLOCKS:
            self._ignore(name)
            return
        self.gap = False
        self.fresh = True
        if name == "hr":
            self.out.append("<hr>")
            return
        self._push(name, values.of_block(name, attributes))

    def _ignore(self, name: str) -> None:
        self.gap = True
        if name != "hr":
            self.ignored[name] = self.ignored.get(name, 0) + 1

    def _end_paragraph(self) -> None:
        if self.blocks and self.blocks[-1] in _HOLD_INLINES_ONLY:
            self._pop()

    def _end_item(self) -> None:
        """Go to where a list item may begin: inside the nearest list, or in a new one."""
        for place in range(len(self.blocks) - 1, -1, -1):
            name = self.blocks[place]
            if name in _LISTS:
                self._pop_to(place + 1)
                return
            if name in ("blockquote", *_CELLS):
                break
        self._end_paragraph()
        self._make_place()
        self._push("ul")

    def _make_place(self) -> None:
        """Where only items or cells may stand, begin one for what comes now."""
        top = self.blocks[-1] if self.blocks else ""
        if top in _LISTS:
            self._push("li")
        elif top in TABLES and top not in _CELLS:
            self._open_row_or_cell("td")

    def _close_block(self, name: str) -> None:
        for place in range(len(self.blocks) - 1, -1, -1):
            if self.blocks[place] == name:
                self._unwrite(0)
                self._pop_to(place)
                self.fresh, self.gap = True, False
                return
            if self.blocks[place] in _CELLS and name not in TABLES:
                return

    def _push(self, name: str, attributes: str = "") -> None:
        self.starts.append(len(self.out))
        self.blocks.append(name)
        self.out.append(f"<{name}{attributes}>")
        self.fresh = True

    def _pop(self) -> None:
        """Close the innermost block; one with nothing in it vanishes, unless it holds a table's column."""
        name, start = self.blocks.pop(), self.starts.pop()
        if name == "pre":
            self.ignored.clear()
        if start == len(self.out) - 1 and name not in _CELLS:
            self.out.pop()
        else:
            self.out.append(f"</{name}>")

    def _pop_to(self, depth: int) -> None:
        while len(self.blocks) > depth:
            self._pop()

    # Tables

    def _open_table_part(self, name: str) -> None:
        self._unwrite(0)
        if "pre" in self.blocks or (name == "table" and "table" in self.blocks):
            self._ignore(name)
            return
        if self.ignored.get("table"):
            self.gap = True
            return
        if name == "table":
            self._end_paragraph()
            self._make_place()
            if len(self.blocks) + 8 > DEEPEST_BLOCKS:
                self._ignore(name)
                return
            self._push(name)
        elif "table" in self.blocks:
            self._open_row_or_cell(name)
        else:
            self.gap = True
            return
        self.fresh, self.gap = True, False

    def _open_row_or_cell(self, name: str) -> None:
        table = self.blocks.index("table")
        if name in _SECTIONS:
            self._pop_to(table + 1)
            self._push(name)
            return
        if name == "tr":
            self._pop_to(table + 2)
            self._begin("tbody", table + 1)
            self._push("tr")
            return
        self._pop_to(table + 3)
        self._begin("tbody", table + 1)
        self._begin("tr", table + 2)
        self._push(name)

    def _begin(self, name: str, depth: int) -> None:
        if len(self.blocks) == depth:
            self._push(name)
