"""What somebody filters in what they read: words and single posts, by which client apps warn, blur or hide.

Source: Mastodon API documentation, methods/filters.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import cleaning

Context = Literal["home", "notifications", "public", "thread", "account"]
Action = Literal["warn", "hide", "blur"]

LONGEST_TITLE = 255
LONGEST_KEYWORD = 512
MOST_FILTERS = 100
MOST_KEYWORDS = 200
MOST_POSTS = 1_000
LONGEST = timedelta(days=3_650)


class Keyword(msgspec.Struct, frozen=True, kw_only=True):
    """A text to look for."""

    id: int
    keyword: str
    is_whole_word: bool

    def is_in(self, text: str) -> bool:
        """Whether a text holds it, in any case."""
        return _pattern(self.keyword, self.is_whole_word).search(text) is not None


class FilteredPost(msgspec.Struct, frozen=True, kw_only=True):
    """One post that is filtered whatever it says."""

    id: int
    post_id: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What is filtered, where, and what client apps do with it."""

    id: int
    title: str
    contexts: list[Context]
    action: Action
    expires_at: datetime | None
    keywords: list[Keyword]
    posts: list[FilteredPost]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a filter is to be; None leaves it as it is."""

    title: str | None = None
    contexts: Sequence[Context] | None = None
    action: Action | None = None
    expires_at: datetime | None = None
    changes_expiry: bool = False


class KeywordWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a keyword is to be: without an id a new one."""

    id: int | None = None
    keyword: str | None = None
    is_whole_word: bool | None = None
    is_removed: bool = False


async def of(db: Connection, account_id: int, *, at: datetime | None = None) -> list[Filter]:
    """Somebody's filters, the oldest first; with `at` only those that work at that time."""
    rows = await db.fetch(_READ, account_id, None, at)
    return [msgspec.convert(dict(row), Filter) for row in rows]


async def by_id(db: Connection, account_id: int, filter_id: int) -> Filter:
    """One of somebody's filters. Raises NotFound, also for those of others (S097)."""
    row = await db.fetchrow(_READ, account_id, filter_id, None)
    if row is None:
        raise NotFound("There is no such filter.")
    return msgspec.convert(dict(row), Filter)


async def of_keyword(db: Connection, account_id: int, keyword_id: int) -> tuple[Filter, Keyword]:
    """One of somebody's keywords, and the filter it belongs to. Raises NotFound."""
    for each in await of(db, account_id):
        for keyword in each.keywords:
            if keyword.id == keyword_id:
                return each, keyword
    raise NotFound("There is no such keyword.")


async def of_filtered_post(db: Connection, account_id: int, entry_id: int) -> tuple[Filter, FilteredPost]:
    """One of the single posts somebody filters, by the id of the entry. Raises NotFound."""
    for each in await of(db, account_id):
        for entry in each.posts:
            if entry.id == entry_id:
                return each, entry
    raise NotFound("There is no such filtered post.")


async def create(
    db: Connection, account_id: int, wish: Wish, keywords: Sequence[KeywordWish] = (), *, now: datetime
) -> Filter:
    """A new filter. Raises Invalid."""
    if not wish.title or not wish.contexts:
        raise Invalid("A filter needs a title and at least one context.", field="context" if wish.title else "title")
    if len(await of(db, account_id)) >= MOST_FILTERS:
        raise Invalid("You have as many filters as there can be.")
    filter_id = ids.new(now)
    await db.execute(
        """
        INSERT INTO filter (id, account_id, title, contexts, action, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        filter_id,
        account_id,
        _checked_title(wish.title),
        list(dict.fromkeys(wish.contexts)),
        wish.action or "warn",
        wish.expires_at,
        now,
    )
    await change_keywords(db, await by_id(db, account_id, filter_id), keywords, now=now)
    return await by_id(db, account_id, filter_id)


async def change(
    db: Connection,
    account_id: int,
    filter_id: int,
    wish: Wish,
    keywords: Sequence[KeywordWish] = (),
    *,
    now: datetime,
) -> Filter:
    """Change a filter. Raises NotFound, Invalid."""
    present = await by_id(db, account_id, filter_id)
    if wish.contexts is not None and not wish.contexts:
        raise Invalid("A filter needs at least one context.", field="context")
    await db.execute(
        "UPDATE filter SET title = $2, contexts = $3, action = $4, expires_at = $5 WHERE id = $1",
        filter_id,
        _checked_title(wish.title) if wish.title is not None else present.title,
        list(dict.fromkeys(wish.contexts)) if wish.contexts is not None else present.contexts,
        wish.action or present.action,
        wish.expires_at if wish.changes_expiry else present.expires_at,
    )
    await change_keywords(db, present, keywords, now=now)
    return await by_id(db, account_id, filter_id)


async def forget(db: Connection, account_id: int) -> None:
    """Somebody is gone: so are their filters."""
    await db.execute("DELETE FROM filter WHERE account_id = $1", account_id)


async def remove(db: Connection, account_id: int, filter_id: int) -> None:
    """Remove a filter with its keywords. Raises NotFound."""
    gone = await db.fetchval(
        "DELETE FROM filter WHERE id = $2 AND account_id = $1 RETURNING true", account_id, filter_id
    )
    if not gone:
        raise NotFound("There is no such filter.")


async def change_keywords(db: Connection, filter_: Filter, wishes: Sequence[KeywordWish], *, now: datetime) -> None:
    """Add, change and remove keywords of a filter. Raises NotFound (a keyword of another filter), Invalid."""
    present = {keyword.id: keyword for keyword in filter_.keywords}
    if len(present) + sum(wish.id is None for wish in wishes) > MOST_KEYWORDS:
        raise Invalid("This filter has as many keywords as there can be.")
    for wish in wishes:
        if wish.id is None:
            if not wish.is_removed:
                await _put_keyword(db, filter_.id, ids.new(now), wish.keyword or "", bool(wish.is_whole_word))
        elif wish.id not in present:
            raise NotFound("There is no such keyword.")
        elif wish.is_removed:
            await db.execute("DELETE FROM filter_keyword WHERE id = $1", wish.id)
        else:
            old = present[wish.id]
            whole = old.is_whole_word if wish.is_whole_word is None else wish.is_whole_word
            await _put_keyword(db, filter_.id, wish.id, old.keyword if wish.keyword is None else wish.keyword, whole)


async def create_first_version(db: Connection, account_id: int, wish: Wish, *, whole: bool, now: datetime) -> Keyword:
    """A filter of the first version: one keyword, which is its title too. Raises Invalid."""
    words = [KeywordWish(keyword=wish.title or "", is_whole_word=whole)]
    if not (wish.title or "").strip():
        raise Invalid("A filter needs a phrase.", field="phrase")
    title = cleaning.one_line(wish.title or "", LONGEST_TITLE)
    made = await create(db, account_id, msgspec.structs.replace(wish, title=title), words, now=now)
    return made.keywords[0]


async def change_first_version(
    db: Connection, account_id: int, keyword_id: int, wish: Wish, *, whole: bool | None, now: datetime
) -> None:
    """Change a keyword, and its filter with it, unless that has more than this one. Raises NotFound, Invalid."""
    found, word = await of_keyword(db, account_id, keyword_id)
    await change_keywords(db, found, [KeywordWish(id=word.id, keyword=wish.title, is_whole_word=whole)], now=now)
    alone = len(found.keywords) == 1 and not found.posts
    renamed = alone and wish.title is not None and found.title == cleaning.one_line(word.keyword, LONGEST_TITLE)
    title = cleaning.one_line(wish.title or "", LONGEST_TITLE) if renamed else None
    changed = await change(db, account_id, found.id, msgspec.structs.replace(wish, title=title), now=now)
    same = (found.contexts, found.action, found.expires_at) == (changed.contexts, changed.action, changed.expires_at)
    if not alone and not same:
        raise Invalid("This filter has more than one keyword. Change it with a newer app, or on the web.")


async def remove_first_version(db: Connection, account_id: int, keyword_id: int) -> None:
    """Remove a keyword, and its filter when nothing is left in it. Raises NotFound."""
    found, word = await of_keyword(db, account_id, keyword_id)
    if len(found.keywords) == 1 and not found.posts:
        await remove(db, account_id, found.id)
    else:
        await db.execute("DELETE FROM filter_keyword WHERE id = $1", word.id)


async def add_post(db: Connection, filter_: Filter, post_id: int, *, now: datetime) -> FilteredPost:
    """Filter one post, which the caller knows to be readable. Again changes nothing. Raises Invalid (too many)."""
    for entry in filter_.posts:
        if entry.post_id == post_id:
            return entry
    if len(filter_.posts) >= MOST_POSTS:
        raise Invalid("This filter has as many posts as there can be.")
    made = FilteredPost(id=ids.new(now), post_id=post_id)
    await db.execute(
        "INSERT INTO filter_post (id, filter_id, post_id) VALUES ($1, $2, $3)", made.id, filter_.id, post_id
    )
    return made


async def remove_post(db: Connection, entry: FilteredPost) -> None:
    """Filter a single post no longer."""
    await db.execute("DELETE FROM filter_post WHERE id = $1", entry.id)


async def _put_keyword(db: Connection, filter_id: int, keyword_id: int, typed: str, is_whole_word: bool) -> None:
    keyword = cleaning.one_line(typed, LONGEST_KEYWORD)
    if not keyword or len(typed) > LONGEST_KEYWORD:
        raise Invalid(f"A keyword has 1 to {LONGEST_KEYWORD} characters.", field="keyword")
    await db.execute(
        """
        INSERT INTO filter_keyword (id, filter_id, keyword, is_whole_word)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE
           SET keyword = excluded.keyword, is_whole_word = excluded.is_whole_word
        """,
        keyword_id,
        filter_id,
        keyword,
        is_whole_word,
    )


def _checked_title(typed: str) -> str:
    title = cleaning.one_line(typed, LONGEST_TITLE)
    if not title or len(typed) > LONGEST_TITLE:
        raise Invalid(f"A title has 1 to {LONGEST_TITLE} characters.", field="title")
    return title


@lru_cache(maxsize=10_000)
def _pattern(keyword: str, is_whole_word: bool) -> re.Pattern[str]:
    """A whole word ends where a letter meets none; a keyword may begin or end with a sign that is no letter."""
    form = re.escape(keyword)
    if is_whole_word:
        before = r"(?<!\w)" if re.match(r"\w", keyword) else ""
        after = r"(?!\w)" if re.search(r"\w\Z", keyword) else ""
        form = f"{before}{form}{after}"
    return re.compile(form, re.IGNORECASE)


_READ = """
    SELECT f.id, f.title, f.contexts, f.action, f.expires_at,
           (SELECT COALESCE(json_agg(json_build_object('id', k.id, 'keyword', k.keyword,
                                                       'is_whole_word', k.is_whole_word) ORDER BY k.id), '[]')
              FROM filter_keyword k
             WHERE k.filter_id = f.id) AS keywords,
           (SELECT COALESCE(json_agg(json_build_object('id', p.id, 'post_id', p.post_id) ORDER BY p.id), '[]')
              FROM filter_post p
             WHERE p.filter_id = f.id) AS posts
      FROM filter f
     WHERE f.account_id = $1
       AND ($2::bigint IS NULL OR f.id = $2)
       AND ($3::timestamptz IS NULL OR f.expires_at IS NULL OR f.expires_at > $3)
  ORDER BY f.id
"""
