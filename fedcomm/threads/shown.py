"""What showing a page of posts needs: in one statement all that changes often or depends on who looks; in a few more
the rest, for those posts that are not encoded yet.

Versions come with the same statement as the counts, so that an encoded copy of an old text is never served (D63).
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.threads import locking, reception, volatile
from fedcomm.threads.model import COLUMNS, Attachment, Post
from fedcomm.threads.reception import Reception


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A post's versions, counts, and what the viewer did with it."""

    id: int
    version: int
    author_id: int
    author_version: int
    author_followers_count: int
    author_following_count: int
    author_posts_count: int
    author_last_post_at: datetime | None
    replies_count: int
    favourites_count: int
    boosts_count: int
    same_here_count: int
    is_favourited: bool
    is_boosted: bool
    is_bookmarked: bool
    is_same_here: bool
    may_quote: bool


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An account as a post names it: by a mention, as its group, as a carrier."""

    id: int
    handle: str
    acct: str
    name: str
    url: str
    uri: str
    is_group: bool


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """All of a post that does not change without its version changing."""

    post: Post
    author: Account
    group: Named | None
    carriers: list[Named]
    mentions: list[Named]
    tags: list[tuple[str, str]]
    attachments: list[Attachment]
    app_name: str | None
    app_website: str | None
    parent_author_id: int | None
    reception: Reception | None
    is_locked: bool
    """Whether its thread is closed to answers; of its first post."""


async def standings(db: Connection, post_ids: Iterable[int], viewer_id: int | None) -> dict[int, Standing]:
    """How posts stand now, and with this viewer; posts that do not exist are left out."""
    rows = await db.fetch(
        f"""
        SELECT p.id, p.version, p.author_id, a.version AS author_version,
               a.followers_count AS author_followers_count, a.following_count AS author_following_count,
               a.posts_count AS author_posts_count, a.last_post_at AS author_last_post_at,
               p.replies_count, p.favourites_count, p.boosts_count, p.same_here_count,
               $2::bigint IS NOT NULL
                   AND EXISTS (SELECT FROM favourite f WHERE f.post_id = p.id AND f.account_id = $2) AS is_favourited,
               $2::bigint IS NOT NULL
                   AND EXISTS (SELECT FROM boost b WHERE b.post_id = p.id AND b.account_id = $2) AS is_boosted,
               $2::bigint IS NOT NULL
                   AND EXISTS (SELECT FROM bookmark m WHERE m.post_id = p.id AND m.account_id = $2) AS is_bookmarked,
               $2::bigint IS NOT NULL
                   AND EXISTS (SELECT FROM same_here s WHERE s.post_id = p.id AND s.account_id = $2) AS is_same_here,
               $2::bigint IS NOT NULL AND {volatile.may_quote("$2::bigint")} AS may_quote
          FROM post p
          JOIN account a ON a.id = p.author_id
         WHERE p.id = ANY($1::bigint[])
        """,
        list(post_ids),
        viewer_id,
    )
    return {row["id"]: Standing(**row) for row in rows}


async def details(db: Connection, post_ids: Iterable[int]) -> dict[int, Detail]:
    """The lasting parts of posts, a few statements for all of them."""
    wanted = list(set(post_ids))
    rows = await db.fetch(f"SELECT {COLUMNS} FROM post WHERE id = ANY($1::bigint[])", wanted)
    posts = {row["id"]: Post(**row) for row in rows}
    mentions = await _mentions(db, wanted)
    carriers = await _carriers(db, wanted)
    people = await lookup.by_ids(
        db,
        {
            *(post.author_id for post in posts.values()),
            *(post.group_id for post in posts.values() if post.group_id is not None),
            *(account_id for _, account_id in mentions),
            *(account_id for _, account_id in carriers),
        },
    )
    tags = await _tags(db, wanted)
    attachments = await _attachments(db, wanted)
    apps = await _apps(db, {post.app_id for post in posts.values() if post.app_id is not None})
    received = await reception.of(db, wanted)
    closed = await locking.of(db, wanted)
    parents = await _parent_authors(db, {post.parent_id for post in posts.values() if post.parent_id is not None})
    return {
        post.id: Detail(
            post=post,
            author=people[post.author_id],
            group=named(people[post.group_id]) if post.group_id in people else None,
            carriers=[named(people[who]) for thread, who in carriers if thread == post.id],
            mentions=[named(people[who]) for where, who in mentions if where == post.id],
            tags=tags.get(post.id, []),
            attachments=attachments.get(post.id, []),
            app_name=apps.get(post.app_id or 0, (None, None))[0],
            app_website=apps.get(post.app_id or 0, (None, None))[1],
            parent_author_id=parents.get(post.parent_id or 0),
            reception=received.get(post.id),
            is_locked=post.id in closed,
        )
        for post in posts.values()
    }


def named(account: Account) -> Named:
    """An account as a post names it."""
    return Named(
        id=account.id,
        handle=account.handle,
        acct=account.acct,
        name=account.shown_name,
        url=account.url,
        uri=account.uri,
        is_group=account.is_group,
    )


async def _mentions(db: Connection, post_ids: list[int]) -> list[tuple[int, int]]:
    rows = await db.fetch(
        """
        SELECT post_id, account_id
          FROM post_mention
         WHERE post_id = ANY($1::bigint[]) AND NOT is_silent
      ORDER BY post_id, position
        """,
        post_ids,
    )
    return [(row["post_id"], row["account_id"]) for row in rows]


async def _carriers(db: Connection, post_ids: list[int]) -> list[tuple[int, int]]:
    rows = await db.fetch(
        """
        SELECT thread_id, group_id
          FROM carry
         WHERE thread_id = ANY($1::bigint[]) AND state = 'carried'
      ORDER BY thread_id, position, id
        """,
        post_ids,
    )
    return [(row["thread_id"], row["group_id"]) for row in rows]


async def _tags(db: Connection, post_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    rows = await db.fetch(
        "SELECT post_id, tag, shown_as FROM post_tag WHERE post_id = ANY($1::bigint[]) ORDER BY post_id, tag", post_ids
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["post_id"], []).append((row["tag"], row["shown_as"]))
    return found


async def _attachments(db: Connection, post_ids: list[int]) -> dict[int, list[Attachment]]:
    rows = await db.fetch(
        """
        SELECT post_id, media_type, remote_url, description, blurhash, width, height, media_id, file, preview,
               preview_width, preview_height, focus_x, focus_y, kind,
               duration, frame_rate, bit_rate, key
          FROM post_attachment
         WHERE post_id = ANY($1::bigint[])
      ORDER BY post_id, position
        """,
        post_ids,
    )
    found: dict[int, list[Attachment]] = {}
    for row in rows:
        fields = dict(row)
        found.setdefault(fields.pop("post_id"), []).append(Attachment(**fields))
    return found


async def _apps(db: Connection, app_ids: set[int]) -> dict[int, tuple[str, str | None]]:
    if not app_ids:
        return {}
    rows = await db.fetch("SELECT id, name, website FROM oauth_app WHERE id = ANY($1::bigint[])", list(app_ids))
    return {row["id"]: (row["name"], row["website"]) for row in rows}


async def _parent_authors(db: Connection, parent_ids: set[int]) -> dict[int, int]:
    if not parent_ids:
        return {}
    rows = await db.fetch("SELECT id, author_id FROM post WHERE id = ANY($1::bigint[])", list(parent_ids))
    return {row["id"]: row["author_id"] for row in rows}
