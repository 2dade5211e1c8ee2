"""A post with all that is kept of it, as data: what a legal hold keeps of it, and what evidence shows (C07)."""

from datetime import datetime
from typing import Any

import msgspec

from fedcomm.database import Connection
from fedcomm.guardrails import holds
from fedcomm.threads.model import COLUMNS, Post

AT_ONCE = 200
_COLUMNS = ", ".join(f"post.{name.strip()}" for name in COLUMNS.split(","))
READ_WITHIN_S = 60.0
"""Of a word that few posts have, all of them are looked through."""


async def before_deletion(db: Connection, post: Post, *, now: datetime) -> None:
    """Keep a post for the holds that cover it, before its text goes."""
    rows = await db.fetch(
        f"""
        SELECT hold.id
          FROM legal_hold hold
          JOIN post ON post.id = $1
         WHERE hold.ended_at IS NULL AND {holds.COVERS}
      ORDER BY hold.id
        """,
        post.id,
    )
    covering = [row["id"] for row in rows]
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


async def covered(db: Connection, hold_id: int, *, below: int) -> list[Post]:
    """Posts that a hold covers and that are still here, newest first, some at a time."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM post
          JOIN legal_hold hold ON hold.id = $1
         WHERE {holds.COVERS} AND post.state <> 'deleted' AND post.id < $2
      ORDER BY post.id DESC
         LIMIT $3
        """,
        hold_id,
        below,
        AT_ONCE,
        timeout=READ_WITHIN_S,
    )
    return [Post(**row) for row in rows]
