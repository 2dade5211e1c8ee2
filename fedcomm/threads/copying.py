"""A post with all that is kept of it, as data: what a legal hold keeps of it, and what evidence shows (C07)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fedcomm.database import Connection
from fedcomm.guardrails import holds
from fedcomm.threads.model import COLUMNS, Post

AT_ONCE = 200


async def before_deletion(db: Connection, post: Post, *, now: datetime) -> None:
    """Keep a post for the holds that cover it, before its text goes."""
    covering = await holds.covering(
        db, person_id=post.author_id, thread_id=post.thread_id, group_id=post.group_id, post_id=post.id
    )
    if not covering:
        return
    media = await db.fetch("SELECT id FROM media WHERE post_id = $1 ORDER BY id", post.id)
    said = await whole(db, post)
    await holds.keep(db, covering, "post", post.id, post.uri, said, media_ids=[row["id"] for row in media], now=now)


async def whole(db: Connection, post: Post) -> dict[str, Any]:
    """Everything about a post: author, text, versions, files, whom it names, and the activity as it came."""
    row = await db.fetchrow(
        """
        SELECT jsonb_build_object(
                   'author', (SELECT jsonb_build_object('uri', uri, 'handle', handle, 'domain', handle_domain)
                                FROM account
                               WHERE id = $2),
                   'versions', (SELECT COALESCE(jsonb_agg(to_jsonb(said) ORDER BY said.version), '[]')
                                  FROM post_version said
                                 WHERE said.post_id = $1),
                   'attachments', (SELECT COALESCE(jsonb_agg(to_jsonb(shown)), '[]')
                                     FROM post_attachment shown
                                    WHERE shown.post_id = $1),
                   'files', (SELECT COALESCE(jsonb_agg(jsonb_build_object('file', file, 'type', media_type)), '[]')
                               FROM media
                              WHERE post_id = $1),
                   'names', (SELECT COALESCE(jsonb_agg(named.uri), '[]')
                               FROM post_mention
                               JOIN account named ON named.id = post_mention.account_id
                              WHERE post_mention.post_id = $1),
                   'received', (SELECT COALESCE(jsonb_agg(to_jsonb(came)), '[]')
                                  FROM post_activity came
                                 WHERE came.post_id = $1)) AS parts
        """,
        post.id,
        post.author_id,
    )
    assert row is not None
    return {"post": msgspec.to_builtins(post), **row["parts"]}


async def covered(
    db: Connection,
    *,
    person_id: int | None,
    thread_id: int | None,
    group_id: int | None,
    post_ids: Sequence[int],
    below: int,
) -> list[Post]:
    """Posts that a hold covers and that are still here, newest first, some at a time."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM post
         WHERE (author_id = $1 OR thread_id = $2 OR group_id = $3 OR id = ANY($4::bigint[]))
           AND state <> 'deleted'
           AND id < $5
      ORDER BY id DESC
         LIMIT $6
        """,
        person_id,
        thread_id,
        group_id,
        list(post_ids),
        below,
        AT_ONCE,
    )
    return [Post(**row) for row in rows]
