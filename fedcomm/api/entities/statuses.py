"""Posts as clients see them, encoded once for everybody; counts and the viewer's own marks are spliced in (D63).

A thread's root shows its title as a bold first paragraph unless the title was made from the body (D34, D80). What
groups announce and people boost is a wrapper around the post (groups-in-clients.md section 3).
Source: Mastodon API, entities/Status.
"""

from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from typing import Any

import orjson

from fedcomm import ids
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts
from fedcomm.api.entities.times import day, stamp
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.text.sanitise import for_client
from fedcomm.threads import shown
from fedcomm.threads.model import Attachment, Post
from fedcomm.threads.shown import Detail, Named, Standing
from fedcomm.timelines.cursor import Entry

CACHED_POSTS = 20_000

_KINDS = {"image": "image", "video": "video", "audio": "audio"}


class Encoded:
    """The encoded, viewer-independent parts of posts and accounts of one process, by id and version."""

    def __init__(self, here: Here) -> None:
        self.here = here
        self._posts: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._accounts: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def post(self, standing: Standing) -> bytes | None:
        """The encoded part of a post in the version that stands in the database now."""
        return self._posts.get((standing.id, standing.version, standing.author_version))

    def keep_post(self, standing: Standing, encoded: bytes) -> None:
        """Keep an encoded part; the oldest goes when there are too many."""
        self._posts[standing.id, standing.version, standing.author_version] = encoded
        while len(self._posts) > CACHED_POSTS:
            self._posts.popitem(last=False)

    def account(self, who: Account) -> bytes:
        """The open encoded account; see `accounts.open_account`."""
        key = (who.id, who.version)
        kept = self._accounts.get(key)
        if kept is None:
            kept = accounts.open_account(self.here, who)
            self._accounts[key] = kept
            while len(self._accounts) > CACHED_POSTS:
                self._accounts.popitem(last=False)
        return kept


def content(title: str | None, html: str, *, is_generated: bool) -> str:
    """A text for clients, with its title above it unless the title is part of the text."""
    body = for_client(html)
    if title and not is_generated:
        return f"<p><strong>{escape(title, quote=False)}</strong></p>{body}"
    return body


def _mention(who: Named) -> dict[str, str]:
    return {"id": str(who.id), "username": who.handle, "url": who.url, "acct": who.acct}


def _group(who: Named) -> dict[str, Any]:
    return {"id": str(who.id), "acct": who.acct, "name": who.name, "url": who.url}


def _attachment(here: Here, post: Post, position: int, item: Attachment) -> dict[str, Any]:
    url = f"{here.base_url}/media/posts/{post.id}/{position}"
    size = {"width": item.width, "height": item.height} if item.width and item.height else None
    return {
        "id": str(post.id + position),
        "type": _KINDS.get(item.media_type.partition("/")[0], "unknown"),
        "url": url,
        "preview_url": url,
        "remote_url": item.remote_url,
        "meta": {"original": size} if size else {},
        "description": item.description or None,
        "blurhash": item.blurhash,
    }


def lasting(here: Here, detail: Detail) -> dict[str, Any]:
    """What does not change without the post's version changing; the account is spliced in later."""
    post = detail.post
    return {
        "id": str(post.id),
        "created_at": stamp(post.published_at),
        "in_reply_to_id": str(post.parent_id) if post.parent_id else None,
        "in_reply_to_account_id": str(detail.parent_author_id) if detail.parent_author_id else None,
        "sensitive": post.is_sensitive,
        "spoiler_text": post.summary,
        "visibility": accounts.visibility(post.audience),
        "language": post.language,
        "uri": post.uri,
        "url": post.url,
        "edited_at": stamp(post.edited_at) if post.edited_at else None,
        "content": content(post.title, post.content_html, is_generated=post.title_is_generated),
        "reblog": None,
        "quote": None,
        "quotes_count": 0,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "unknown"},
        **({"application": {"name": detail.app_name, "website": detail.app_website}} if detail.app_name else {}),
        "media_attachments": [
            _attachment(here, post, position, item) for position, item in enumerate(detail.attachments)
        ],
        "mentions": [_mention(who) for who in detail.mentions],
        "tags": [{"name": tag, "url": f"{here.base_url}/tags/{tag}"} for tag, _ in detail.tags],
        "emojis": [],
        "card": None,
        "poll": None,
        "tagged_collections": [],
        "fedcomm": {
            "title": post.title,
            "title_is_generated": post.title_is_generated,
            "thread_id": str(post.thread_id),
            "kind": post.kind,
            "audience": post.audience,
            "group": _group(detail.group) if detail.group else None,
            "carried_by": [_group(who) for who in detail.carriers],
        },
    }


_FALSE_TRUE = (b"false", b"true")


def _account_part(encoded: Encoded, who: Account, standing: Standing) -> bytes:
    last = day(standing.author_last_post_at)
    return b'%b,"followers_count":%d,"following_count":%d,"statuses_count":%d,"last_status_at":%b}' % (
        encoded.account(who),
        standing.author_followers_count,
        standing.author_following_count,
        standing.author_posts_count,
        b'"%b"' % last.encode() if last else b"null",
    )


def _spliced(encoded: Encoded, fragment: bytes, who: Account, standing: Standing, *, signed_in: bool) -> bytes:
    volatile = b'%b,"account":%b,"replies_count":%d,"reblogs_count":%d,"favourites_count":%d' % (
        fragment,
        _account_part(encoded, who, standing),
        standing.replies_count,
        standing.boosts_count,
        standing.favourites_count,
    )
    if not signed_in:
        return volatile + b"}"
    return volatile + b',"favourited":%b,"reblogged":%b,"muted":false,"bookmarked":%b,"pinned":false,"filtered":[]}' % (
        _FALSE_TRUE[standing.is_favourited],
        _FALSE_TRUE[standing.is_boosted],
        _FALSE_TRUE[standing.is_bookmarked],
    )


async def posts(db: Connection, encoded: Encoded, post_ids: Sequence[int], viewer_id: int | None) -> dict[int, bytes]:
    """The Status entities of posts the viewer is known to be allowed to read, encoded, by id."""
    if not post_ids:
        return {}
    standings = await shown.standings(db, post_ids, viewer_id)
    missing = [standing.id for standing in standings.values() if encoded.post(standing) is None]
    found = await shown.details(db, missing) if missing else {}
    for post_id, detail in found.items():
        standing = standings[post_id]
        if (detail.post.version, detail.author.version) == (standing.version, standing.author_version):
            encoded.keep_post(standing, orjson.dumps(lasting(encoded.here, detail))[:-1])
    authors = await lookup.by_ids(db, {standing.author_id for standing in standings.values()})
    shown_posts: dict[int, bytes] = {}
    for post_id, standing in standings.items():
        fragment = encoded.post(standing)
        if fragment is None:  # edited between two statements: show what the later one read
            detail = found.get(post_id) or (await shown.details(db, [post_id]))[post_id]
            fragment = orjson.dumps(lasting(encoded.here, detail))[:-1]
        shown_posts[post_id] = _spliced(
            encoded, fragment, authors[standing.author_id], standing, signed_in=viewer_id is not None
        )
    return shown_posts


def _wrapper(encoded: Encoded, entry: Entry, by: Account, inner: bytes, uri: str, *, signed_in: bool) -> bytes:
    outer: dict[str, Any] = {
        "id": str(entry.id),
        "created_at": stamp(ids.moment(entry.id)),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": None,
        "uri": uri,
        "url": uri,
        "edited_at": None,
        "content": "",
        "quote": None,
        "quotes_count": 0,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "unknown"},
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        "tagged_collections": [],
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "account": orjson.Fragment(orjson.dumps(accounts.account(encoded.here, by))),
        "reblog": orjson.Fragment(inner),
    }
    if signed_in:
        outer |= {
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "pinned": False,
            "filtered": [],
        }
    return orjson.dumps(outer)


async def page(
    db: Connection, encoded: Encoded, entries: Sequence[Entry], viewer_id: int | None, *, bare: bool = False
) -> list[bytes]:
    """The Status entities of a timeline page, in its order; `bare` shows announced threads without their wrapper."""
    inner = await posts(db, encoded, list({entry.post_id for entry in entries}), viewer_id)
    wrapped = [entry for entry in entries if entry.boost_id is not None and not bare]
    by = await lookup.by_ids(db, {entry.by_id for entry in wrapped}) if wrapped else {}
    found: list[bytes] = []
    for entry in entries:
        post = inner.get(entry.post_id)
        if post is None:
            continue
        if entry.boost_id is None or bare:
            found.append(post)
        else:
            who = by[entry.by_id]
            uri = f"{encoded.here.base_url}/a/{entry.boost_id}"
            found.append(_wrapper(encoded, entry, who, post, uri, signed_in=viewer_id is not None))
    return found


def joined(items: Sequence[bytes]) -> bytes:
    """Encoded entities as one JSON array."""
    return b"[" + b",".join(items) + b"]"
