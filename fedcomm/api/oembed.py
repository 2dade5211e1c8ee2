"""How a public post is shown on a page elsewhere: text and links only, no script and no frame of anybody.

Source: oembed.com, section 2.3.4; Mastodon API documentation, methods/oembed.
"""

from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.errors import NotFound
from fedcomm.http.answers import json
from fedcomm.http.auth import public
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.router import Route
from fedcomm.text.sanitise import excerpt, to_plain
from fedcomm.threads import reading
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Post

KEPT_FOR_S = 3_600
DEFAULT_WIDTH = 400
NARROWEST = 220
LONGEST_TITLE = 120


class EmbedForm(msgspec.Struct):
    """Which page, and how wide it may become."""

    url: str = ""
    maxwidth: int = DEFAULT_WIDTH
    maxheight: int | None = None


@public
async def embed(request: Request) -> Response:
    """A public post of ours, for pages elsewhere; whatever else there may be is not found."""
    form = query(request, EmbedForm)
    here = site(request)
    async with here.read() as db:
        post = await reading.by_url(db, form.url, None)
        author = await lookup.by_id(db, post.author_id) if post is not None else None
    if post is None or author is None or not post.is_local or post.audience not in PUBLIC:
        raise NotFound
    return json(
        {
            "type": "rich",
            "version": "1.0",
            "title": _title(post, author),
            "author_name": author.shown_name,
            "author_url": author.url,
            "provider_name": here.settings.name,
            "provider_url": f"{here.here.base_url}/",
            "cache_age": KEPT_FOR_S,
            "html": _html(post, author),
            "width": max(NARROWEST, min(form.maxwidth, 10 * DEFAULT_WIDTH)),
            "height": None,
        }
    )


def _title(post: Post, author: Account) -> str:
    words = post.title or post.summary or " ".join(to_plain(post.content_html).split())
    return f"{author.shown_name}: {words[:LONGEST_TITLE]}" if words else author.shown_name


def _html(post: Post, author: Account) -> str:
    """A quotation: what is covered by a warning stays covered. The text was cleaned when it was stored."""
    head = f"<p><strong>{escape(post.title)}</strong></p>" if post.title and not post.title_is_generated else ""
    text = f"<p>{escape(post.summary)}</p>" if post.summary else head + excerpt(post.content_html)
    link = f'<a href="{escape(post.url)}">{escape(f"{author.shown_name} ({author.full_handle})")}</a>'
    return f'<blockquote cite="{escape(post.url)}">{text}<footer>— {link}</footer></blockquote>'


routes = [Route("/api/oembed", embed)]
