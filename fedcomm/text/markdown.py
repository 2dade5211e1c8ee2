"""What people type -> HTML. Markdown with every newline a break, no raw HTML and no pictures (decisions D36).

Mentions, hashtags and addresses are rules of the parser, so that code and links are left alone.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from fedcomm.text import limits, links, mentions, sanitise

_DEEPEST = 20
_MOST_TABLE_LINES = 500
_WEB = re.compile(r"https?\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"`{}|\\^]++", re.IGNORECASE)
_TRAILING = ".,:;!?'*_~…”“’»"
_BRACKETS = {")": "(", "]": "["}
_OFF = ["image", "html_inline", "html_block", "code", "lheading", "reference", "linkify"]


class Mentioned(NamedTuple):
    """An account that a text names: where its page is, and the name that is shown behind the @."""

    url: str
    name: str


class Names(NamedTuple):
    """Whom and what a text names, each once, in order."""

    mentions: tuple[mentions.Mention, ...]
    hashtags: tuple[str, ...]


def render(
    source: str,
    *,
    mentioned: Mapping[str, Mentioned] | None = None,
    tag_url: Callable[[str], str] | None = None,
    home: str = "",
    ports: bool = False,
) -> str:
    """The stored HTML of what somebody typed.

    `mentioned`: accounts by the handle as typed (`Mention.handle`); who is not in it stays text. `tag_url`: from a
    tag's name to its page; without it tags stay text. `home`: our origin. `ports`: hosts may carry a port.
    """
    parser = _parser_for(source)
    env: dict[str, Any] = {"mentioned": mentioned or {}, "tag_url": tag_url, "ports": ports}
    tokens = parser.parse(source[: limits.BODY_FROM_OUTSIDE], env)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # The page has an h1 of its own; what people type begins below it.
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return sanitise.clean_post(parser.renderer.render(tokens, parser.options, env), home=home)


def names(source: str, *, ports: bool = False) -> Names:
    """The mentions and hashtags of what somebody typed, without those in code, links and addresses."""
    by_handle: dict[str, mentions.Mention] = {}
    by_name: dict[str, str] = {}
    for block in _parser_for(source).parse(source[: limits.BODY_FROM_OUTSIDE], {"ports": ports}):
        for token in block.children or ():
            if token.type == "mention":
                mention: mentions.Mention = token.meta["mention"]
                by_handle.setdefault(mention.handle, mention)
            elif token.type == "hashtag":
                hashtag: mentions.Hashtag = token.meta["hashtag"]
                by_name.setdefault(hashtag.name, hashtag.tag)
    return Names(tuple(by_handle.values()), tuple(by_name.values()))


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Only what may be linked at all becomes a link; the rest stays as it was typed."""
        return links.allowed(url) is not None


def _parser_for(source: str) -> _Parser:
    """Tables of thousands of rows would take longer than all else, and nobody types them (S086)."""
    return _parser(tables=source.count("\n") <= _MOST_TABLE_LINES)


@cache
def _parser(*, tables: bool) -> _Parser:
    parser = _Parser("commonmark", {"breaks": True, "html": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"] if tables else ["strikethrough"]).disable(_OFF)
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.push("mention", _mention)
    parser.inline.ruler.push("hashtag", _hashtag)
    parser.inline.ruler.push("web_address", _web_address)
    parser.add_render_rule("mention", _render_mention)
    parser.add_render_rule("hashtag", _render_hashtag)
    parser.add_render_rule("web_address", _render_web_address)
    return parser


def _link(state: StateInline, silent: bool) -> bool:
    """The library's rule, asked only where a link can still come: it tries each bracket at each depth (S086)."""
    if state.src[state.pos] != "[" or state.pos > _last_link(state.src):
        return False
    return link(state, silent)


@lru_cache(maxsize=1)
def _last_link(text: str) -> int:
    return text.rfind("](")


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "@" or state.linkLevel:
        return False
    found = mentions.mention_at(state.src, state.pos, ports=state.env["ports"])
    if not found:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = state.src[found.start : found.end]
        token.meta = {"mention": found}
    state.pos = found.end
    return True


def _hashtag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "#" or state.linkLevel:
        return False
    found = mentions.hashtag_at(state.src, state.pos)
    if not found:
        return False
    if not silent:
        token = state.push("hashtag", "", 0)
        token.content = state.src[found.start : found.end]
        token.meta = {"hashtag": found}
    state.pos = found.end
    return True


def _web_address(state: StateInline, silent: bool) -> bool:
    """An address in the text. The parser stops at its colon, when the scheme already waits among the pending text."""
    if not state.src.startswith("://", state.pos) or state.linkLevel:
        return False
    scheme = _WEB.search(state.src[max(state.pos - 5, 0) : state.pos])
    if not scheme or not state.pending.endswith(scheme.group()):
        return False
    start = state.pos - len(scheme.group())
    if start > 0 and state.src[start - 1].isalnum():
        return False
    found = _ADDRESS.match(state.src, start)
    address = links.allowed(_trimmed(found.group())) if found else None
    if not found or not address:
        return False
    typed = _trimmed(found.group())
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        token = state.push("web_address", "", 0)
        token.content = typed
        token.meta = {"address": address}
    state.pos = start + len(typed)
    return True


def _trimmed(address: str) -> str:
    """Without the stops of the sentence around it and the brackets that the address never opened."""
    end = len(address)
    open_brackets = {closing: address.count(opening) - address.count(closing) for closing, opening in _BRACKETS.items()}
    while end:
        last = address[end - 1]
        if last in _BRACKETS and open_brackets[last] < 0:
            open_brackets[last] += 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]


def _render_mention(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Mapping[str, Any]
) -> str:
    mention: mentions.Mention = tokens[at].meta["mention"]
    account: Mentioned | None = env["mentioned"].get(mention.handle)
    if account is None:
        return html.escape(tokens[at].content)
    url, name = html.escape(account.url), html.escape(account.name)
    return f'<span class="h-card"><a href="{url}" class="u-url mention">@<span>{name}</span></a></span>'


def _render_hashtag(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Mapping[str, Any]
) -> str:
    hashtag: mentions.Hashtag = tokens[at].meta["hashtag"]
    if env["tag_url"] is None:
        return html.escape(tokens[at].content)
    url, tag = html.escape(env["tag_url"](hashtag.name)), html.escape(hashtag.tag)
    return f'<a href="{url}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'


def _render_web_address(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Mapping[str, Any]
) -> str:
    """Shown as Mastodon shows it: the beginning and the long rest are in the text, but hidden."""
    address: links.Address = tokens[at].meta["address"]
    before, shown, rest = map(html.escape, links.shortened(address))
    middle = f'<span class="ellipsis">{shown}</span>' if rest else f"<span>{shown}</span>"
    hidden = f'<span class="invisible">{rest}</span>' if rest else ""
    return f'<a href="{html.escape(address.url)}"><span class="invisible">{before}</span>{middle}{hidden}</a>'
