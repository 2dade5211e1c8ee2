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
from fedcomm.threads import reception, volatile
from fedcomm.threads.model import COLUMNS, Attachment, Post
from fedcomm.threads.reception import Reception

_POST = [name.strip() for name in COLUMNS.split(",")]
_COLUMNS = ", ".join(f"post.{name}" for name in _POST)

_DETAILS = f"""
    SELECT {_COLUMNS}, app.name AS app_name, app.website AS app_website,
           ARRAY(SELECT account_id
                   FROM post_mention named
                  WHERE named.post_id = post.id AND NOT named.is_silent
               ORDER BY position) AS mention_ids,
           ARRAY(SELECT carry.group_id
                   FROM carry
                  WHERE carry.thread_id = post.id AND carry.state = 'carried'
               ORDER BY carry.position, carry.id) AS carrier_ids,
           ARRAY(SELECT tag FROM post_tag WHERE post_tag.post_id = post.id ORDER BY tag) AS tags,
           ARRAY(SELECT shown_as FROM post_tag WHERE post_tag.post_id = post.id ORDER BY tag) AS tags_shown,
           EXISTS (SELECT FROM post_attachment file WHERE file.post_id = post.id) AS has_attachments,
           EXISTS (SELECT FROM reception WHERE reception.post_id = post.id) AS has_reception,
           EXISTS (SELECT FROM thread_lock WHERE thread_lock.thread_id = post.id) AS is_locked
      FROM post
 LEFT JOIN oauth_app app ON app.id = post.app_id
     WHERE post.id = ANY($1::bigint[])
"""


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
    chosen: list[str]
    """The emoji with which the viewer favours it, those without a picture."""
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
               ARRAY(SELECT r.name
                       FROM emoji_reaction r
                      WHERE p.reactions <> '[]'
                        AND r.post_id = p.id
                        AND r.account_id = $2
                        AND r.emoji_id IS NULL) AS chosen,
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
    """The lasting parts of posts: one statement for what every post has, further ones for what few have."""
    rows = await db.fetch(_DETAILS, list(set(post_ids)))
    people = await lookup.by_ids(
        db,
        {
            who
            for row in rows
            for who in (row["author_id"], row["group_id"], *row["mention_ids"], *row["carrier_ids"])
            if who is not None
        },
    )
    attachments = await _attachments(db, [row["id"] for row in rows if row["has_attachments"]])
    received = await reception.of(db, [row["id"] for row in rows if row["has_reception"]])
    return {
        row["id"]: Detail(
            post=Post(**{name: row[name] for name in _POST}),
            author=people[row["author_id"]],
            group=named(people[row["group_id"]]) if row["group_id"] in people else None,
            carriers=[named(people[who]) for who in row["carrier_ids"]],
            mentions=[named(people[who]) for who in row["mention_ids"]],
            tags=list(zip(row["tags"], row["tags_shown"], strict=True)),
            attachments=attachments.get(row["id"], []),
            app_name=row["app_name"],
            app_website=row["app_website"],
            parent_author_id=row["parent_author_id"],
            reception=received.get(row["id"]),
            is_locked=row["is_locked"],
        )
        for row in rows
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


async def _attachments(db: Connection, post_ids: list[int]) -> dict[int, list[Attachment]]:
    if not post_ids:
        return {}
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
