"""Feeds of groups and people for feed readers, Atom and RSS: what is public.

Source: RFC 4287 (Atom); RSS 2.0 specification, RSS Advisory Board.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import reading as groups
from fedcomm.http.auth import anyone, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.pages import visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.posts import excerpt, post_path
from fedcomm.text.sanitise import to_plain
from fedcomm.threads import reading
from fedcomm.threads.model import Post
from fedcomm.timelines import account as account_timeline
from fedcomm.timelines import group as group_timeline
from fedcomm.web import addressed

ENTRIES = 30
KEPT = "public, max-age=600"
KEPT_BY_ONE = "private, no-store"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


class Entry(msgspec.Struct, frozen=True):
    """One post in a feed."""

    url: str
    title: str
    html: str
    author: str
    published_at: datetime
    updated_at: datetime


class Feed(msgspec.Struct, frozen=True):
    """What a feed says of itself, and its posts, newest first."""

    url: str
    page: str
    title: str
    about: str
    language: str
    entries: Sequence[Entry]
    updated_at: datetime


@anyone
async def atom(request: Request) -> Response:
    """The public threads of a group, or posts of a person, as Atom."""
    return await _answer(request, _as_atom(await _feed(request, "atom")), "application/atom+xml")


@anyone
async def rss(request: Request) -> Response:
    """The same as RSS."""
    return await _answer(request, _as_rss(await _feed(request, "rss")), "application/rss+xml")


async def _answer(request: Request, text: str, kind: str) -> Response:
    body = _NO_XML.sub("", text).encode()
    kept = KEPT if await _reader_id(request) is None else KEPT_BY_ONE
    headers = {"Cache-Control": kept, "Vary": "Authorization, Cookie"}
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)


async def _reader_id(request: Request) -> int | None:
    """Who reads, if they say so: whom its author blocked sees nothing of them here either."""
    me = await visitor(request)
    return viewer_id(request) or (me.account.id if me else None)


async def _feed(request: Request, form: Literal["atom", "rss"]) -> Feed:
    here = site(request)
    reader_id = await _reader_id(request)
    async with here.read() as db:
        found = await addressed.account(request, db)
        if not found.is_local or (found.is_group and not await groups.may_know_of(db, found.id, reader_id)):
            raise NotFound
        posts = await _public(db, found, reader_id)
        people = await lookup.by_ids(db, {post.author_id for post in posts})
        profile = await groups.profile(db, found.id) if found.is_group else None
    own = cards.account_path(found)
    entries = [_entry(here, post, people[post.author_id]) for post in posts if post.author_id in people]
    return Feed(
        url=here.here.page_url(f"{own}.{form}"),
        page=here.here.page_url(own),
        title=f"{found.shown_name} · {here.settings.name}",
        about=profile.purpose if profile else to_plain(found.bio_html),
        language=here.settings.default_language,
        entries=entries,
        updated_at=max((each.updated_at for each in entries), default=found.created_at),
    )


async def _public(db: Connection, found: Account, reader_id: int | None) -> list[Post]:
    """The newest that anybody may read and find, without what this reader is not to see."""
    cursor = Cursor(limit=ENTRIES)
    if found.is_group:
        rows = await group_timeline.threads(db, reader_id, found.id, cursor=cursor)
    else:
        rows = await account_timeline.page(
            db, reader_id, found, cursor=cursor, exclude_replies=True, exclude_boosts=True
        )
    posts = await reading.by_ids(db, [row.post_id for row in rows], reader_id)
    named = [posts[row.post_id] for row in rows if row.post_id in posts]
    return [post for post in named if post.audience == "public" and post.state == "visible"]


def _entry(here: Site, post: Post, author: Account) -> Entry:
    """A post; what its author covered stays covered."""
    covered = f"<p>{escape(post.summary)}</p>" if post.summary else ""
    return Entry(
        url=here.here.page_url(post_path(post, author)),
        title=post.title or post.summary or excerpt(post.content_html, 80) or author.shown_name,
        html=covered or post.content_html,
        author=author.shown_name,
        published_at=post.published_at.astimezone(UTC),
        updated_at=(post.edited_at or post.published_at).astimezone(UTC),
    )


def _as_atom(feed: Feed) -> str:
    entries = "".join(
        f"<entry><id>{escape(each.url)}</id><title>{escape(each.title)}</title>"
        f'<link rel="alternate" type="text/html" href={quoteattr(each.url)}/>'
        f"<published>{each.published_at.isoformat()}</published><updated>{each.updated_at.isoformat()}</updated>"
        f"<author><name>{escape(each.author)}</name></author>"
        f'<content type="html">{escape(each.html)}</content></entry>\n'
        for each in feed.entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(feed.language)}>'
        f"<id>{escape(feed.url)}</id><title>{escape(feed.title)}</title><subtitle>{escape(feed.about)}</subtitle>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(feed.url)}/>'
        f'<link rel="alternate" type="text/html" href={quoteattr(feed.page)}/>'
        f"<updated>{feed.updated_at.astimezone(UTC).isoformat()}</updated>\n{entries}</feed>\n"
    )


def _as_rss(feed: Feed) -> str:
    entries = "".join(
        f"<item><title>{escape(each.title)}</title><link>{escape(each.url)}</link>"
        f'<guid isPermaLink="true">{escape(each.url)}</guid>'
        f"<pubDate>{format_datetime(each.published_at)}</pubDate>"
        f"<description>{escape(each.html)}</description></item>\n"
        for each in feed.entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>{escape(feed.title)}</title><link>{escape(feed.page)}</link>"
        f"<description>{escape(feed.about)}</description><language>{escape(feed.language)}</language>"
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(feed.url)}/>\n{entries}</channel></rss>\n'
    )


routes = [
    Route("/@{handle}.atom", atom),
    Route("/@{handle}.rss", rss),
]
