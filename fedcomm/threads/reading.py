"""Posts and threads as somebody may see them. What the viewer may not know of is not found (S094)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from fedcomm.accounts.blocks import is_welcome
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.permissions import roles_that_may
from fedcomm.polls import reading as polls
from fedcomm.threads.audience import author_is_heard, visible_to
from fedcomm.threads.model import COLUMNS, Attachment, Post

MOST_POSTS = 4_096
"""Of one thread at once, for who is signed in. Source: Mastodon API documentation, methods/statuses#context."""

_CARERS = ", ".join(f"'{role}'" for role in roles_that_may("hide post"))
_COLUMNS = ", ".join(f"post.{name.strip()}" for name in COLUMNS.split(","))


def is_not_hidden_for(viewer: str) -> str:
    """A condition on rows of `post`: no group of the viewer hides it, or another of theirs shows it (product 7).

    Authors go on seeing what they wrote, and those what is hidden who look after the group. `viewer` is a placeholder.
    """
    me = f"{viewer}::bigint"
    return f"""(NOT EXISTS (SELECT
                              FROM group_hidden_post hidden
                              JOIN membership mine ON mine.group_id = hidden.group_id
                             WHERE hidden.post_id = post.id
                               AND mine.member_id = {me}
                               AND mine.state = 'active'
                               AND mine.role <> ALL(ARRAY[{_CARERS}]))
             OR post.author_id = {me}
             OR EXISTS (SELECT
                          FROM membership other
                         WHERE other.member_id = {me}
                           AND other.state = 'active'
                           AND (other.group_id = post.group_id
                                OR EXISTS (SELECT
                                             FROM boost
                                            WHERE boost.account_id = other.group_id
                                              AND boost.post_id = post.thread_id
                                              AND boost.is_group))
                           AND NOT EXISTS (SELECT
                                             FROM group_hidden_post hidden
                                            WHERE hidden.post_id = post.id AND hidden.group_id = other.group_id)))"""


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """That a post is addressed to somebody; silent = without naming them in the text."""

    account_id: int
    is_silent: bool


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a post beside its text."""

    mentions: list[Mention] = []
    tags: list[str] = []
    attachments: list[Attachment] = []


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a post said at a time."""

    title: str | None
    content_html: str
    source: str | None
    summary: str
    is_sensitive: bool
    created_at: datetime
    poll_options: list[str] | None = None
    """What could be chosen in its poll; None: it had none."""


async def find(db: Connection, post_id: int) -> Post | None:
    """The post with this id whoever asks, deleted ones included; for those who decide themselves what to show."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM post WHERE id = $1", post_id)
    return Post(**row) if row else None


async def several(db: Connection, post_ids: Iterable[int]) -> dict[int, Post]:
    """As `find`, of many at once."""
    rows = await db.fetch(f"SELECT {COLUMNS} FROM post WHERE id = ANY($1::bigint[])", list(set(post_ids)))
    return {row["id"]: Post(**row) for row in rows}


async def by_uri(db: Connection, uri: str) -> Post | None:
    """The post with this ActivityPub id whoever asks, deleted ones included."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM post WHERE uri = $1", uri)
    return Post(**row) if row else None


async def present(db: Connection, uris: Iterable[str]) -> set[str]:
    """Those of many ActivityPub ids whose posts are here, deleted ones included."""
    rows = await db.fetch("SELECT uri FROM post WHERE uri = ANY($1::text[])", list(uris))
    return {row["uri"] for row in rows}


async def ids_by(db: Connection, author_id: int, *, limit: int) -> list[int]:
    """What somebody wrote and has not deleted, newest first."""
    rows = await db.fetch(
        "SELECT id FROM post WHERE author_id = $1 AND state <> 'deleted' ORDER BY id DESC LIMIT $2", author_id, limit
    )
    return [row["id"] for row in rows]


async def of_others(db: Connection, *, below: int, above: int, limit: int) -> list[tuple[int, str]]:
    """Id and ActivityPub id of posts of others that everybody may read, between two ids, the latest first."""
    rows = await db.fetch(
        """
        SELECT id, uri
          FROM post
         WHERE id < $1 AND id > $2
           AND NOT is_local AND state = 'visible' AND audience IN ('public', 'unlisted')
      ORDER BY id DESC
         LIMIT $3
        """,
        below,
        above,
        limit,
    )
    return [(row["id"], row["uri"]) for row in rows]


async def by_url(db: Connection, url: str, viewer_id: int | None) -> Post | None:
    """The post whose page or ActivityPub id this is, if the viewer may read it."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM post
         WHERE post.id IN (SELECT id FROM post WHERE uri = $1 UNION SELECT id FROM post WHERE url = $1 AND url <> uri)
           AND {visible_to("$2")}
         LIMIT 1
        """,
        url,
        viewer_id,
    )
    return Post(**row) if row else None


async def by_id(db: Connection, post_id: int, viewer_id: int | None) -> Post:
    """A post that the viewer may read. Raises NotFound."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM post WHERE post.id = $1 AND {visible_to('$2')}", post_id, viewer_id
    )
    if row is None:
        raise NotFound("There is no such post.")
    return Post(**row)


async def by_ids(db: Connection, post_ids: Iterable[int], viewer_id: int | None) -> dict[int, Post]:
    """Those of many posts that the viewer may read, in one statement."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM post WHERE post.id = ANY($1::bigint[]) AND {visible_to('$2')}",
        list(set(post_ids)),
        viewer_id,
    )
    return {row["id"]: Post(**row) for row in rows}


async def thread(
    db: Connection, root_id: int, viewer_id: int | None, *, group_id: int | None = None, limit: int = MOST_POSTS
) -> list[Post]:
    """A thread as the viewer may read it: the root, then its replies depth first, oldest first among siblings.

    Deleted posts stay in their place, empty, unless their author left none; replies by whom the viewer hides, or that
    groups hide for their people, of whom the viewer is one, are left out. `group_id`: as that group shows it, without
    what it hides for its people.
    """
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM post
         WHERE post.thread_id = $1
           AND ((post.state = 'deleted' AND post.keeps_place) OR {visible_to("$2")})
           AND (post.id = $1 OR ({is_welcome("$2", "post.author_id")} AND {is_not_hidden_for("$2")}))
           AND NOT EXISTS (SELECT
                             FROM group_hidden_post hidden
                            WHERE hidden.group_id = $3 AND hidden.post_id = post.id)
      ORDER BY post.id
         LIMIT $4
        """,
        root_id,
        viewer_id,
        group_id,
        limit,
    )
    return depth_first([Post(**row) for row in rows], root_id)


async def newer_in(db: Connection, thread_id: int, viewer_id: int | None, *, above: int) -> int:
    """How many posts of a thread the viewer may read that came after one; counted up to a hundred."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM (SELECT
                  FROM post
                 WHERE post.thread_id = $1 AND post.id > $3 AND post.state <> 'deleted'
                   AND {visible_to("$2")} AND {is_welcome("$2", "post.author_id")}
                 LIMIT 100) AS newer
        """,
        thread_id,
        viewer_id,
        above,
    )


async def context(
    db: Connection, post_id: int, viewer_id: int | None, *, limit: int = MOST_POSTS
) -> tuple[list[Post], list[Post]]:
    """What a post answers, from the root down, and what answers it, depth first. Raises NotFound."""
    post = await by_id(db, post_id, viewer_id)
    posts = await thread(db, post.thread_id, viewer_id, limit=limit)
    known = {other.id: other for other in posts}
    ancestors: list[Post] = []
    parent = known.get(post.parent_id or 0)
    while parent is not None:
        ancestors.append(parent)
        parent = known.get(parent.parent_id or 0)
    descendants = depth_first(posts, post.id)
    return (
        [other for other in reversed(ancestors) if other.state != "deleted"],
        [other for other in descendants if other.id != post.id and other.state != "deleted"],
    )


def depth_first(posts: Sequence[Post], root_id: int) -> list[Post]:
    """The post with this id and what stands below it, each reply right after what it answers and its earlier replies.

    A reply whose parent is not among the posts stands directly below the root of its thread.
    """
    known = {post.id: post for post in posts}
    below: dict[int, list[Post]] = {}
    for post in sorted(posts, key=lambda post: post.id, reverse=True):
        if post.id != post.thread_id or post.parent_id is not None:
            parent_id = post.parent_id if post.parent_id in known else post.thread_id
            below.setdefault(parent_id or post.thread_id, []).append(post)
    ordered: list[Post] = []
    waiting = [known[root_id]] if root_id in known else below.pop(root_id, [])
    while waiting:
        post = waiting.pop()
        ordered.append(post)
        waiting.extend(below.pop(post.id, []))
    return ordered


async def parts(db: Connection, post_ids: Iterable[int]) -> dict[int, Parts]:
    """Mentions, tags and attachments of many posts, in one statement."""
    rows = await db.fetch(
        """
        SELECT wanted.id,
               (SELECT COALESCE(json_agg(json_build_object('account_id', m.account_id, 'is_silent', m.is_silent)
                                         ORDER BY m.position), '[]')
                  FROM post_mention m
                 WHERE m.post_id = wanted.id) AS mentions,
               (SELECT COALESCE(json_agg(t.shown_as ORDER BY t.tag), '[]')
                  FROM post_tag t
                 WHERE t.post_id = wanted.id) AS tags,
               (SELECT COALESCE(json_agg(a ORDER BY a.position), '[]')
                  FROM post_attachment a
                 WHERE a.post_id = wanted.id) AS attachments
          FROM unnest($1::bigint[]) AS wanted (id)
        """,
        list(set(post_ids)),
    )
    return {row["id"]: msgspec.convert(dict(row), Parts) for row in rows}


async def shown_with_key(db: Connection, post_id: int, key: str) -> Post | None:
    """The post whose reader was told this key of one of its files; None when the post is no longer to be seen."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM post
         WHERE post.id = $1
           AND post.state = 'visible'
           AND {author_is_heard("post.author_id")}
           AND EXISTS (SELECT FROM post_attachment a WHERE a.post_id = post.id AND a.key = $2 AND a.key <> '')
        """,
        post_id,
        key,
    )
    return Post(**row) if row else None


async def versions(db: Connection, post: Post) -> list[Version]:
    """What a post has said, oldest first; what it says now comes last."""
    rows = await db.fetch(
        """
        SELECT title, content_html, source, summary, is_sensitive, created_at, poll_options
          FROM post_version
         WHERE post_id = $1
      ORDER BY version
        """,
        post.id,
    )
    current = Version(
        title=post.title,
        content_html=post.content_html,
        source=post.source,
        summary=post.summary,
        is_sensitive=post.is_sensitive,
        created_at=post.edited_at or post.published_at,
        poll_options=await polls.titles(db, post.id),
    )
    return [*(Version(**row) for row in rows), current]


async def context_uris(db: Connection, thread_id: int) -> list[str]:
    """Every URL under which the conversation of a thread is known (D50)."""
    rows = await db.fetch("SELECT uri FROM thread_context WHERE thread_id = $1 ORDER BY uri", thread_id)
    return [row["uri"] for row in rows]


async def thread_of_context(db: Connection, uri: str) -> int | None:
    """The thread whose conversation has this URL."""
    return await db.fetchval("SELECT thread_id FROM thread_context WHERE uri = $1", uri)


async def root_of_context(db: Connection, uris: Iterable[str]) -> Post | None:
    """The root of the thread whose conversation has one of these URLs, whoever asks."""
    for uri in uris:
        thread_id = await thread_of_context(db, uri)
        if thread_id is not None:
            return await find(db, thread_id)
    return None
