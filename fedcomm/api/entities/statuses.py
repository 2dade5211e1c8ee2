"""Posts as clients see them, encoded once for everybody; counts and the viewer's own marks are spliced in (D63).

A thread's root shows its title as a bold first paragraph unless the title was made from the body (D34, D80). What
groups announce and people boost is a wrapper around the post (groups-in-clients.md section 3).
Source: Mastodon API, entities/Status.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import orjson

from fedcomm import i18n
from fedcomm.accounts import lookup, moving
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts, collections, emojis, media
from fedcomm.api.entities import filters as filter_entities
from fedcomm.api.entities import polls as poll_entities
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection, Row
from fedcomm.here import Here
from fedcomm.polls import reading as polls
from fedcomm.text.sanitise import for_client
from fedcomm.threads import quoting, shown, volatile
from fedcomm.threads.reception import Reception
from fedcomm.threads.shown import Detail, Named
from fedcomm.threads.volatile import (
    ASKING,
    BOOKMARKED,
    BOOSTED,
    EVERYBODY,
    FAVOURITED,
    FILTERING,
    FOLLOWERS,
    MUTED,
    NOBODY,
    PINNED,
    Accounts,
    Posts,
)
from fedcomm.timelines import filters
from fedcomm.timelines.cursor import Entry


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


def _reception(of: Reception | None) -> dict[str, str] | None:
    """What the home group made of a post; None where there is nothing to say."""
    return {"state": of.state, "group_id": str(of.group_id), "reason": of.reason} if of is not None else None


def _not_shown(detail: Detail) -> str:
    """The first line of a post that its group does not show, in the language of the post: apps know no other place."""
    found, group = detail.reception, detail.group
    if found is None or group is None or found.is_shown:
        return ""
    _ = i18n.translator(detail.post.language or i18n.SOURCE_LOCALE).gettext
    said = _("Not shown by %(group)s") % {"group": f"@{group.acct}"}
    return f"<p><em>{escape(f'{said}: {found.reason}' if found.reason else said, quote=False)}</em></p>"


def lasting(here: Here, detail: Detail) -> dict[str, Any]:
    """What does not change without the post's version changing; the account is spliced in later."""
    post = detail.post
    return {
        "id": str(post.id),
        "created_at": stamp(post.published_at),
        "in_reply_to_id": str(post.parent_id) if post.parent_id else None,
        "in_reply_to_account_id": str(detail.parent_author_id) if detail.parent_author_id else None,
        "sensitive": post.is_shown_covered,
        "spoiler_text": post.summary,
        "visibility": accounts.visibility(post.audience),
        "language": post.language,
        "uri": post.uri,
        "url": post.url,
        "edited_at": stamp(post.edited_at) if post.edited_at else None,
        "content": _not_shown(detail) + content(post.title, post.content_html, is_generated=post.title_is_generated),
        "reblog": None,
        **({"application": {"name": detail.app_name, "website": detail.app_website}} if detail.app_name else {}),
        "media_attachments": [
            media.attachment(here, post, position, item) for position, item in enumerate(detail.attachments)
        ],
        "mentions": [_mention(who) for who in detail.mentions],
        "tags": [{"name": tag, "url": f"{here.base_url}/tags/{tag}"} for tag, _ in detail.tags],
        "emojis": emojis.used(here, post.emojis),
        "card": None,
        "fedcomm": {
            "title": post.title,
            "title_is_generated": post.title_is_generated,
            "thread_id": str(post.thread_id),
            "kind": post.kind,
            "audience": post.audience,
            "group": _group(detail.group) if detail.group else None,
            "carried_by": [_group(who) for who in detail.carriers],
            "reception": _reception(detail.reception),
            "locked": detail.is_locked,
            "reactions": [emojis.reaction(here, each) for each in post.reactions],
        },
    }


_APPROVALS = {
    (by, may): b'"quote_approval":{"automatic":%b,"manual":[],"current_user":"%b"},"quote":'
    % (
        {NOBODY: b"[]", EVERYBODY: b'["public"]', FOLLOWERS: b'["followers"]'}[by],
        b"unknown" if may is None else b"automatic" if may else b"denied",
    )
    for by in (NOBODY, EVERYBODY, FOLLOWERS)
    for may in (None, False, True)
}
"""Whom a post lets quote it, the viewer among them; behind it stands what it quotes."""
_MARKS = [
    b',"favourited":%b,"reblogged":%b,"bookmarked":%b,"pinned":%b,"muted":%b,"filtered":'
    % tuple(b"true" if marks & each else b"false" for each in (FAVOURITED, BOOSTED, BOOKMARKED, PINNED, MUTED))
    for marks in range(FILTERING)
]
_UNFILTERED = [marks + b"[]}" for marks in _MARKS]


def _account_part(encoded: Encoded, now: Row, found: Mapping[int, Account], moved: Mapping[int, Account]) -> bytes:
    """The Account entity, encoded. `found`: accounts that were not encoded in this version; `moved`: where to."""
    opened = encoded.account(now)
    if opened is None:
        opened = encoded.keep_account(found[now["account_id"]], moved.get(now["account_id"]))
    last = now["last_post_on"]
    return b'%b,"followers_count":%d,"following_count":%d,"statuses_count":%d,"last_status_at":%b}' % (
        opened,
        now["followers_count"],
        now["following_count"],
        now["posts_count"],
        b'"%b"' % last.isoformat().encode() if last is not None else b"null",
    )


async def _people(db: Connection, encoded: Encoded, accounts_now: Accounts) -> dict[int, bytes]:
    """The Account entities of a page; one whose numbers are as they were is taken as it was."""
    people: dict[int, bytes] = {}
    changed: list[int] = []
    for account_id, now in accounts_now.items():
        same = encoded.counted(account_id, now)
        if same is None:
            changed.append(account_id)
        else:
            people[account_id] = same
    if changed:
        missing = [account_id for account_id in changed if encoded.account(accounts_now[account_id]) is None]
        found = await lookup.by_ids(db, missing) if missing else {}
        movers = {each.id for each in found.values() if each.moved_to_uri is not None}
        moved = await moving.destinations(db, [found[each] for each in movers]) if movers else {}
        for account_id in changed:
            now = accounts_now[account_id]
            entity = _account_part(encoded, now, found, moved)
            people[account_id] = entity if account_id in movers else encoded.keep_counted(account_id, now, entity)
    return people


async def _opened(db: Connection, encoded: Encoded, posts_now: Posts) -> dict[int, bytes]:
    """The posts, encoded in the version that was read; edited meanwhile, they show what they say now."""
    opened: dict[int, bytes] = {}
    missing: list[int] = []
    for post_id, now in posts_now.items():
        known = encoded.post(now)
        if known is None:
            missing.append(post_id)
        else:
            opened[post_id] = known
    for post_id, detail in (await shown.details(db, missing)).items() if missing else ():
        opened[post_id] = orjson.dumps(lasting(encoded.here, detail))[:-1]
        encoded.keep_post(detail.post, opened[post_id])
    return opened


async def _collections(db: Connection, encoded: Encoded, opened: Mapping[int, bytes]) -> dict[int, bytes]:
    """The collections that posts link to, where they do; these change without the posts."""
    texts = {of: entity for of, entity in opened.items() if b"/collections/" in entity}
    if not texts:
        return {}
    contents = {of: str(orjson.loads(entity + b"}")["content"]) for of, entity in texts.items()}
    found = await collections.tagged(db, encoded.here, contents)
    return {of: orjson.dumps(entities) for of, entities in found.items()}


class _Page:
    """What the entities of a page are put together from."""

    def __init__(
        self,
        encoded: Encoded,
        posts_now: Mapping[int, Row],
        opened: Mapping[int, bytes],
        people: Mapping[int, bytes],
        *,
        signed_in: bool,
        met: Mapping[int, bytes],
        asked: Mapping[int, bytes],
        quotes: Mapping[int, bytes],
        tagged: Mapping[int, bytes],
    ) -> None:
        self._encoded = encoded
        self._posts_now = posts_now
        self._opened = opened
        self._people = people
        self._signed_in = signed_in
        self._met = met
        self._asked = asked
        self._quotes = quotes
        self._tagged = tagged

    def post(self, post_id: int) -> bytes | None:
        """The Status entity of a post; None if it is gone."""
        now = self._posts_now.get(post_id)
        if now is None:
            return None
        opened = self._opened.get(post_id)
        if opened is None:
            return None
        return (
            b'%b,"tagged_collections":%b,"account":%b,"poll":%b,"replies_count":%d,"reblogs_count":%d,"favourites_count":%d,'
            b'"quotes_count":%d,%b%b%b'
            % (
                opened,
                self._tagged.get(post_id, b"[]"),
                self._people[now["account_id"]],
                self._asked.get(post_id, b"null"),
                now["replies_count"],
                now["boosts_count"],
                now["favourites_count"],
                now["quotes_count"],
                _APPROVALS[now["quotable_by"], now["may_quote"]],
                self._quotes.get(post_id, b"null"),
                self._marked(post_id, now["marks"]),
            )
        )

    def _marked(self, post_id: int, marks: int) -> bytes:
        """What the viewer did with a post, and which of their filters it meets."""
        if not self._signed_in:
            return b"}"
        met = self._met.get(post_id)
        return _UNFILTERED[marks % FILTERING] if met is None else b"%b%b}" % (_MARKS[marks % FILTERING], met)

    def wrapper(self, boost_id: int, by_id: int, post_id: int, inner: bytes) -> bytes:
        """The Status entity of a wrapper around an encoded post."""
        return b'%b,"account":%b,"reblog":%b%b' % (
            self._encoded.wrapper(boost_id),
            self._people[by_id],
            inner,
            self._marked(post_id, 0),
        )


async def _gather(
    db: Connection,
    encoded: Encoded,
    posts_now: Posts,
    accounts_now: Accounts,
    viewer_id: int | None,
    *,
    is_quoted: bool = False,
) -> _Page:
    """What a page is made of. `is_quoted`: it stands inside other posts, so what it quotes itself is only named."""
    opened = await _opened(db, encoded, posts_now)
    people = await _people(db, encoded, accounts_now)
    asked = await _asked(db, encoded, posts_now, viewer_id)
    met = await _filtered(db, encoded, posts_now, opened, asked, viewer_id)
    quotes = await _quotes(db, encoded, posts_now, viewer_id, is_quoted=is_quoted)
    return _Page(
        encoded,
        posts_now,
        opened,
        people,
        signed_in=viewer_id is not None,
        met=met,
        asked=asked,
        quotes=quotes,
        tagged=await _collections(db, encoded, opened),
    )


async def _asked(
    db: Connection, encoded: Encoded, posts_now: Mapping[int, Row], viewer_id: int | None
) -> dict[int, bytes]:
    """The polls of these posts as they stand for the viewer, encoded; asked for only when there is one."""
    asking = [post_id for post_id, now in posts_now.items() if now["marks"] & ASKING]
    if not asking:
        return {}
    at = encoded.now()
    found = await polls.of(db, asking, viewer_id)
    return {post_id: orjson.dumps(poll_entities.poll(poll, now=at)) for post_id, poll in found.items()}


async def _quotes(
    db: Connection, encoded: Encoded, posts_now: Mapping[int, Row], viewer_id: int | None, *, is_quoted: bool
) -> dict[int, bytes]:
    """What these posts quote, as far as the viewer may read it; encoded, by the post that quotes."""
    wanted = [post_id for post_id, now in posts_now.items() if now["is_quote"]]
    found = await quoting.shown(db, wanted, viewer_id) if wanted else {}
    if is_quoted:
        return {
            each.post_id: orjson.dumps(
                {"state": each.state, "quoted_status_id": str(each.quoted_id) if each.quoted_id else None}
            )
            for each in found.values()
        }
    inner_ids = {each.quoted_id for each in found.values() if each.quoted_id is not None}
    inner = None
    if inner_ids:
        read = await volatile.read(db, inner_ids, (), viewer_id)
        inner = await _gather(db, encoded, *read, viewer_id, is_quoted=True)
    return {
        each.post_id: b'{"state":"%b","quoted_status":%b}'
        % (
            each.state.encode(),
            (inner.post(each.quoted_id) if inner is not None and each.quoted_id is not None else None) or b"null",
        )
        for each in found.values()
    }


async def _filtered(
    db: Connection,
    encoded: Encoded,
    posts_now: Mapping[int, Row],
    opened: Mapping[int, bytes],
    asked: Mapping[int, bytes],
    viewer_id: int | None,
) -> dict[int, bytes]:
    """Which of the viewer's filters these posts meet, encoded; asked for only when the viewer has filters."""
    if viewer_id is None or not any(now["marks"] & FILTERING for now in posts_now.values()):
        return {}
    mine = await filters.of(db, viewer_id, at=encoded.now())
    found: dict[int, bytes] = {}
    for post_id, post in opened.items():
        whole = b'%b,"poll":%b}' % (post, asked.get(post_id, b"null"))
        results = filter_entities.results(orjson.loads(whole), mine)
        if results:
            found[post_id] = orjson.dumps(results)
    return found


async def posts(db: Connection, encoded: Encoded, post_ids: Sequence[int], viewer_id: int | None) -> dict[int, bytes]:
    """The Status entities of posts the viewer is known to be allowed to read, encoded, by id."""
    if not post_ids:
        return {}
    page = await _gather(db, encoded, *await volatile.read(db, post_ids, (), viewer_id), viewer_id)
    return {post_id: shown_post for post_id in post_ids if (shown_post := page.post(post_id)) is not None}


async def page(
    db: Connection, encoded: Encoded, entries: Sequence[Entry], viewer_id: int | None, *, bare: bool = False
) -> list[bytes]:
    """The Status entities of a timeline page, in its order; `bare` shows announced threads without their wrapper."""
    if not entries:
        return []
    by_ids = [] if bare else list({entry.by_id for entry in entries if entry.boost_id is not None})
    read = await volatile.read(db, [entry.post_id for entry in entries], by_ids, viewer_id)
    return await page_read(db, encoded, entries, *read, viewer_id, bare=bare)


def page_at_hand(
    encoded: Encoded, entries: Sequence[Entry], posts_now: Posts, accounts_now: Accounts
) -> list[bytes] | None:
    """What `page_read` makes, where all that it needs was encoded before; None where the database has to be asked."""
    if any(now["is_quote"] or now["marks"] & (ASKING | FILTERING) for now in posts_now.values()):
        return None
    opened = {post_id: known for post_id, now in posts_now.items() if (known := encoded.post(now)) is not None}
    if len(opened) < len(posts_now) or any(b"/collections/" in entity for entity in opened.values()):
        return None
    people: dict[int, bytes] = {}
    for account_id, now in accounts_now.items():
        same = encoded.counted(account_id, now)
        if same is None:
            return None
        people[account_id] = same
    gathered = _Page(encoded, posts_now, opened, people, signed_in=True, met={}, asked={}, quotes={}, tagged={})
    return _entries(gathered, entries, bare=False)


async def page_read(
    db: Connection,
    encoded: Encoded,
    entries: Sequence[Entry],
    posts_now: Posts,
    accounts_now: Accounts,
    viewer_id: int | None,
    *,
    bare: bool = False,
) -> list[bytes]:
    """The same for a page whose query has read what changes often, with it."""
    gathered = await _gather(db, encoded, posts_now, accounts_now, viewer_id)
    return _entries(gathered, entries, bare=bare)


def _entries(gathered: _Page, entries: Sequence[Entry], *, bare: bool) -> list[bytes]:
    """The entities of a page in its order, without what is gone."""
    found: list[bytes] = []
    for entry in entries:
        post = gathered.post(entry.post_id)
        if post is None:
            continue
        if entry.boost_id is None or bare:
            found.append(post)
        else:
            found.append(gathered.wrapper(entry.boost_id, entry.by_id, entry.post_id, post))
    return found


def joined(items: Sequence[bytes]) -> bytes:
    """Encoded entities as one JSON array."""
    return b"[" + b",".join(items) + b"]"
